import type { TopicConfig } from '@orbitmq/protocol';

/** A topic's configuration with the defaults of Apache's TopicConfig where nothing is given. */
export function topicConfig(topicName: string, given: Partial<TopicConfig> = {}): TopicConfig {
  return {
    topicName,
    readQueueNums: 16,
    writeQueueNums: 16,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
    ...given,
  };
}
