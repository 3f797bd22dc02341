/** Topics that a broker makes at every start. Source: TopicConfigManager.java. */
import { Permission, REPLY_TOPIC_POSTFIX, SystemTopic, type TopicConfig } from '@orbitmq/protocol';
import { topicConfig } from './topic-config.ts';

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
  readonly timerWheelEnable: boolean;
}

export function systemTopicConfigs(settings: SystemTopicSettings): readonly TopicConfig[] {
  const topics = [
    system(SystemTopic.selfTest, 1, READ_WRITE),
    system(SystemTopic.benchmark, BENCHMARK_QUEUES, READ_WRITE),
    system(
      settings.brokerClusterName,
      CLUSTER_QUEUES,
      settings.clusterTopicEnable ? ALL : Permission.inherit,
    ),
    system(settings.brokerName, 1, settings.brokerTopicEnable ? ALL : Permission.inherit),
    system(SystemTopic.offsetMovedEvent, 1, READ_WRITE),
    system(SystemTopic.schedule, DELAY_LEVELS, READ_WRITE),
    system(`${settings.brokerClusterName}_${REPLY_TOPIC_POSTFIX}`, 1, READ_WRITE),
    system(SystemTopic.transactionHalf, 1, READ_WRITE),
    system(SystemTopic.transactionOp, 1, READ_WRITE),
  ];
  if (settings.autoCreateTopicEnable) {
    topics.push(system(SystemTopic.autoCreateTemplate, settings.defaultTopicQueueNums, ALL));
  }
  if (settings.timerWheelEnable) topics.push(system(SystemTopic.wheelTimer, 1, READ_WRITE));
  if (settings.traceTopicEnable) {
    topics.push(system(settings.msgTraceTopicName, 1, READ_WRITE));
  }
  return topics;
}

function system(name: string, queues: number, perm: number): TopicConfig {
  return topicConfig(name, { readQueueNums: queues, writeQueueNums: queues, perm });
}
