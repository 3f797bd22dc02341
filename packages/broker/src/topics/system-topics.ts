/** Topics that a broker makes at every start. Source: TopicConfigManager.java. */
import { Permission, REPLY_TOPIC_POSTFIX, SystemTopic, type TopicConfig } from '@orbitmq/protocol';

const READ_WRITE = Permission.read | Permission.write;
const ALL = READ_WRITE | Permission.inherit;
const DELAY_LEVELS = 18;
const BENCHMARK_QUEUES = 1024;
const CLUSTER_QUEUES = 16;

export interface SystemTopicSettings {
  readonly brokerClusterName: string;
  readonly brokerName: string;
  readonly autoCreateTopicEnable: boolean;
  readonly defaultTopicQueueNums: number;
  readonly clusterTopicEnable: boolean;
  readonly brokerTopicEnable: boolean;
  readonly traceTopicEnable: boolean;
  readonly msgTraceTopicName: string;
}

export function systemTopicConfigs(settings: SystemTopicSettings): readonly TopicConfig[] {
  const topics = [
    topicConfig(SystemTopic.selfTest, 1, READ_WRITE),
    topicConfig(SystemTopic.benchmark, BENCHMARK_QUEUES, READ_WRITE),
    topicConfig(
      settings.brokerClusterName,
      CLUSTER_QUEUES,
      settings.clusterTopicEnable ? ALL : Permission.inherit,
    ),
    topicConfig(settings.brokerName, 1, settings.brokerTopicEnable ? ALL : Permission.inherit),
    topicConfig(SystemTopic.offsetMovedEvent, 1, READ_WRITE),
    topicConfig(SystemTopic.schedule, DELAY_LEVELS, READ_WRITE),
    topicConfig(`${settings.brokerClusterName}_${REPLY_TOPIC_POSTFIX}`, 1, READ_WRITE),
    topicConfig(SystemTopic.transactionHalf, 1, READ_WRITE),
    topicConfig(SystemTopic.transactionOp, 1, READ_WRITE),
  ];
  if (settings.autoCreateTopicEnable) {
    topics.push(topicConfig(SystemTopic.autoCreateTemplate, settings.defaultTopicQueueNums, ALL));
  }
  if (settings.traceTopicEnable) {
    topics.push(topicConfig(settings.msgTraceTopicName, 1, READ_WRITE));
  }
  return topics;
}

function topicConfig(topicName: string, queues: number, perm: number): TopicConfig {
  return {
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
  };
}
