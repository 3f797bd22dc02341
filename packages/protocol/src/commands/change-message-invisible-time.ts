import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * CHANGE_MESSAGE_INVISIBLETIME: a popped message needs another time (5.x).
 *
 *   request  => consumerGroup topic queueId extraInfo offset invisibleTime [liteTopic] [suspend]
 *     [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32
 *     extraInfo     => text, the receipt
 *     offset        => int64, in messages
 *     invisibleTime => int64, ms
 *     liteTopic     => text, 5.5
 *     suspend       => "true" | "false", 5.5
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => popTime invisibleTime reviveQid
 *     popTime       => int64, ms since 1970
 *     invisibleTime => int64, ms
 *     reviveQid     => int32
 *
 * Source: ChangeInvisibleTimeRequestHeader.java, ChangeInvisibleTimeResponseHeader.java.
 */
export const changeMessageInvisibleTime = defineCommand({
  code: 200053,
  name: 'CHANGE_MESSAGE_INVISIBLETIME',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    extraInfo: text(),
    offset: int64(),
    invisibleTime: int64(),
    liteTopic: text({ optional: true }),
    suspend: bool({ optional: true }),
    ...topicFields,
  },
  response: {
    popTime: int64(),
    invisibleTime: int64(),
    reviveQid: int32(),
  },
});
