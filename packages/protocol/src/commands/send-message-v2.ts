import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * SEND_MESSAGE_V2: stores one message, with short field names.
 *
 *   request  => a b c d e f g h [i] [j] [k] [l] [m] [n] [bname] [ns] [nsd] [oway] [lo] body
 *     a => text, producerGroup
 *     b => text, topic
 *     c => text, defaultTopic
 *     d => int32, defaultTopicQueueNums
 *     e => int32, queueId
 *     f => int32, sysFlag
 *     g => int64, bornTimestamp
 *     h => int32, flag
 *     i => text, properties
 *     j => int32, reconsumeTimes
 *     k => "true" | "false", unitMode
 *     l => int32, maxReconsumeTimes
 *     m => "true" | "false", batch
 *     n => text, bname
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
 * Letters stand for the long names of SEND_MESSAGE: see send-header.ts.
 *
 * Source: SendMessageRequestHeaderV2.java, SendMessageResponseHeader.java.
 */
export const sendMessageV2 = defineCommand({
  code: 310,
  name: 'SEND_MESSAGE_V2',
  request: {
    a: text(),
    b: text(),
    c: text(),
    d: int32(),
    e: int32(),
    f: int32(),
    g: int64(),
    h: int32(),
    i: text({ optional: true }),
    j: int32({ optional: true }),
    k: bool({ optional: true }),
    l: int32({ optional: true }),
    m: bool({ optional: true }),
    n: text({ optional: true }),
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
