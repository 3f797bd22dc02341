import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_SUBSCRIPTION_BY_CONSUMER: what a group subscribes of a topic (5.x).
 *
 *   request  => group topic [bname] [ns] [nsd] [oway] [lo]
 *     group => text
 *     topic => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => QuerySubscriptionResponseBody
 *
 * Source: QuerySubscriptionByConsumerRequestHeader.java.
 */
export const querySubscriptionByConsumer = defineCommand({
  code: 345,
  name: 'QUERY_SUBSCRIPTION_BY_CONSUMER',
  request: {
    group: text(),
    topic: text(),
    ...topicFields,
  },
});
