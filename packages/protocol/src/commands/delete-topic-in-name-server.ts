import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * DELETE_TOPIC_IN_NAMESRV: forgets the routes of a topic.
 *
 *   request  => topic [clusterName] [bname] [ns] [nsd] [oway] [lo]
 *     topic       => text
 *     clusterName => text, only routes of this cluster's brokers
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => nothing
 *
 * Source: DeleteTopicFromNamesrvRequestHeader.java.
 */
export const deleteTopicInNameServer = defineCommand({
  code: 216,
  name: 'DELETE_TOPIC_IN_NAMESRV',
  request: {
    topic: text(),
    clusterName: text({ optional: true }),
    ...topicFields,
  },
});
