import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * INVOKE_BROKER_TO_RESET_OFFSET: sets where a group goes on.
 *
 *   request  => topic group timestamp isForce [queueId] [offset] [bname] [ns] [nsd] [oway] [lo]
 *     topic     => text
 *     group     => text
 *     timestamp => int64, ms since 1970, -1 means the end
 *     isForce   => "true" | "false", also forwards
 *     queueId   => int32, 5.x, -1 means all
 *     offset    => int64, 5.x, in messages
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => ResetOffsetBody
 *
 * Source: ResetOffsetRequestHeader.java.
 */
export const invokeBrokerToResetOffset = defineCommand({
  code: 222,
  name: 'INVOKE_BROKER_TO_RESET_OFFSET',
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
