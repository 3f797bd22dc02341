import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_TOPIC_STATS_INFO: ends of all queues of a topic.
 *
 *   request  => topic [bname] [ns] [nsd] [oway] [lo]
 *     topic => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => TopicStatsTable
 *
 * Source: GetTopicStatsInfoRequestHeader.java.
 */
export const getTopicStatsInfo = defineCommand({
  code: 202,
  name: 'GET_TOPIC_STATS_INFO',
  request: {
    topic: text(),
    ...topicFields,
  },
});
