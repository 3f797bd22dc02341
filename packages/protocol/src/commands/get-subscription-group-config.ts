import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * GET_SUBSCRIPTIONGROUP_CONFIG: one consumer group of a broker (5.x).
 *
 *   request  => group [bname] [ns] [nsd] [oway]
 *     group => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => body
 *     body => SubscriptionGroupConfig
 *
 * Source: GetSubscriptionGroupConfigRequestHeader.java.
 */
export const getSubscriptionGroupConfig = defineCommand({
  code: 352,
  name: 'GET_SUBSCRIPTIONGROUP_CONFIG',
  request: {
    group: text(),
    ...rpcFields,
  },
});
