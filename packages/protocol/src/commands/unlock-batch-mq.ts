import { defineCommand } from '../define-command.ts';

/**
 * UNLOCK_BATCH_MQ: a client gives queues back.
 *
 *   request  => body
 *     body => LockBatchRequestBody
 *   response => nothing
 *
 * Source: UnlockBatchMqRequestHeader.java.
 */
export const unlockBatchMq = defineCommand({
  code: 42,
  name: 'UNLOCK_BATCH_MQ',
});
