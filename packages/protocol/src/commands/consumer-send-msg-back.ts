import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * CONSUMER_SEND_MSG_BACK: a consumer could not process a message and wants it again later.
 *
 *   request  => offset group delayLevel [originMsgId] [originTopic] [unitMode]
 *     [maxReconsumeTimes] [bname] [ns] [nsd] [oway]
 *     offset            => int64, physical, on this broker
 *     group             => text, consumer group
 *     delayLevel        => int32, negative means dead letter, 0 means 3 + reconsumeTimes
 *     originMsgId       => text
 *     originTopic       => text
 *     unitMode          => "true" | "false"
 *     maxReconsumeTimes => int32
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => nothing
 *
 * Source: ConsumerSendMsgBackRequestHeader.java.
 */
export const consumerSendMsgBack = defineCommand({
  code: 36,
  name: 'CONSUMER_SEND_MSG_BACK',
  request: {
    offset: int64(),
    group: text(),
    delayLevel: int32(),
    originMsgId: text({ optional: true }),
    originTopic: text({ optional: true }),
    unitMode: bool({ optional: true }),
    maxReconsumeTimes: int32({ optional: true }),
    ...rpcFields,
  },
});
