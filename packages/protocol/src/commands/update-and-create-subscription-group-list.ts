import { defineCommand } from '../define-command.ts';

/**
 * UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST: creates several consumer groups on a broker, or
 * changes them (5.x).
 *
 *   request  => body
 *     body => SubscriptionGroupList
 *   response => nothing
 *
 * Source: SubscriptionGroupList.java.
 */
export const updateAndCreateSubscriptionGroupList = defineCommand({
  code: 225,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST',
});
