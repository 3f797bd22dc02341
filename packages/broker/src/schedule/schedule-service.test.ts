import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import { ResponseCode, SystemTopic } from '@orbitmq/protocol';
import type { Timers } from '@orbitmq/runtime';
import { deferred } from '../../test/deferred.ts';
import { StoreFixture } from '../../test/store-fixture.ts';
import type { StoredAt } from '../send/message-writer.ts';
import { SpecialProperty } from '../send/property-bytes.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { ScheduleService } from './schedule-service.ts';

const NO_TIMERS: Timers = {
  after: () => ({ cancel: () => undefined }),
  every: () => ({ cancel: () => undefined }),
  afterPoll: () => undefined,
};
const START_MS = 1_700_000_000_000;

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let broker: StoreFixture;
let service: ScheduleService;

beforeEach(async () => {
  broker = await StoreFixture.create();
  broker.topics.put(topicConfig('T'));
  start();
});

afterEach(async () => {
  await service.close();
  await broker[Symbol.asyncDispose]();
});

function start(): void {
  const { store, metadata, writer, topics, stats, levels, clock } = broker;
  const isCountingReads = true;
  const shared = { store, metadata, writer, topics, stats, levels, clock, isCountingReads };
  service = new ScheduleService({ ...shared, timers: NO_TIMERS, log: silentLogger });
}

async function send(body: string, level: number): Promise<void> {
  const topic = broker.topics.byName('T');
  if (topic === undefined) throw new Error('no topic');
  const record = broker.record(body, { DELAY: String(level), TAGS: 'a', KEYS: 'k' });
  record.reconsumeTimes = 2;
  const sent = { special: SpecialProperty.delay, maxReconsumeTimes: -1, peerVersion: 407 };
  const routed = broker.router.route(topic, 3, record, sent);
  if ('code' in routed) throw new Error(routed.remark);
  await broker.put(routed.topic.queue(routed.queueId), record);
}

/** @returns what the look does; what it delivered is safe then, or known not to be */
async function look(level: number): Promise<number> {
  await broker.turn();
  const waitMs = await service.look(level);
  await service.settled();
  return waitMs;
}

