import type { RegisterBrokerBody, TopicConfig } from '@orbitmq/protocol';
import type { Registration } from '../src/routes/route-table.ts';

export function topic(topicName: string, given: Partial<TopicConfig> = {}): TopicConfig {
  return {
    order: false,
    perm: 6,
    readQueueNums: 4,
    topicFilterType: 'SINGLE_TAG',
    topicName,
    topicSysFlag: 0,
    writeQueueNums: 4,
    ...given,
  };
}

export function bodyWith(
  topics: readonly TopicConfig[],
  version: { counter: number; stateVersion?: number } = { counter: 1 },
): RegisterBrokerBody {
  return {
    filterServerList: [],
    topicConfigSerializeWrapper: {
      dataVersion: { timestamp: 1_700_000_000_000, ...version },
      topicConfigTable: new Map(topics.map((each) => [each.topicName, each])),
    },
  };
}

export function registration(given: Partial<Registration> = {}): Registration {
  return {
    clusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerId: 0,
    brokerAddr: '127.0.0.1:10911',
    haServerAddr: '127.0.0.1:10912',
    body: bodyWith([topic('Orders')]),
    timeoutMs: 120_000,
    connectionId: 1,
    nowMs: 0,
    dropsMissingTopics: false,
    ...given,
  };
}
