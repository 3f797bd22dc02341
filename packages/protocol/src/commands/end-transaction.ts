import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * END_TRANSACTION: a producer commits or rolls back a half message; clients send it one-way.
 *
 *   request  => producerGroup tranStateTableOffset commitLogOffset commitOrRollback
 *     [fromTransactionCheck] msgId [transactionId] [topic] [bname] [ns] [nsd] [oway]
 *     producerGroup        => text
 *     tranStateTableOffset => int64, of the half message in its queue
 *     commitLogOffset      => int64, physical
 *     commitOrRollback     => int32, 0 unknown, 8 commit, 12 rollback
 *     fromTransactionCheck => "true" | "false": "true" when it answers CHECK_TRANSACTION_STATE
 *     msgId                => text, unique key
 *     transactionId        => text
 *     topic                => text, 5.x, the real one
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => nothing
 *
 * Source: EndTransactionRequestHeader.java.
 */
export const endTransaction = defineCommand({
  code: 37,
  name: 'END_TRANSACTION',
  request: {
    producerGroup: text(),
    tranStateTableOffset: int64(),
    commitLogOffset: int64(),
    commitOrRollback: int32(),
    fromTransactionCheck: bool({ optional: true }),
    msgId: text(),
    transactionId: text({ optional: true }),
    topic: text({ optional: true }),
    ...rpcFields,
  },
});
