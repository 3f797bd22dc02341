import { defineCommand } from '../define-command.ts';
import { sendMessageV2 } from './send-message-v2.ts';

/**
 * SEND_REPLY_MESSAGE_V2: the answer to a request message, with short field names.
 *
 *   request  => the fields of SEND_MESSAGE_V2, body
 *     body => the answer's body
 *   response => as to SEND_MESSAGE_V2
 *
 * Source: SendMessageRequestHeaderV2.java, SendMessageResponseHeader.java.
 */
export const sendReplyMessageV2 = defineCommand({
  code: 325,
  name: 'SEND_REPLY_MESSAGE_V2',
  request: sendMessageV2.request,
  response: sendMessageV2.response,
});
