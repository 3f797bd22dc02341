import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_CONSUMER_STATUS_FROM_CLIENT: a broker asks a consumer how far it has consumed.
 *
 *   request  => topic group [clientAddr] [bname] [ns] [nsd] [oway] [lo]
 *     topic      => text
 *     group      => text
 *     clientAddr => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => GetConsumerStatusBody
 *
 * Source: GetConsumerStatusRequestHeader.java.
 */
export const getConsumerStatusFromClient = defineCommand({
  code: 221,
  name: 'GET_CONSUMER_STATUS_FROM_CLIENT',
  request: {
    topic: text(),
    group: text(),
    clientAddr: text({ optional: true }),
    ...topicFields,
  },
});
