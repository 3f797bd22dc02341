import { defineCommand } from '../define-command.ts';

/**
 * CLEAN_UNUSED_TOPIC: deletes consume queues of topics that no longer exist.
 *
 *   request  => nothing
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const cleanUnusedTopic = defineCommand({
  code: 316,
  name: 'CLEAN_UNUSED_TOPIC',
});
