import { defineCommand, text } from '../define-command.ts';

/**
 * SET_COMMITLOG_READ_MODE: how the commit log is read ahead (5.x).
 *
 *   request  => READ_AHEAD_MODE
 *     READ_AHEAD_MODE => text: "0" normal, "1" random
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const setCommitLogReadMode = defineCommand({
  code: 2004,
  name: 'SET_COMMITLOG_READ_MODE',
  request: {
    READ_AHEAD_MODE: text(),
  },
});
