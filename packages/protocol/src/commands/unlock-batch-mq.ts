import { defineCommand } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * UNLOCK_BATCH_MQ: a client gives queues back.
 *
 *   request  => [bname] [ns] [nsd] [oway] body
 *     bname, ns, nsd, oway as in base-fields.ts
 *     body => LockBatchRequestBody
 *   response => nothing
 *
 * Source: UnlockBatchMqRequestHeader.java.
 */
export const unlockBatchMq = defineCommand({
  code: 42,
  name: 'UNLOCK_BATCH_MQ',
  request: {
    ...rpcFields,
  },
});
