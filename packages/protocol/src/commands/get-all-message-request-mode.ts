import { defineCommand } from '../define-command.ts';

/**
 * GET_ALL_MESSAGE_REQUEST_MODE: all choices made by SET_MESSAGE_REQUEST_MODE, for slaves (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => MessageRequestModeSerializeWrapper
 *
 * Source: MessageRequestModeSerializeWrapper.java.
 */
export const getAllMessageRequestMode = defineCommand({
  code: 402,
  name: 'GET_ALL_MESSAGE_REQUEST_MODE',
});
