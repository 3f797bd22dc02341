import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * REGISTER_TOPIC_IN_NAMESRV: adds routes of one topic (5.x).
 *
 *   request  => topic [bname] [ns] [nsd] [oway] [lo] body
 *     topic => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *     body => TopicRouteData with queueDatas
 *   response => nothing
 *
 * Source: RegisterTopicRequestHeader.java.
 */
export const registerTopicInNameServer = defineCommand({
  code: 217,
  name: 'REGISTER_TOPIC_IN_NAMESRV',
  request: {
    topic: text(),
    ...topicFields,
  },
});
