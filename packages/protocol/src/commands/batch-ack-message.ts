import { defineCommand } from '../define-command.ts';

/**
 * BATCH_ACK_MESSAGE: several popped messages were consumed (5.x).
 *
 *   request  => body
 *     body => BatchAckMessageRequestBody
 *   response => nothing
 *
 * Source: BatchAckMessageRequestBody.java.
 */
export const batchAckMessage = defineCommand({
  code: 200151,
  name: 'BATCH_ACK_MESSAGE',
});
