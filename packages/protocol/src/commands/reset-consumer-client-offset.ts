import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * RESET_CONSUMER_CLIENT_OFFSET: a broker tells consumers to go on elsewhere.
 *
 *   request  => topic group timestamp isForce [queueId] [offset] [bname] [ns] [nsd] [oway] [lo]
 *     body
 *     topic     => text
 *     group     => text
 *     timestamp => int64, ms since 1970, -1 means the end
 *     isForce   => "true" | "false", also forwards
 *     queueId   => int32, 5.x, -1 means all
 *     offset    => int64, 5.x, in messages
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *     body => ResetOffsetBody
 *   response => none: it travels one-way
 *
 * Source: ResetOffsetRequestHeader.java.
 */
export const resetConsumerClientOffset = defineCommand({
  code: 220,
  name: 'RESET_CONSUMER_CLIENT_OFFSET',
  request: {
    topic: text(),
    group: text(),
    timestamp: int64(),
    isForce: bool(),
    queueId: int32({ optional: true }),
    offset: int64({ optional: true }),
    ...topicFields,
  },
});
