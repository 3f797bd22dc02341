import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';
import { sendMessageV2 } from './send-message-v2.ts';

/**
 * SEND_MESSAGE: stores one message; the Go client's form of {@link sendMessageV2}.
 *
 *   request  => producerGroup topic defaultTopic defaultTopicQueueNums queueId sysFlag
 *     bornTimestamp flag [properties] [reconsumeTimes] [unitMode] [maxReconsumeTimes] [batch]
 *     [bname] [ns] [nsd] [oway] [lo] body
 *     producerGroup         => text
 *     topic                 => text
 *     defaultTopic          => text, template for creating the topic, "TBW102"
 *     defaultTopicQueueNums => int32, queues of a topic that is created
 *     queueId               => int32, negative lets the broker choose
 *     sysFlag               => int32
 *     bornTimestamp         => int64, ms since 1970
 *     flag                  => int32, the user's own
 *     properties            => text, name 0x01 value 0x02 ...
 *     reconsumeTimes        => int32
 *     unitMode              => "true" | "false"
 *     maxReconsumeTimes     => int32, of a consumer's own retry
 *     batch                 => "true" | "false": "true" when the body holds several messages
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *     body => the message's body
 *   response => as to SEND_MESSAGE_V2
 *
 * Source: SendMessageRequestHeader.java, SendMessageResponseHeader.java.
 */
export const sendMessage = defineCommand({
  code: 10,
  name: 'SEND_MESSAGE',
  request: {
    producerGroup: text(),
    topic: text(),
    defaultTopic: text(),
    defaultTopicQueueNums: int32(),
    queueId: int32(),
    sysFlag: int32(),
    bornTimestamp: int64(),
    flag: int32(),
    properties: text({ optional: true }),
    reconsumeTimes: int32({ optional: true }),
    unitMode: bool({ optional: true }),
    maxReconsumeTimes: int32({ optional: true }),
    batch: bool({ optional: true }),
    ...topicFields,
  },
  response: sendMessageV2.response,
});
