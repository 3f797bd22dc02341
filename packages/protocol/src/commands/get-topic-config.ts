import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_TOPIC_CONFIG: one topic of a broker (5.x).
 *
 *   request  => topic [bname] [ns] [nsd] [oway] [lo]
 *     topic => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => TopicConfigAndQueueMapping
 *
 * Source: GetTopicConfigRequestHeader.java.
 */
export const getTopicConfig = defineCommand({
  code: 351,
  name: 'GET_TOPIC_CONFIG',
  request: {
    topic: text(),
    ...topicFields,
  },
});
