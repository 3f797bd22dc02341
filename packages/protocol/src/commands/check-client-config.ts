import { defineCommand } from '../define-command.ts';

/**
 * CHECK_CLIENT_CONFIG: whether the broker understands a subscription that is not by tag.
 *
 *   request  => body
 *     body => CheckClientRequestBody
 *   response => nothing
 *
 * Source: CheckClientRequestBody.java.
 */
export const checkClientConfig = defineCommand({
  code: 46,
  name: 'CHECK_CLIENT_CONFIG',
});
