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
import type { TimerIntake } from '../timer/timer-intake.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { TopicTable } from '../topics/topic-table.ts';
import { MessageRouter } from './message-router.ts';
import { SpecialProperty } from './property-bytes.ts';

const NOW_MS = 1_700_000_000_000;
const LEVELS = DelayLevels.parse('1s 5s 10s');
const QUEUE_SOURCE = { queue: () => ({}) } as unknown as Pick<MessageStore, 'queue'>;

let topics: TopicTable;
let router: MessageRouter;
let isRejectingTransactions: boolean;
let isFullOfHalves: boolean;
let takenAs: TimerIntake['take'];

/** Configurations that live in memory alone. */
function configs() {
  const topicConfigs = new Map<string, TopicConfig>();
  const groupConfigs = new Map<string, SubscriptionGroupConfig>();
  return {
    topics: () => topicConfigs.values(),
    putTopics(added: readonly TopicConfig[]) {
      for (const config of added) topicConfigs.set(config.topicName, config);
    },
    deleteTopic: (name: string) => topicConfigs.delete(name),
    group: (name: string) => groupConfigs.get(name),
    groups: () => groupConfigs.values(),
    putGroups(added: readonly SubscriptionGroupConfig[]) {
      for (const config of added) groupConfigs.set(config.groupName, config);
    },
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
    timers: { take: (properties) => takenAs(properties), recallHandle: () => 'handle' },
    transactions: { isRejected: () => isRejectingTransactions, isFull: () => isFullOfHalves },
  });
  isRejectingTransactions = false;
  isFullOfHalves = false;
  takenAs = () => ({ outMs: 7_000 });
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

  it.each(['soon', '1.5', ' 3', '99999999999'])(
    'that is no number to Java, as %j, is refused as by Apache',
    (level) => {
      const topic = topics.put(topicConfig('T'));
      const record = recordWith(`DELAY\u0001${level}`);
      const routed = router.route(topic, 3, record, { ...SENT, special: SpecialProperty.delay });
      expect(routed).toMatchObject({ code: 1 });
    },
  );

  it('that Java reads as a number too waits for that level', () => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith('DELAY\u0001+02');
    const routed = router.route(topic, 3, record, { ...SENT, special: SpecialProperty.delay });
    expect(routed).toMatchObject({ queueId: 1, topic: { name: 'SCHEDULE_TOPIC_XXXX' } });
  });

  it.each(['0', '-3', '-0'])('of level %s does not wait', (level) => {
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

describe('a half message', () => {
  const half = { ...SENT, special: SpecialProperty.transaction };

  it('goes to the half queue as what it is not yet: a message without transaction bits', () => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith('TRAN_MSG\u0001true\u0002');
    record.sysFlag = 0x5;
    const routed = router.route(topic, 3, record, half);
    expect(routed).toMatchObject({ queueId: 0, topic: { name: 'RMQ_SYS_TRANS_HALF_TOPIC' } });
    expect(record.sysFlag).toBe(1);
    expect(propertiesOf(record)).toEqual({ TRAN_MSG: 'true', REAL_TOPIC: 'T', REAL_QID: '3' });
  });

  it('is told to senders of 5.x with its unique key as the id of the transaction', () => {
    const topic = topics.put(topicConfig('T'));
    const idFor = (peerVersion: number, properties: string) => {
      const routed = router.route(topic, 3, recordWith(properties), { ...half, peerVersion });
      return 'code' in routed ? routed : routed.answerFields?.transactionId;
    };
    expect(idFor(413, 'TRAN_MSG\u0001true\u0002UNIQ_KEY\u0001k1')).toBe('k1');
    expect(idFor(407, 'TRAN_MSG\u0001true\u0002UNIQ_KEY\u0001k1')).toBeUndefined();
    expect(idFor(413, 'TRAN_MSG\u0001true')).toBeUndefined();
  });

  it('of a message that was in another topic before belongs where it is sent now', () => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith('REAL_TOPIC\u0001old\u0002REAL_QID\u00017\u0002KEYS\u0001k');
    router.route(topic, 3, record, half);
    expect(propertiesOf(record)).toEqual({ KEYS: 'k', REAL_TOPIC: 'T', REAL_QID: '3' });
    expect(record.properties.toString()).not.toContain('old');
  });

  it('of a message that was a half message before is not taken for that one', () => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith(
      'TRAN_PREPARED_QUEUE_OFFSET\u00015\u0002TRANSACTION_CHECK_TIMES\u000115\u0002KEYS\u0001k',
    );
    router.route(topic, 3, record, half);
    expect(propertiesOf(record)).toEqual({ KEYS: 'k', REAL_TOPIC: 'T', REAL_QID: '3' });
  });

  it('is none when it is a retry of a message that was one', () => {
    const topic = topics.ensure('%RETRY%G', 1, 6);
    const record = recordWith('TRAN_MSG\u0001true\u0002DELAY\u00013');
    record.reconsumeTimes = 1;
    const special = SpecialProperty.transaction | SpecialProperty.delay;
    const routed = router.route(topic, 0, record, { ...SENT, special });
    expect(routed).toMatchObject({ topic: { name: 'SCHEDULE_TOPIC_XXXX' } });
  });

  it('is refused where they are not wanted, or too many wait', () => {
    const topic = topics.put(topicConfig('T'));
    isFullOfHalves = true;
    expect(router.route(topic, 0, recordWith(''), half)).toMatchObject({ code: 2 });
    isRejectingTransactions = true;
    expect(router.route(topic, 0, recordWith(''), half)).toMatchObject({ code: 16 });
  });
});

describe('a message with a delivery time', () => {
  const timer = { ...SENT, special: SpecialProperty.timer };

  it('waits in the timer topic', () => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith('TIMER_DELAY_MS\u000110\u0002KEYS\u0001k');
    const routed = router.route(topic, 3, record, timer);
    expect(routed).toMatchObject({ queueId: 0, answerFields: { recallHandle: 'handle' } });
    expect(routed).toMatchObject({ topic: { name: 'rmq_sys_wheel_timer' } });
    expect(propertiesOf(record)).toEqual({
      TIMER_DELAY_MS: '10',
      KEYS: 'k',
      TIMER_OUT_MS: '7000',
      REAL_TOPIC: 'T',
      REAL_QID: '3',
    });
  });

  it('goes straight on when that is over, and is refused when it cannot be', () => {
    const topic = topics.put(topicConfig('T'));
    takenAs = () => 'now';
    expect(router.route(topic, 3, recordWith(''), timer)).toEqual({ topic, queueId: 3 });
    takenAs = () => ({ code: 13, remark: 'too far' });
    expect(router.route(topic, 3, recordWith(''), timer)).toMatchObject({ code: 13 });
  });

  it('and a delay level heeds the level alone', () => {
    const topic = topics.put(topicConfig('T'));
    const record = recordWith('TIMER_DELAY_MS\u000110\u0002DELAY\u00012');
    const special = SpecialProperty.timer | SpecialProperty.delay;
    const routed = router.route(topic, 3, record, { ...SENT, special });
    expect(routed).toMatchObject({ topic: { name: 'SCHEDULE_TOPIC_XXXX' }, queueId: 1 });
    expect(propertiesOf(record)['TIMER_DELAY_MS']).toBeUndefined();
  });
});
