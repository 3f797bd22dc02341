import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import { ResponseCode, type StoredMessage, SystemTopic } from '@orbitmq/protocol';
import { nodeDisk, type Timers } from '@orbitmq/runtime';
import { deferred } from '../../test/deferred.ts';
import { StoreFixture } from '../../test/store-fixture.ts';
import { watchedDisk } from '../../test/watched-disk.ts';
import type { StoredAt } from '../send/message-writer.ts';
import { SpecialProperty } from '../send/property-bytes.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { parseRecallHandle, printRecallHandle } from './recall-handle.ts';
import { openTimerFiles } from './timer-files.ts';
import { TimerMetrics } from './timer-metrics.ts';
import { TimerService } from './timer-service.ts';

const NO_TIMERS: Timers = {
  after: () => ({ cancel: () => undefined }),
  every: () => ({ cancel: () => undefined }),
  afterPoll: () => undefined,
};
const WHEEL = SystemTopic.wheelTimer;
/** A full second. */
const START_MS = 1_700_000_000_000;

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let broker: StoreFixture;
let service: TimerService;

beforeEach(async () => {
  broker = await StoreFixture.create();
  broker.topics.put(topicConfig('T'));
  await start();
});

afterEach(async () => {
  await service.close();
  await broker[Symbol.asyncDispose]();
});

async function start(disk = nodeDisk): Promise<void> {
  const { store, directory, clock, writer, topics, stats } = broker;
  const files = await openTimerFiles({
    disk,
    directory,
    logFileBytes: 65_536,
    precisionMs: 1000,
    maxPhysicalOffset: store.maxPhysicalOffset,
    nowMs: clock.now(),
    log: silentLogger,
  });
  const metrics = await TimerMetrics.open(disk, join(directory, 'config'), silentLogger);
  const parts = { store, files, metrics, writer, topics, stats, clock, timers: NO_TIMERS };
  service = await TimerService.start({ ...parts, config: broker.timerConfig, log: silentLogger });
  broker.slotCount = (slot) => service.slotCount(slot);
}

async function restart(disk = nodeDisk): Promise<void> {
  await service.close();
  broker = await broker.restart();
  await start(disk);
}

async function send(body: string, properties: Readonly<Record<string, string>>) {
  const topic = broker.topics.byName('T');
  if (topic === undefined) throw new Error('no topic');
  const record = broker.record(body, properties);
  const special = SpecialProperty.timer;
  const sent = { special, maxReconsumeTimes: -1, peerVersion: 407 };
  const routed = broker.router.route(topic, 3, record, sent);
  if ('code' in routed) return routed;
  const stored = await broker.put(routed.topic.queue(routed.queueId), record);
  return { ...routed, stored };
}

async function lookAt(timeMs: number): Promise<string[]> {
  broker.clock.nowMs = timeMs;
  await broker.turn();
  await service.look();
  await service.settled();
  return broker.bodies('T', 3);
}

