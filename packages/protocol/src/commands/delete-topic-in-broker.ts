import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * DELETE_TOPIC_IN_BROKER: deletes a topic and its queues.
 *
 *   request  => topic [bname] [ns] [nsd] [oway] [lo]
 *     topic => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => nothing
 *
 * Source: DeleteTopicRequestHeader.java.
 */
export const deleteTopicInBroker = defineCommand({
  code: 215,
  name: 'DELETE_TOPIC_IN_BROKER',
  request: {
    topic: text(),
    ...topicFields,
  },
});
