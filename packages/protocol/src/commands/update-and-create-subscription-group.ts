import { defineCommand } from '../define-command.ts';

/**
 * UPDATE_AND_CREATE_SUBSCRIPTIONGROUP: creates a consumer group on a broker, or changes it.
 *
 *   request  => body
 *     body => SubscriptionGroupConfig
 *   response => nothing
 *
 * Source: SubscriptionGroupConfig.java.
 */
export const updateAndCreateSubscriptionGroup = defineCommand({
  code: 200,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
});
