import { defineCommand } from '../define-command.ts';

/**
 * DELETE_EXPIRED_COMMITLOG: deletes commit log files that are due, now.
 *
 *   request  => nothing
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const deleteExpiredCommitLog = defineCommand({
  code: 329,
  name: 'DELETE_EXPIRED_COMMITLOG',
});
