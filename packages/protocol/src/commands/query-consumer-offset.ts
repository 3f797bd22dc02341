import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_CONSUMER_OFFSET: how far a group has consumed a queue.
 *
 *   request  => consumerGroup topic queueId [setZeroIfNotFound] [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup     => text
 *     topic             => text
 *     queueId           => int32
 *     setZeroIfNotFound => "true" | "false", 5.x
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => offset
 *     offset => int64, next to consume, in messages
 *
 * Source: QueryConsumerOffsetRequestHeader.java, QueryConsumerOffsetResponseHeader.java.
 */
export const queryConsumerOffset = defineCommand({
  code: 14,
  name: 'QUERY_CONSUMER_OFFSET',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    setZeroIfNotFound: bool({ optional: true }),
    ...topicFields,
  },
  response: {
    offset: int64(),
  },
});
