import { defineCommand, text } from '../define-command.ts';

/**
 * GET_TOPICS_BY_CLUSTER: topics that the brokers of a cluster serve.
 *
 *   request  => cluster
 *     cluster => text
 *   response => body
 *     body => TopicList
 *
 * Source: GetTopicsByClusterRequestHeader.java.
 */
export const getTopicsByCluster = defineCommand({
  code: 224,
  name: 'GET_TOPICS_BY_CLUSTER',
  request: {
    cluster: text(),
  },
});
