import { defineCommand } from '../define-command.ts';

/**
 * SET_MESSAGE_REQUEST_MODE: whether a group pulls or pops a topic (5.x).
 *
 *   request  => body
 *     body => SetMessageRequestModeRequestBody
 *   response => nothing
 *
 * Source: SetMessageRequestModeRequestBody.java.
 */
export const setMessageRequestMode = defineCommand({
  code: 401,
  name: 'SET_MESSAGE_REQUEST_MODE',
});