describe('a message with a delivery time', () => {
  it.each([
    ['TIMER_DELIVER_MS', String(START_MS + 2_345), 2_345],
    ['TIMER_DELIVER_MS', String(START_MS + 3_000), 3_000],
    ['TIMER_DELAY_SEC', '2', 2_000],
    ['TIMER_DELAY_MS', '999', 999],
    ['TIMER_DELAY_MS', '1', 1],
  ])('by %s %s comes at that millisecond', async (name, value, delayMs) => {
    await send('m', { [name]: value, KEYS: 'k' });
    expect(await lookAt(START_MS)).toEqual([]);
    expect(await lookAt(START_MS + delayMs - 1)).toEqual([]);
    expect(await lookAt(START_MS + delayMs)).toEqual(['m']);
    expect(await lookAt(START_MS + 60_000)).toEqual(['m']);
    const [message] = await broker.messages('T', 3);
    expect(message?.properties).toMatchObject({
      KEYS: 'k',
      [name]: value,
      REAL_TOPIC: 'T',
      TIMER_DEQUEUE_MS: String(START_MS + delayMs),
    });
  });

  it('that came late comes at once', async () => {
    await send('m', { TIMER_DELAY_MS: '500' });
    expect(await lookAt(START_MS + 10_000)).toEqual(['m']);
  });

  it('comes in the order of times, not of sending', async () => {
    const delays = [700, 100, 4_000, 1_100, 1_000, 300];
    for (const delay of delays) await send(String(delay), { TIMER_DELAY_MS: String(delay) });
    for (let time = 0; time <= 5_000; time += 50) await lookAt(START_MS + time);
    const sorted = delays.toSorted((left, right) => left - right).map(String);
    expect(await broker.bodies('T', 3)).toEqual(sorted);
  });

  it('comes in that order too when hundreds lie scattered in the log of an earlier run', async () => {
    const count = 700;
    // 331 and 700 have no common factor: each time once, neighbours in the log far apart in time.
    const times = Array.from({ length: count }, (_, index) => 1 + ((index * 331) % count));
    for (const time of times)
      await send(String(time), { TIMER_DELIVER_MS: String(START_MS + time) });
    await restart();
    const inOrder = Array.from({ length: count }, (_, index) => String(index + 1));
    expect(await lookAt(START_MS + 300)).toEqual(inOrder.slice(0, 300));
    expect(await lookAt(START_MS + count)).toEqual(inOrder);
  });

  it('comes once, whatever is restarted when', async () => {
    await send('a', { TIMER_DELAY_MS: '1500' });
    await restart();
    await send('b', { TIMER_DELAY_MS: '1700' });
    expect(await lookAt(START_MS + 1_499)).toEqual([]);
    await restart();
    expect(await lookAt(START_MS + 1_600)).toEqual(['a']);
    await restart();
    expect(await lookAt(START_MS + 1_699)).toEqual(['a']);
    await restart();
    expect(await lookAt(START_MS + 1_700)).toEqual(['a', 'b']);
    await restart();
    expect(await lookAt(START_MS + 90_000)).toEqual(['a', 'b']);
  });

  it('waits through rounds when it is further away than the window', async () => {
    broker.timerConfig.timerRollWindowSlot = 10;
    await send('m', { TIMER_DELAY_SEC: '35' });
    await send('n', { TIMER_DELIVER_MS: String(START_MS + 12_345) });
    for (let second = 0; second < 35; second++) {
      expect(await lookAt(START_MS + second * 1000)).toEqual(second <= 12 ? [] : ['n']);
    }
    // A relative delay is known by the second once it went round.
    await lookAt(START_MS + 35_000);
    expect(await broker.bodies('T', 3)).toEqual(['n', 'm']);
    const rounds = await broker.messages(WHEEL);
    expect(rounds.length).toBeGreaterThan(4);
    expect(rounds.at(-1)?.properties['TIMER_ROLL_TIMES']).toBeDefined();
    expect(rounds.every(({ properties }) => properties['REAL_TOPIC'] === 'T')).toBe(true);
  });

  it('is found after a long stop, with all that was due meanwhile', async () => {
    for (let index = 0; index < 50; index++) {
      await send(String(index), { TIMER_DELAY_SEC: String(1 + index * 60) });
    }
    await lookAt(START_MS);
    await service.close();
    broker.clock.nowMs = START_MS + 86_400_000;
    await restart();
    const bodies = await lookAt(START_MS + 86_400_000);
    expect(bodies).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  it('of Apache, whose units know only the second, comes when its properties say', async () => {
    await send('m', { TIMER_DELIVER_MS: String(START_MS + 5_500) });
    // Nothing took it in yet: the unit is written as Apache does.
    await service.close();
    const [message] = await broker.messages(WHEEL);
    await writeApacheUnit(message as StoredMessage, START_MS + 5_000);
    await restart();
    expect(await lookAt(START_MS + 5_499)).toEqual([]);
    expect(await lookAt(START_MS + 5_500)).toEqual(['m']);
    expect(await lookAt(START_MS + 60_000)).toEqual(['m']);
  });

  it('whose topic is gone does not stop the others', async () => {
    await send('m', { TIMER_DELAY_MS: '100' });
    broker.topics.delete('T');
    broker.topics.put(topicConfig('U'));
    await lookAt(START_MS + 100);
    expect(await broker.bodies('T', 3)).toEqual([]);
    broker.topics.put(topicConfig('T'));
    await send('n', { TIMER_DELAY_MS: '100' });
    expect(await lookAt(START_MS + 200)).toEqual(['n']);
  });
});

describe('a disk that', () => {
  it('flushes for long does not make messages late', async () => {
    const disk = new EventEmitter();
    const released = once(disk, 'released');
    const began = once(disk, 'syncing');
    let syncs = 0;
    await restart(
      watchedDisk(async (operation, path) => {
        if (operation !== 'sync' || !path.includes('timer')) return;
        syncs++;
        disk.emit('syncing');
        await released;
      }),
    );
    await send('a', { TIMER_DELAY_MS: '15000' });
    await send('b', { TIMER_DELAY_MS: '15500' });
    await lookAt(START_MS + 11_000);
    await began;
    expect(await lookAt(START_MS + 15_000)).toEqual(['a']);
    await send('c', { TIMER_DELAY_MS: '600' });
    expect(await lookAt(START_MS + 15_600)).toEqual(['a', 'b', 'c']);
    expect(syncs).toBe(1);
    disk.emit('released');
    await restart();
    expect(await lookAt(START_MS + 60_000)).toEqual(['a', 'b', 'c']);
  });

  it('syncs for long does not keep what is due next from its topic', async () => {
    await send('a', { TIMER_DELAY_MS: '100' });
    await send('b', { TIMER_DELAY_MS: '200' });
    const synced = deferred<StoredAt>();
    const settled = jest.spyOn(broker.writer, 'settled').mockReturnValue(synced.promise);
    broker.clock.nowMs = START_MS + 100;
    await service.look();
    await broker.store.flush();
    broker.clock.nowMs = START_MS + 200;
    await service.look();
    settled.mockRestore();
    await broker.store.flush();
    expect(await broker.bodies('T', 3)).toEqual(['a', 'b']);
    // Neither is known to be safe: after the end of the process both come again.
    expect(service.readTimeMs).toBeLessThan(START_MS + 100);
    synced.resolve({ code: ResponseCode.SUCCESS, queueOffset: 0, physicalOffset: 0 });
    await service.settled();
    expect(service.readTimeMs).toBe(START_MS + 200);
  });

  it('takes nothing back silently: what was not stored comes again, in order', async () => {
    for (const body of ['a', 'b']) await send(body, { TIMER_DELIVER_MS: String(START_MS + 100) });
    const { writer } = broker;
    const failed = { code: ResponseCode.SERVICE_NOT_AVAILABLE, queueOffset: 0, physicalOffset: 0 };
    const settled = jest.spyOn(writer, 'settled').mockResolvedValue(failed);
    const from = broker.store.maxPhysicalOffset;
    const safeOffset = jest.spyOn(writer, 'safeOffset', 'get');
    // The first of two records, which are of one size.
    safeOffset.mockImplementation(() => from + (broker.store.maxPhysicalOffset - from) / 2);
    await lookAt(START_MS + 100);
    settled.mockRestore();
    safeOffset.mockRestore();
    expect(service.readTimeMs).toBe(START_MS + 99);
    expect(await service.look()).toBe(500);
    // The second was written in the end, as what is not safe may be.
    expect(await lookAt(START_MS + 101)).toEqual(['a', 'b', 'b']);
    expect(service.readTimeMs).toBeGreaterThanOrEqual(START_MS + 100);
  });

  it('cannot be read when a message is due loses none', async () => {
    await send('a', { TIMER_DELAY_MS: '100' });
    await send('b', { TIMER_DELAY_MS: '100' });
    await lookAt(START_MS);
    const recordsOf = jest.spyOn(broker.store, 'recordsOf').mockRejectedValue(new Error('EIO'));
    expect(await lookAt(START_MS + 100)).toEqual([]);
    recordsOf.mockRestore();
    expect(await lookAt(START_MS + 600)).toEqual(['a', 'b']);
  });

  it('has more to write than it may delays messages by milliseconds', async () => {
    await send('a', { TIMER_DELAY_MS: '100' });
    const { writer } = broker;
    Object.defineProperty(writer, 'isFull', { get: () => true, configurable: true });
    broker.clock.nowMs = START_MS + 100;
    expect(await service.look()).toBe(10);
    Object.defineProperty(writer, 'isFull', { get: () => false });
    expect(await lookAt(START_MS + 110)).toEqual(['a']);
  });

  it('fails in the middle of a slot loses none of its messages, and doubles none', async () => {
    const wanted: string[] = [];
    // Units of three blocks of the timer log.
    for (let index = 0; index < 700; index++) {
      await send(String(index), { TIMER_DELIVER_MS: String(START_MS + 20_001 + index) });
      wanted.push(String(index));
    }
    await lookAt(START_MS + 100);
    let reads = 0;
    await restart(
      watchedDisk(async (operation, path) => {
        if (operation === 'read' && path.includes('timerlog') && ++reads === 4) {
          throw new Error('EIO');
        }
      }),
    );
    for (let time = 17_000; time <= 21_000; time += 500) await lookAt(START_MS + time);
    expect(await broker.bodies('T', 3)).toEqual(wanted);
    expect(reads).toBeGreaterThan(4);
  });
});

async function writeApacheUnit(message: StoredMessage, delayedTimeMs: number): Promise<void> {
  const files = await openTimerFiles({
    disk: nodeDisk,
    directory: broker.directory,
    logFileBytes: 65_536,
    precisionMs: 1000,
    maxPhysicalOffset: broker.store.maxPhysicalOffset,
    nowMs: START_MS,
    log: silentLogger,
  });
  const position = files.log.append({
    prevPosition: -1,
    magic: 1,
    writeTimeMs: START_MS,
    delayedTimeMs,
    physicalOffset: message.physicalOffset,
    sizeBytes: message.storeSizeBytes,
    topicHash: 0,
  });
  files.wheel.add(delayedTimeMs / 1000, position);
  await files.log.write();
  await files.log.close();
  await files.wheel.close();
  await files.checkpoint.close();
}

function countsOf(): Record<string, number> {
  const { timingCount } = service.metrics;
  return Object.fromEntries([...timingCount].map(([topic, { count }]) => [topic, count]));
}

describe('what waits', () => {
  it('is counted by topic until it is delivered or recalled, also over a restart', async () => {
    await send('a', { TIMER_DELAY_MS: '1500', UNIQ_KEY: 'k1' });
    await send('b', { TIMER_DELAY_MS: '2500' });
    await lookAt(START_MS);
    expect(countsOf()).toEqual({ T: 2 });
    expect(service.waitingMessages).toBe(2);
    await restart();
    expect(countsOf()).toEqual({ T: 2 });
    await lookAt(START_MS + 1_500);
    expect(countsOf()).toEqual({ T: 1 });
    expect(service.counters).toEqual({ takenIn: 0, delivered: 1 });
    await lookAt(START_MS + 2_500);
    expect(countsOf()).toEqual({});
  });

  it('is told to slaves as a check point', async () => {
    await send('a', { TIMER_DELAY_MS: '1500' });
    await lookAt(START_MS + 100);
    expect(service.checkpoint).toMatchObject({
      lastReadTimeMs: START_MS + 100,
      lastTimerQueueOffset: 1,
      masterTimerQueueOffset: 1,
    });
  });

  it('is counted anew when the file of the counts is damaged', async () => {
    await service.close();
    await writeFile(join(broker.directory, 'config', 'timermetrics'), '{"timingCount":7');
    await start();
    await send('a', { TIMER_DELAY_MS: '1500' });
    await lookAt(START_MS);
    expect(countsOf()).toEqual({ T: 1 });
  });
});

describe('a time that cannot be kept', () => {
  it.each([
    ['is no number', { TIMER_DELAY_MS: 'soon' }, 13],
    ['is beyond the maximum', { TIMER_DELAY_SEC: '259201' }, 13],
    ['recalls what is due', { TIMER_DELIVER_MS: '5', TIMER_DEL_UNIQKEY: 'T+k' }, 13],
  ])('because it %s is refused', async (_name, properties, code) => {
    expect(await send('m', properties)).toMatchObject({ code });
    expect(await broker.messages(WHEEL)).toEqual([]);
  });

  it('because it is over lets the message go on at once', async () => {
    await send('m', { TIMER_DELIVER_MS: String(START_MS) });
    await send('n', { TIMER_DELAY_SEC: '-5' });
    expect(await broker.bodies('T', 3)).toEqual(['m', 'n']);
  });

  it('because timers are switched off is refused', async () => {
    broker.timerConfig.timerWheelEnable = false;
    expect(await send('m', { TIMER_DELAY_MS: '5' })).toMatchObject({ code: 1 });
  });

  it('because its second is full is refused, halfway already for some', async () => {
    broker.timerConfig.timerCongestNumEachSlot = 4;
    const codes: (number | undefined)[] = [];
    for (let index = 0; index < 10; index++) {
      const outcome = await send(String(index), { TIMER_DELAY_MS: '500' });
      codes.push('code' in outcome ? outcome.code : undefined);
      await service.look();
    }
    const taken = codes.indexOf(1);
    expect(taken).toBeGreaterThan(4);
    expect(codes.slice(taken)).toEqual(codes.slice(taken).map(() => 1));
  });
});

async function recall(handleText: string | undefined): Promise<void> {
  const handle = parseRecallHandle(handleText ?? '');
  if (handle === undefined) throw new Error('no handle');
  await send('0', {
    TIMER_DEL_UNIQKEY: `${handle.topic}+${handle.uniqueKey}`,
    TIMER_DELIVER_MS: String(handle.timeMs),
    UNIQ_KEY: handle.uniqueKey,
  });
}

describe('a message that is recalled', () => {
  const key = { UNIQ_KEY: 'k1' };

  it('does not come, and others of its second do', async () => {
    const sent = await send('m', { TIMER_DELAY_MS: '5500', ...key });
    await send('n', { TIMER_DELAY_MS: '5400', UNIQ_KEY: 'k2' });
    await lookAt(START_MS + 100);
    await recall('answerFields' in sent ? sent.answerFields?.recallHandle : undefined);
    await restart();
    expect(await lookAt(START_MS + 60_000)).toEqual(['n']);
  });

  it('does not come either when the word arrives in its last second', async () => {
    const sent = await send('m', { TIMER_DELAY_MS: '5500', ...key });
    await lookAt(START_MS + 4_800);
    await recall('answerFields' in sent ? sent.answerFields?.recallHandle : undefined);
    expect(await lookAt(START_MS + 60_000)).toEqual([]);
  });

  it('is named by a handle as Java makes it', () => {
    const text =
      'djEgVG9waWNBIGJyb2tlci1hIDE3MTYyMDkwMDAwMDAgMEEwMDAwMDUxMEUxMThCNEFBQzI2NDhDMDA5NTAwMDc=';
    const handle = parseRecallHandle(text);
    expect(handle).toEqual({
      topic: 'TopicA',
      brokerName: 'broker-a',
      timeMs: 1_716_209_000_000,
      uniqueKey: '0A00000510E118B4AAC2648C00950007',
    });
    expect(printRecallHandle(handle as NonNullable<typeof handle>)).toBe(text);
    for (const wrong of ['', 'x', '%%', Buffer.from('v2 a b 1 c').toString('base64url')]) {
      expect(parseRecallHandle(wrong)).toBeUndefined();
    }
  });
});
