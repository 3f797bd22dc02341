import { defineCommand } from '../define-command.ts';

/**
 * LOCK_BATCH_MQ: a client wants queues for itself for 60 s.
 *
 *   request  => body
 *     body => LockBatchRequestBody
 *   response => body
 *     body => LockBatchResponseBody: queues that it holds now
 *
 * Source: LockBatchMqRequestHeader.java.
 */
export const lockBatchMq = defineCommand({
  code: 41,
  name: 'LOCK_BATCH_MQ',
});
