import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_TOPIC_CONSUME_BY_WHO: groups that consume a topic.
 *
 *   request  => topic [bname] [ns] [nsd] [oway] [lo]
 *     topic => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => GroupList
 *
 * Source: QueryTopicConsumeByWhoRequestHeader.java.
 */
export const queryTopicConsumeByWho = defineCommand({
  code: 300,
  name: 'QUERY_TOPIC_CONSUME_BY_WHO',
  request: {
    topic: text(),
    ...topicFields,
  },
});
