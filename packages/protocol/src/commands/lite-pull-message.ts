import { defineCommand } from '../define-command.ts';
import { pullMessage } from './pull-message.ts';

/**
 * LITE_PULL_MESSAGE: PULL_MESSAGE of lite pull consumers (5.x).
 *
 *   request  => the fields of PULL_MESSAGE
 *   response => as to PULL_MESSAGE
 *
 * Source: PullMessageRequestHeader.java, PullMessageResponseHeader.java.
 */
export const litePullMessage = defineCommand({
  code: 361,
  name: 'LITE_PULL_MESSAGE',
  request: pullMessage.request,
  response: pullMessage.response,
});
