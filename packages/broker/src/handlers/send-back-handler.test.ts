import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import {
  LANGUAGE_OTHER,
  type RemotingCommand,
  SerializeType,
  type StoredMessage,
  SystemTopic,
} from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import type { Timers } from '@orbitmq/runtime';
import { StoreFixture } from '../../test/store-fixture.ts';
import type { BrokerContext } from '../broker-context.ts';
import { ScheduleService } from '../schedule/schedule-service.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { handleSendBack } from './send-back-handler.ts';

const NO_TIMERS: Timers = {
  after: () => ({ cancel: () => undefined }),
  every: () => ({ cancel: () => undefined }),
  afterPoll: () => undefined,
};
const RETRY = '%RETRY%G';
const DEAD = '%DLQ%G';
const SECONDS = [10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200];

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let broker: StoreFixture;
let schedule: ScheduleService;
let config: { brokerPermission: number };

beforeEach(async () => {
  broker = await StoreFixture.create();
  config = { brokerPermission: 6 };
  broker.groups.find('G');
  start();
});

afterEach(async () => {
  await schedule.close();
  await broker[Symbol.asyncDispose]();
});

function start(): void {
  const { store, metadata, writer, topics, stats, levels, clock } = broker;
  const shared = { store, metadata, writer, topics, stats, levels, clock };
  const quiet = { timers: NO_TIMERS, log: silentLogger, isCountingReads: false };
  schedule = new ScheduleService({ ...shared, ...quiet });
}

interface SendBack {
  readonly group?: string;
  readonly delayLevel?: number;
  readonly maxReconsumeTimes?: number;
  readonly offset?: number;
  readonly version?: number;
}

async function sendBack(message: StoredMessage, given: SendBack = {}): Promise<void> {
  const { store, topics, groups, stats, clock, putter, levels } = broker;
  const settings = { ...config, brokerIP1: '10.0.0.1' };
  const context = { store, topics, groups, stats, clock, config: settings };
  const handle = handleSendBack({
    context: context as unknown as BrokerContext,
    putter,
    levels,
  });
  const { version = 407, ...request } = given;
  const command: RemotingCommand = {
    code: 36,
    language: LANGUAGE_OTHER,
    version,
    opaque: 1,
    flag: 0,
    serializeType: SerializeType.json,
  };
  const connection = {} as Connection;
  const { physicalOffset: offset } = message;
  await handle({ offset, group: 'G', delayLevel: 0, ...request }, { connection, command });
}

async function firstMessage(properties: Record<string, string> = {}): Promise<StoredMessage> {
  const topic = broker.topics.put(topicConfig('T'));
  const record = broker.record('m', { TAGS: 'a', KEYS: 'k', UNIQ_KEY: 'u', ...properties });
  record.flag = 7;
  return broker.put(topic.queue(2), record);
}

async function last(topic: string): Promise<StoredMessage> {
  const message = (await broker.messages(topic)).at(-1);
  if (message === undefined) throw new Error(`nothing in ${topic}`);
  return message;
}

/** Lets every level deliver what is due. */
async function deliver(): Promise<void> {
  await broker.turn();
  for (let level = 1; level <= broker.levels.max; level++) await schedule.look(level);
  await schedule.settled();
}

async function count(topic: string): Promise<number> {
  return (await broker.messages(topic)).length;
}

describe('a message of another broker with a NUL in its properties', () => {
  it('is sent back without it, or recovery would take the record for torn', async () => {
    await sendBack(await firstMessage({ note: 'x\u0000y' }));
    broker.clock.nowMs += 10_000;
    await deliver();
    expect((await last(RETRY)).properties).toMatchObject({ note: 'xy', UNIQ_KEY: 'u' });
  });
});

