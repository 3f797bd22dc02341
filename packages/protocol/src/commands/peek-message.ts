import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * PEEK_MESSAGE: messages without making them invisible (5.x).
 *
 *   request  => consumerGroup topic queueId maxMsgNums [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32
 *     maxMsgNums    => int32
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => [popTime] [invisibleTime] [reviveQid] [restNum] [startOffsetInfo] [msgOffsetInfo]
 *     [orderCountInfo] body
 *     popTime         => int64
 *     invisibleTime   => int64
 *     reviveQid       => int32
 *     restNum         => int64
 *     startOffsetInfo => text
 *     msgOffsetInfo   => text
 *     orderCountInfo  => text
 *     body => records one after another
 *
 * Source: PeekMessageRequestHeader.java, PopMessageResponseHeader.java.
 */
export const peekMessage = defineCommand({
  code: 200052,
  name: 'PEEK_MESSAGE',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    maxMsgNums: int32(),
    ...topicFields,
  },
  response: {
    popTime: int64({ optional: true }),
    invisibleTime: int64({ optional: true }),
    reviveQid: int32({ optional: true }),
    restNum: int64({ optional: true }),
    startOffsetInfo: text({ optional: true }),
    msgOffsetInfo: text({ optional: true }),
    orderCountInfo: text({ optional: true }),
  },
});
