import { defineCommand } from '../define-command.ts';

/**
 * GET_ALL_TOPIC_LIST_FROM_NAMESERVER: names of all topics that a name server knows.
 *
 *   request  => nothing
 *   response => body
 *     body => TopicList
 *
 * Source: TopicList.java.
 */
export const getAllTopicListFromNameServer = defineCommand({
  code: 206,
  name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
});
