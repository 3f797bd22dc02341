import { defineCommand } from '../define-command.ts';
import { sendMessage } from './send-message.ts';

/**
 * SEND_REPLY_MESSAGE: the answer to a request message; the Go client's form.
 *
 *   request  => the fields of SEND_MESSAGE, body
 *     body => the answer's body
 *   response => as to SEND_MESSAGE
 *
 * Source: SendMessageRequestHeader.java, SendMessageResponseHeader.java.
 */
export const sendReplyMessage = defineCommand({
  code: 324,
  name: 'SEND_REPLY_MESSAGE',
  request: sendMessage.request,
  response: sendMessage.response,
});
