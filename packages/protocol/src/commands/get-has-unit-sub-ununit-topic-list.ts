import { defineCommand } from '../define-command.ts';

/**
 * GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST: topics with the unit-sub flag and without the unit flag.
 *
 *   request  => nothing
 *   response => body
 *     body => TopicList
 *
 * Source: TopicList.java.
 */
export const getHasUnitSubUnunitTopicList = defineCommand({
  code: 313,
  name: 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST',
});
