import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * POP_MESSAGE: messages that stay invisible to others until acknowledged (5.x).
 *
 *   request  => consumerGroup topic queueId maxMsgNums invisibleTime pollTime bornTime initMode
 *     [expType] [exp] [order] [attemptId] [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32, -1 means any
 *     maxMsgNums    => int32, 32 at most
 *     invisibleTime => int64, ms
 *     pollTime      => int64, ms
 *     bornTime      => int64, ms since 1970
 *     initMode      => int32, 0 from the start, 1 from the end
 *     expType       => text: "TAG" or "SQL92"
 *     exp           => text
 *     order         => "true" | "false"
 *     attemptId     => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => popTime invisibleTime reviveQid restNum [startOffsetInfo] [msgOffsetInfo]
 *     [orderCountInfo] body
 *     popTime         => int64, ms since 1970
 *     invisibleTime   => int64, ms
 *     reviveQid       => int32, 999 when ordered
 *     restNum         => int64
 *     startOffsetInfo => text: "retry queueId offset" joined by ";"
 *     msgOffsetInfo   => text: "retry queueId offset,offset" joined by ";"
 *     orderCountInfo  => text: "retry queueId count" joined by ";"
 *     body => records one after another
 *
 * Source: PopMessageRequestHeader.java, PopMessageResponseHeader.java.
 */
export const popMessage = defineCommand({
  code: 200050,
  name: 'POP_MESSAGE',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    maxMsgNums: int32(),
    invisibleTime: int64(),
    pollTime: int64(),
    bornTime: int64(),
    initMode: int32(),
    expType: text({ optional: true }),
    exp: text({ optional: true }),
    order: bool({ optional: true }),
    attemptId: text({ optional: true }),
    ...topicFields,
  },
  response: {
    popTime: int64(),
    invisibleTime: int64(),
    reviveQid: int32(),
    restNum: int64(),
    startOffsetInfo: text({ optional: true }),
    msgOffsetInfo: text({ optional: true }),
    orderCountInfo: text({ optional: true }),
  },
});
