import { defineCommand } from '../define-command.ts';
import { sendMessageV2 } from './send-message-v2.ts';

/**
 * SEND_BATCH_MESSAGE: stores several messages of one topic in one queue.
 *
 *   request  => the fields of SEND_MESSAGE_V2, body
 *     body => the messages one after another, see message/batch-body.ts
 *   response => as to SEND_MESSAGE_V2: msgId joins the messages' ids by commas, queueOffset is the
 *     first message's
 *
 * What makes a batch is m, not the code.
 *
 * Source: SendMessageRequestHeaderV2.java, SendMessageResponseHeader.java, MessageBatch.java.
 */
export const sendBatchMessage = defineCommand({
  code: 320,
  name: 'SEND_BATCH_MESSAGE',
  request: sendMessageV2.request,
  response: sendMessageV2.response,
});
