import { defineCommand } from '../define-command.ts';

/**
 * GET_SYSTEM_TOPIC_LIST_FROM_NS: cluster names and broker names, which are reserved topics.
 *
 *   request  => nothing
 *   response => body
 *     body => TopicList with the address of some broker
 *
 * Source: TopicList.java.
 */
export const getSystemTopicListFromNameServer = defineCommand({
  code: 304,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_NS',
});
