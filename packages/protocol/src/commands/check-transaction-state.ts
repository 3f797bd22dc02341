import { defineCommand, int64, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * CHECK_TRANSACTION_STATE: a broker asks a producer what became of a half message.
 *
 *   request  => tranStateTableOffset commitLogOffset [msgId] [transactionId] [offsetMsgId]
 *     [topic] [bname] [ns] [nsd] [oway] body
 *     tranStateTableOffset => int64, of the half message in its queue
 *     commitLogOffset      => int64, physical
 *     msgId                => text, unique key
 *     transactionId        => text, unique key
 *     offsetMsgId          => text
 *     topic                => text, 5.x
 *     bname, ns, nsd, oway as in base-fields.ts
 *     body => the half message's record with its real topic and queue
 *   response => none: it travels one-way
 *
 * Source: CheckTransactionStateRequestHeader.java.
 */
export const checkTransactionState = defineCommand({
  code: 39,
  name: 'CHECK_TRANSACTION_STATE',
  request: {
    tranStateTableOffset: int64(),
    commitLogOffset: int64(),
    msgId: text({ optional: true }),
    transactionId: text({ optional: true }),
    offsetMsgId: text({ optional: true }),
    topic: text({ optional: true }),
    ...rpcFields,
  },
});
