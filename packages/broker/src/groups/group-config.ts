import type { SubscriptionGroupConfig } from '@orbitmq/protocol';

/** A group's configuration with the defaults of Apache's SubscriptionGroupConfig where nothing is given. */
export function groupConfig(
  groupName: string,
  given: Partial<SubscriptionGroupConfig> = {},
): SubscriptionGroupConfig {
  return {
    groupName,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    consumeTimeoutMinute: 15,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    groupSysFlag: 0,
    attributes: {},
    ...given,
  };
}
