import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import {
  decodeProperties,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@orbitmq/protocol';
import { AppendRecord, type MessageStore } from '@orbitmq/store';
import { GroupTable } from '../groups/group-table.ts';
import { DelayLevels } from '../schedule/delay-levels.ts';
import { BrokerStats } from '../stats/broker-stats.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { TopicTable } from '../topics/topic-table.ts';
import { SpecialProperty } from './message-properties.ts';
import { MessageRouter } from './message-router.ts';

const NOW_MS = 1_700_000_000_000;
const LEVELS = DelayLevels.parse('1s 5s 10s');
const QUEUE_SOURCE = { queue: () => ({}) } as unknown as Pick<MessageStore, 'queue'>;

let topics: TopicTable;
let router: MessageRouter;

/** Configurations that live in memory alone. */
function configs() {
  const topicConfigs = new Map<string, TopicConfig>();
  const groupConfigs = new Map<string, SubscriptionGroupConfig>();
  return {
    topics: () => topicConfigs.values(),
    putTopic: (config: TopicConfig) => void topicConfigs.set(config.topicName, config),
    deleteTopic: (name: string) => topicConfigs.delete(name),
    group: (name: string) => groupConfigs.get(name),
    groups: () => groupConfigs.values(),
    putGroup: (config: SubscriptionGroupConfig) => void groupConfigs.set(config.groupName, config),
    deleteGroup: (name: string) => groupConfigs.delete(name),
  };
}

beforeEach(() => {
  const kept = configs();
  topics = new TopicTable({
    configs: kept,
    store: QUEUE_SOURCE,
    stats: new BrokerStats({ clusterName: 'C', isDetailed: true }),
    log: silentLogger,
    isAutoCreateEnabled: () => true,
    onChanged: () => undefined,
  });
  const groups = new GroupTable({
    configs: kept,
    log: silentLogger,
    isAutoCreateEnabled: () => true,
  });
  groups.find('G');
  router = new MessageRouter({
    topics,
    groups,
    delayLevels: LEVELS,
    clock: { now: () => NOW_MS, monotonicMs: () => 0 },
    brokerAddress: '127.0.0.1:10911',
  });
});

function recordWith(properties: string): AppendRecord {
  const record = new AppendRecord();
  record.properties = Buffer.from(properties);
  record.propertiesEnd = record.properties.length;
  return record;
}

function propertiesOf(record: AppendRecord): Record<string, string> {
  const { properties, propertiesStart, propertiesEnd } = record;
  return { ...decodeProperties(properties.toString('utf8', propertiesStart, propertiesEnd)) };
}

const SENT = { special: 0, maxReconsumeTimes: -1, peerVersion: 407 };

describe('a message with a delay', () => {
  it.each([
    [2, 1, 5_000],
    [99, 2, 10_000],
  ])('of level %d waits in queue %d for %d ms', (level, queueId, delayMs) => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith(`DELAY\u0001${level}\u0002KEYS\u0001k`);
    const routed = router.route(topic, 3, record, { ...SENT, special: SpecialProperty.delay });
    expect(routed).toMatchObject({ queueId, topic: { name: 'SCHEDULE_TOPIC_XXXX' } });
    expect(record.tagsCode).toBe(NOW_MS + delayMs);
    expect(propertiesOf(record)).toEqual({
      DELAY: String(queueId + 1),
      KEYS: 'k',
      REAL_TOPIC: 'T',
      REAL_QID: '3',
    });
  });

  it.each(['0', '-3', 'x'])('of level %s does not wait', (level) => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith(`DELAY\u0001${level}`);
    const routed = router.route(topic, 3, record, { ...SENT, special: SpecialProperty.delay });
    expect(routed).toMatchObject({ queueId: 3, topic: { name: 'T' } });
  });
});

describe('a retry that a consumer sends itself', () => {
  it('goes to the dead letters when it came often enough', () => {
    const topic = topics.ensure('%RETRY%G', 1, 6);
    const record = recordWith('DELAY\u00013');
    record.reconsumeTimes = 15;
    expect(router.route(topic, 0, record, SENT)).toMatchObject({ topic: { name: '%RETRY%G' } });
    record.reconsumeTimes = 16;
    expect(router.route(topic, 0, record, SENT)).toMatchObject({
      topic: { name: '%DLQ%G' },
      queueId: 0,
    });
    record.reconsumeTimes = 2;
    const stated = { ...SENT, maxReconsumeTimes: 2 };
    expect(router.route(topic, 0, record, stated)).toMatchObject({ topic: { name: '%DLQ%G' } });
    expect(propertiesOf(record)['DELAY']).toBeUndefined();
  });

  it('of a group that does not exist is refused', () => {
    const topic = topics.ensure('%RETRY%unknown', 1, 6);
    expect(router.route(topic, 0, recordWith(''), SENT)).toMatchObject({ code: 26 });
  });
});

describe('what cannot be taken yet', () => {
  it.each([
    ['half messages', SpecialProperty.transaction, 16],
    ['timer messages', SpecialProperty.timer, 1],
  ])('%s are refused, not lost', (_name, special, code) => {
    const topic = topics.put(topicConfig('T'));
    expect(router.route(topic, 0, recordWith(''), { ...SENT, special })).toMatchObject({ code });
  });
});