describe('a delayed message', () => {
  it('comes when its level says, as it was sent', async () => {
    await send('m', 1);
    broker.clock.nowMs = START_MS + 990;
    expect(await look(1)).toBe(10);
    expect(await broker.messages('T', 3)).toEqual([]);
    broker.clock.nowMs = START_MS + 1_000;
    await look(1);
    const [message] = await broker.messages('T', 3);
    expect(message).toMatchObject({ queueOffset: 0, bornTimestamp: START_MS, reconsumeTimes: 2 });
    expect(message?.body.toString()).toBe('m');
    expect({ ...message?.properties }).toEqual({
      DELAY: '1',
      TAGS: 'a',
      KEYS: 'k',
      REAL_TOPIC: 'T',
      REAL_QID: '3',
    });
    const entry = await broker.store.entryAt(broker.store.queue('T', 3), 0);
    expect(entry?.tagsCode).toBe(97);
  });

  it('comes once, in order, and the level goes on where it was after a restart', async () => {
    for (let index = 0; index < 5; index++) await send(String(index), 2);
    broker.clock.nowMs = START_MS + 5_000;
    await look(2);
    await service.close();
    broker = await broker.restart();
    start();
    await look(2);
    await send('5', 2);
    broker.clock.nowMs = START_MS + 10_000;
    await look(2);
    expect(await broker.bodies('T', 3)).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(broker.metadata.delayOffset(2)).toBe(6);
  });

  it('comes at once when the clock was set back further than it is to wait', async () => {
    await send('m', 1);
    broker.clock.nowMs = START_MS - 3_600_000;
    await look(1);
    expect(await broker.bodies('T', 3)).toEqual(['m']);
  });

  it('is dropped when its topic is gone, which stops nothing', async () => {
    await send('lost', 1);
    broker.topics.delete('T');
    broker.clock.nowMs = START_MS + 1_000;
    await look(1);
    broker.topics.put(topicConfig('T'));
    await send('m', 1);
    broker.clock.nowMs = START_MS + 2_000;
    await look(1);
    expect(await broker.bodies('T', 3)).toEqual(['m']);
  });

  it('that the store does not take is tried again, before those behind it', async () => {
    for (const body of ['a', 'b', 'c']) await send(body, 1);
    broker.clock.nowMs = START_MS + 1_000;
    const { writer } = broker;
    Object.defineProperty(writer, 'isFull', { get: () => true, configurable: true });
    expect(await look(1)).toBe(10);
    expect(await broker.messages('T', 3)).toEqual([]);
    Object.defineProperty(writer, 'isFull', { get: () => false });
    await look(1);
    expect(await broker.bodies('T', 3)).toEqual(['a', 'b', 'c']);
  });

  it('comes again if it was not safe when the disk failed, and those before it do not', async () => {
    for (const body of ['a', 'b', 'c']) await send(body, 1);
    broker.clock.nowMs = START_MS + 1_000;
    const { writer, store } = broker;
    const from = store.maxPhysicalOffset;
    const failed = { code: ResponseCode.SERVICE_NOT_AVAILABLE, queueOffset: 0, physicalOffset: 0 };
    const settled = jest.spyOn(writer, 'settled').mockResolvedValue(failed);
    const safeOffset = jest.spyOn(writer, 'safeOffset', 'get');
    // Two of the three records, which are of one size.
    safeOffset.mockImplementation(() => from + ((store.maxPhysicalOffset - from) * 2) / 3);
    await look(1);
    expect(broker.metadata.delayOffset(1)).toBe(2);
    expect(await look(1)).toBe(1_000);
    settled.mockRestore();
    safeOffset.mockRestore();
    await look(1);
    expect(broker.metadata.delayOffset(1)).toBe(3);
    // The third was written in the end, as what is not safe may be.
    expect(await broker.bodies('T', 3)).toEqual(['a', 'b', 'c', 'c']);
  });

  it('comes in time although those before it are not safe yet, which then come again', async () => {
    for (const body of ['a', 'b']) await send(body, 1);
    broker.clock.nowMs = START_MS + 500;
    await send('c', 1);
    const synced = deferred<StoredAt>();
    const settled = jest.spyOn(broker.writer, 'settled').mockReturnValue(synced.promise);
    const safeOffset = jest.spyOn(broker.writer, 'safeOffset', 'get').mockReturnValue(0);
    broker.clock.nowMs = START_MS + 1_000;
    await service.look(1);
    await broker.store.flush();
    broker.clock.nowMs = START_MS + 1_500;
    await service.look(1);
    await broker.store.flush();
    expect(await broker.bodies('T', 3)).toEqual(['a', 'b', 'c']);
    expect(broker.metadata.delayOffset(1)).toBeUndefined();
    synced.resolve({ code: ResponseCode.SERVICE_NOT_AVAILABLE, queueOffset: 0, physicalOffset: 0 });
    await service.settled();
    expect(broker.metadata.delayOffset(1)).toBeUndefined();
    settled.mockRestore();
    safeOffset.mockRestore();
    expect(await look(1)).toBe(1_000);
    await look(1);
    expect(await broker.bodies('T', 3)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(broker.metadata.delayOffset(1)).toBe(3);
  });

  it('is one of many that come in batches without a pause', async () => {
    await Promise.all(Array.from({ length: 1_300 }, (_, index) => send(String(index), 1)));
    broker.clock.nowMs = START_MS + 1_000;
    expect(await look(1)).toBe(0);
    expect(await look(1)).toBe(0);
    expect(await look(1)).toBe(100);
    const expected = Array.from({ length: 1_300 }, (_, index) => String(index));
    expect(await broker.bodies('T', 3)).toEqual(expected);
    expect(broker.store.queue(SystemTopic.schedule, 0).maxOffset).toBe(1_300);
  });
});
