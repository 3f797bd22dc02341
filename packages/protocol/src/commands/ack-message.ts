import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * ACK_MESSAGE: a popped message was consumed (5.x).
 *
 *   request  => consumerGroup topic queueId extraInfo offset [liteTopic] [bname] [ns] [nsd]
 *     [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32
 *     extraInfo     => text, the receipt
 *     offset        => int64, in messages
 *     liteTopic     => text, 5.5
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => nothing
 *
 * Source: AckMessageRequestHeader.java.
 */
export const ackMessage = defineCommand({
  code: 200051,
  name: 'ACK_MESSAGE',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    extraInfo: text(),
    offset: int64(),
    liteTopic: text({ optional: true }),
    ...topicFields,
  },
});
