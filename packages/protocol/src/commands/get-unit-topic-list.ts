import { defineCommand } from '../define-command.ts';

/**
 * GET_UNIT_TOPIC_LIST: topics with the unit flag.
 *
 *   request  => nothing
 *   response => body
 *     body => TopicList
 *
 * Source: TopicList.java.
 */
export const getUnitTopicList = defineCommand({
  code: 311,
  name: 'GET_UNIT_TOPIC_LIST',
});
