import type { SubscriptionGroupConfig, TopicConfig } from '@orbitmq/protocol';

/** A topic as an administrator would make it. */
export function topicConfig(topicName: string, given: Partial<TopicConfig> = {}): TopicConfig {
  return {
    attributes: {},
    order: false,
    perm: 6,
    readQueueNums: 16,
    topicFilterType: 'SINGLE_TAG',
    topicName,
    topicSysFlag: 0,
    writeQueueNums: 16,
    ...given,
  };
}

/** A group with the defaults of 5.x. */
export function groupConfig(
  groupName: string,
  given: Partial<SubscriptionGroupConfig> = {},
): SubscriptionGroupConfig {
  return {
    attributes: {},
    brokerId: 0,
    consumeBroadcastEnable: true,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeMessageOrderly: false,
    consumeTimeoutMinute: 15,
    groupName,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    groupSysFlag: 0,
    notifyConsumerIdsChangedEnable: true,
    retryMaxTimes: 16,
    retryQueueNums: 1,
    whichBrokerWhenConsumeSlowly: 1,
    ...given,
  };
}
