import { defineCommand } from '../define-command.ts';
import { updateAndCreateTopic } from './update-and-create-topic.ts';

/**
 * UPDATE_AND_CREATE_STATIC_TOPIC: creates a topic whose logical queues are mapped (5.x).
 *
 *   request  => the fields of UPDATE_AND_CREATE_TOPIC, body
 *     body => TopicQueueMappingDetail
 *   response => nothing
 *
 * Source: CreateTopicRequestHeader.java.
 */
export const updateAndCreateStaticTopic = defineCommand({
  code: 513,
  name: 'UPDATE_AND_CREATE_STATIC_TOPIC',
  request: updateAndCreateTopic.request,
});
