import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * NOTIFICATION: whether there are messages to pop; held back like a pop (5.x).
 *
 *   request  => consumerGroup topic queueId pollTime bornTime [order] [attemptId] [expType] [exp]
 *     [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32
 *     pollTime      => int64, ms
 *     bornTime      => int64, ms since 1970
 *     order         => "true" | "false"
 *     attemptId     => text
 *     expType       => text: "TAG" or "SQL92"
 *     exp           => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => hasMsg [pollingFull]
 *     hasMsg      => "true" | "false"
 *     pollingFull => "true" | "false"
 *
 * Source: NotificationRequestHeader.java, NotificationResponseHeader.java.
 */
export const notification = defineCommand({
  code: 200054,
  name: 'NOTIFICATION',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    pollTime: int64(),
    bornTime: int64(),
    order: bool({ optional: true }),
    attemptId: text({ optional: true }),
    expType: text({ optional: true }),
    exp: text({ optional: true }),
    ...topicFields,
  },
  response: {
    hasMsg: bool(),
    pollingFull: bool({ optional: true }),
  },
});
