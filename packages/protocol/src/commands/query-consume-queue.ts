import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_CONSUME_QUEUE: entries of a consume queue.
 *
 *   request  => topic [queueId] [index] [count] [consumerGroup] [bname] [ns] [nsd] [oway] [lo]
 *     topic         => text
 *     queueId       => int32, absent means 0
 *     index         => int64, absent means 0, first, in messages
 *     count         => int32, absent means 0
 *     consumerGroup => text, whether its filter lets them pass
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => QueryConsumeQueueResponseBody
 *
 * Source: QueryConsumeQueueRequestHeader.java.
 */
export const queryConsumeQueue = defineCommand({
  code: 321,
  name: 'QUERY_CONSUME_QUEUE',
  request: {
    topic: text(),
    queueId: int32({ absent: 0 }),
    index: int64({ absent: 0 }),
    count: int32({ absent: 0 }),
    consumerGroup: text({ optional: true }),
    ...topicFields,
  },
});
