import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * QUERY_TOPICS_BY_CONSUMER: topics that a group consumes (5.x).
 *
 *   request  => group [bname] [ns] [nsd] [oway]
 *     group => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => body
 *     body => TopicList
 *
 * Source: QueryTopicsByConsumerRequestHeader.java.
 */
export const queryTopicsByConsumer = defineCommand({
  code: 343,
  name: 'QUERY_TOPICS_BY_CONSUMER',
  request: {
    group: text(),
    ...rpcFields,
  },
});
