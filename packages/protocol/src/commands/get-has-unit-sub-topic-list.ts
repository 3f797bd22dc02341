import { defineCommand } from '../define-command.ts';

/**
 * GET_HAS_UNIT_SUB_TOPIC_LIST: topics with the unit-sub flag.
 *
 *   request  => nothing
 *   response => body
 *     body => TopicList
 *
 * Source: TopicList.java.
 */
export const getHasUnitSubTopicList = defineCommand({
  code: 312,
  name: 'GET_HAS_UNIT_SUB_TOPIC_LIST',
});
