import { defineCommand } from '../define-command.ts';

/**
 * CLEAN_EXPIRED_CONSUMEQUEUE: deletes consume queue files that no message needs.
 *
 *   request  => nothing
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const cleanExpiredConsumeQueue = defineCommand({
  code: 306,
  name: 'CLEAN_EXPIRED_CONSUMEQUEUE',
});
