import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * RECALL_MESSAGE: takes back a timer message that is not due yet (5.x).
 *
 *   request  => [producerGroup] topic recallHandle [bname] [ns] [nsd] [oway] [lo]
 *     producerGroup => text
 *     topic         => text
 *     recallHandle  => text, base64url of "v1 topic brokerName deliverTimestamp uniqKey"
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => msgId [MSG_REGION]
 *     msgId      => text, unique key of the message
 *     MSG_REGION => text
 *
 * Source: RecallMessageRequestHeader.java, RecallMessageResponseHeader.java.
 */
export const recallMessage = defineCommand({
  code: 370,
  name: 'RECALL_MESSAGE',
  request: {
    producerGroup: text({ optional: true }),
    topic: text(),
    recallHandle: text(),
    ...topicFields,
  },
  response: {
    msgId: text(),
    MSG_REGION: text({ optional: true }),
  },
});
