import { defineCommand } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * LOCK_BATCH_MQ: a client wants queues for itself for 60 s.
 *
 *   request  => [bname] [ns] [nsd] [oway] body
 *     bname, ns, nsd, oway as in base-fields.ts
 *     body => LockBatchRequestBody
 *   response => body
 *     body => LockBatchResponseBody: queues that it holds now
 *
 * Source: LockBatchMqRequestHeader.java.
 */
export const lockBatchMq = defineCommand({
  code: 41,
  name: 'LOCK_BATCH_MQ',
  request: {
    ...rpcFields,
  },
});
