import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * SEND_REPLY_MESSAGE: the answer to a request message; the Go client's form.
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
 *   response => msgId queueId queueOffset [transactionId] [batchUniqId] [recallHandle]
 *     [MSG_REGION] [TRACE_ON]
 *     msgId         => text, offset message id, several joined by commas for a batch
 *     queueId       => int32, where the message went
 *     queueOffset   => int64, of the first message
 *     transactionId => text
 *     batchUniqId   => text, 5.x
 *     recallHandle  => text, 5.x, of timer messages
 *     MSG_REGION    => text, also on errors
 *     TRACE_ON      => "true" | "false", also on errors
 *
 * Source: SendMessageRequestHeader.java, SendMessageResponseHeader.java.
 */
export const sendReplyMessage = defineCommand({
  code: 324,
  name: 'SEND_REPLY_MESSAGE',
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
  response: {
    msgId: text(),
    queueId: int32(),
    queueOffset: int64(),
    transactionId: text({ optional: true }),
    batchUniqId: text({ optional: true }),
    recallHandle: text({ optional: true }),
    MSG_REGION: text({ optional: true }),
    TRACE_ON: bool({ optional: true }),
  },
});
