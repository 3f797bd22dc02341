import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * UPDATE_CONSUMER_OFFSET: a group has consumed a queue so far.
 *
 *   request  => consumerGroup topic queueId commitOffset [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32
 *     commitOffset  => int64, next to consume, in messages
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => nothing
 *
 * Source: UpdateConsumerOffsetRequestHeader.java.
 */
export const updateConsumerOffset = defineCommand({
  code: 15,
  name: 'UPDATE_CONSUMER_OFFSET',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    commitOffset: int64(),
    ...topicFields,
  },
});