describe('a message that is sent back again and again', () => {
  it('comes after 10 s, 30 s, … 2 h, keeps what it is, and is dead after 16 times', async () => {
    const first = await firstMessage();
    let message = first;
    for (const [index, seconds] of SECONDS.entries()) {
      await sendBack(message);
      broker.clock.nowMs += seconds * 1000 - 1;
      await deliver();
      expect(await count(RETRY)).toBe(index);
      broker.clock.nowMs += 1;
      await deliver();
      expect(await count(RETRY)).toBe(index + 1);
      message = await last(RETRY);
      expect(message).toMatchObject({
        reconsumeTimes: index + 1,
        bornTimestamp: first.bornTimestamp,
        bornHost: first.bornHost,
        flag: 7,
      });
      expect(message.body.toString()).toBe('m');
      expect(message.properties).toMatchObject({
        TAGS: 'a',
        KEYS: 'k',
        UNIQ_KEY: 'u',
        RETRY_TOPIC: 'T',
        ORIGIN_MESSAGE_ID: first.offsetMessageId,
      });
      expect(broker.topics.byName(DEAD)).toBeUndefined();
    }
    await sendBack(message);
    const dead = await last(DEAD);
    expect(dead).toMatchObject({ queueId: 0, reconsumeTimes: 17 });
    expect(dead.bornTimestamp).toBe(first.bornTimestamp);
    expect(dead.properties).toMatchObject({
      RETRY_TOPIC: 'T',
      ORIGIN_MESSAGE_ID: first.offsetMessageId,
      UNIQ_KEY: 'u',
    });
    expect(dead.properties['DELAY']).toBeUndefined();
    expect(broker.topics.byName(DEAD)?.config).toMatchObject({ writeQueueNums: 1, perm: 6 });
    broker.clock.nowMs += 86_400_000;
    await deliver();
    expect(await count(RETRY)).toBe(16);
  });

  it('comes every 2 h when it may come more often than 16 times', async () => {
    let message = await firstMessage();
    for (let times = 0; times < 20; times++) {
      await sendBack(message, { maxReconsumeTimes: 30 });
      const seconds = SECONDS[times] ?? 7_200;
      broker.clock.nowMs += seconds * 1000;
      await deliver();
      expect(await count(RETRY)).toBe(times + 1);
      message = await last(RETRY);
    }
  });

  it('goes on with its delays after restarts', async () => {
    await sendBack(await firstMessage());
    await schedule.close();
    broker = await broker.restart();
    start();
    broker.clock.nowMs += 9_999;
    await deliver();
    expect(await count(RETRY)).toBe(0);
    broker.clock.nowMs += 1;
    await deliver();
    expect(await count(RETRY)).toBe(1);
  });
});

describe('a message that is sent back', () => {
  it.each([
    ['by the maximum that its sender states', { maxReconsumeTimes: 0 }],
    ['because the level says so', { delayLevel: -1 }],
  ])('is dead at once %s', async (_name, given) => {
    await sendBack(await firstMessage(), given);
    expect(await count(DEAD)).toBe(1);
    expect(await count(SystemTopic.schedule)).toBe(0);
  });

  it('by an old client is judged by the maximum of its group', async () => {
    await sendBack(await firstMessage(), { maxReconsumeTimes: 0, version: 120 });
    expect(broker.topics.byName(DEAD)).toBeUndefined();
  });

  it('waits as long as the level says that its consumer chose', async () => {
    await sendBack(await firstMessage(), { delayLevel: 1 });
    broker.clock.nowMs += 1_000;
    await deliver();
    expect(await count(RETRY)).toBe(1);
  });

  it('comes from a timer message without waiting for its time again', async () => {
    await sendBack(await firstMessage({ TIMER_DELAY_SEC: '5', TRAN_MSG: 'true', DELAY: '9' }));
    broker.clock.nowMs += 10_000;
    await deliver();
    expect((await last(RETRY)).properties['DELAY']).toBe('3');
  });

  it('is told by number why it cannot be', async () => {
    const message = await firstMessage();
    await expect(sendBack(message, { group: 'unknown' })).rejects.toMatchObject({
      responseCode: 26,
    });
    await expect(sendBack(message, { offset: 1 })).rejects.toMatchObject({
      responseCode: 1,
      message: 'look message by offset failed, 1',
    });
    broker.topics.put(topicConfig(RETRY, { perm: 4 }));
    await expect(sendBack(message)).rejects.toMatchObject({ responseCode: 16 });
    config.brokerPermission = 4;
    await expect(sendBack(message)).rejects.toMatchObject({ responseCode: 16 });
  });
});
