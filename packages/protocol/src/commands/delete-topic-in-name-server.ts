import { defineCommand, text } from '../define-command.ts';

/**
 * DELETE_TOPIC_IN_NAMESRV: forgets the routes of a topic.
 *
 *   request  => topic [clusterName]
 *     topic       => text
 *     clusterName => text, only routes of this cluster's brokers
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
  },
});
