import { defineCommand } from '../define-command.ts';

/**
 * GET_SYSTEM_TOPIC_LIST_FROM_BROKER: topics that a broker reserves.
 *
 *   request  => nothing
 *   response => body
 *     body => TopicList
 *
 * Source: TopicList.java.
 */
export const getSystemTopicListFromBroker = defineCommand({
  code: 305,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
});
