import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * INVOKE_BROKER_TO_GET_CONSUMER_STATUS: how far the clients of a group have consumed.
 *
 *   request  => topic group [clientAddr] [bname] [ns] [nsd] [oway] [lo]
 *     topic      => text
 *     group      => text
 *     clientAddr => text, a client id
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => GetConsumerStatusBody
 *
 * Source: GetConsumerStatusRequestHeader.java.
 */
export const invokeBrokerToGetConsumerStatus = defineCommand({
  code: 223,
  name: 'INVOKE_BROKER_TO_GET_CONSUMER_STATUS',
  request: {
    topic: text(),
    group: text(),
    clientAddr: text({ optional: true }),
    ...topicFields,
  },
});
