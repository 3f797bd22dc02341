import { defineCommand, int32, text } from '../define-command.ts';

/**
 * GET_ALL_TOPIC_CONFIG: all topics of a broker, in portions when a field is given (5.x).
 *
 *   request  => [topicSeq] [dataVersion] [maxTopicNum]
 *     topicSeq    => int32, 5.x, first topic
 *     dataVersion => text, 5.x, JSON of the portion before
 *     maxTopicNum => int32, 5.x
 *   response => [totalTopicNum] body
 *     totalTopicNum => int32, 5.x
 *     body => TopicConfigSerializeWrapper
 *
 * Source: GetAllTopicConfigRequestHeader.java, GetAllTopicConfigResponseHeader.java.
 */
export const getAllTopicConfig = defineCommand({
  code: 21,
  name: 'GET_ALL_TOPIC_CONFIG',
  request: {
    topicSeq: int32({ optional: true }),
    dataVersion: text({ optional: true }),
    maxTopicNum: int32({ optional: true }),
  },
  response: {
    totalTopicNum: int32({ optional: true }),
  },
});
