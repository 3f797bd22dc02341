/** Timer files that are not what was written: what waits comes at its time all the same, and somebody is told. */
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Logger, silentLogger } from '@orbitmq/kernel';
import { nodeDisk, type Timers } from '@orbitmq/runtime';
import { StoreFixture } from '../../test/store-fixture.ts';
import { SpecialProperty } from '../send/property-bytes.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { openTimerFiles } from './timer-files.ts';
import { TimerMetrics } from './timer-metrics.ts';
import { TimerService } from './timer-service.ts';
import { UNIT_BYTES } from './timer-unit.ts';

const NO_TIMERS: Timers = {
  after: () => ({ cancel: () => undefined }),
  every: () => ({ cancel: () => undefined }),
  afterPoll: () => undefined,
};
/** A full second. */
const START_MS = 1_700_000_000_000;
const SLOTS = 1_209_600;
const SLOT_BYTES = 32;
const DUE_SECONDS = [20, 21, 22];
const EACH = 10;
const DUE_MS = DUE_SECONDS.flatMap((second) =>
  Array.from({ length: EACH }, (_, index) => second * 1000 + index * 50 + 1),
);

// Real files on a disk that others may keep busy.
jest.setTimeout(60_000);

let broker: StoreFixture;
let service: TimerService;
const lines: string[] = [];

async function start(): Promise<void> {
  const { store, directory, clock, writer, topics, stats } = broker;
  const log: Logger = { ...silentLogger, error: (_fields, message) => void lines.push(message) };
  const files = await openTimerFiles({
    disk: nodeDisk,
    directory,
    logFileBytes: 65_536,
    precisionMs: 1000,
    maxPhysicalOffset: store.maxPhysicalOffset,
    nowMs: clock.now(),
    log,
  });
  const metrics = await TimerMetrics.open(nodeDisk, join(directory, 'config'), silentLogger);
  const parts = { store, files, metrics, writer, topics, stats, clock, timers: NO_TIMERS };
  service = await TimerService.start({ ...parts, config: broker.timerConfig, log });
  broker.slotCount = (slot) => service.slotCount(slot);
}

async function lookAt(timeMs: number): Promise<void> {
  broker.clock.nowMs = timeMs;
  await broker.turn();
  await service.look();
  await service.settled();
}

/** Messages wait in three slots, in the order of the slots' units mixed; then the broker was stopped. */
async function fillAndStop(): Promise<void> {
  const topic = broker.topics.byName('T');
  if (topic === undefined) throw new Error('no topic');
  for (let index = 0; index < EACH; index++) {
    for (const [slot] of DUE_SECONDS.entries()) {
      const dueMs = DUE_MS[slot * EACH + index] as number;
      const record = broker.record(String(dueMs), { TIMER_DELIVER_MS: String(START_MS + dueMs) });
      const sent = { special: SpecialProperty.timer, maxReconsumeTimes: -1, peerVersion: 407 };
      const routed = broker.router.route(topic, 3, record, sent);
      if ('code' in routed) throw new Error('refused');
      await broker.put(routed.topic.queue(routed.queueId), record);
    }
  }
  await lookAt(START_MS + 1000);
  await service.close();
}

/** @returns what came by each time at which it was looked, late by less than a second */
async function comeLater(): Promise<number[]> {
  broker = await broker.restart();
  lines.length = 0;
  await start();
  for (let timeMs = 2_000; timeMs <= 24_000; timeMs += 500) {
    await lookAt(START_MS + timeMs);
    const early = (await broker.bodies('T', 3)).filter((body) => Number(body) > timeMs);
    expect(early).toEqual([]);
  }
  const bodies = await broker.bodies('T', 3);
  return bodies.map(Number).toSorted((one, other) => one - other);
}

const pathOf = (name: string): string => join(broker.directory, name);

async function flip(path: string, position: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[position] = (bytes[position] as number) ^ 0x10;
  await writeFile(path, bytes);
}

const timerLog = (): string => pathOf('timerlog/00000000000000000000');
const slotAt = (second: number): number => ((START_MS / 1000 + second) % SLOTS) * SLOT_BYTES;

beforeEach(async () => {
  broker = await StoreFixture.create();
  broker.topics.put(topicConfig('T'));
  broker.clock.nowMs = START_MS;
  await start();
  await fillAndStop();
});

afterEach(async () => {
  await service.close();
  await broker[Symbol.asyncDispose]();
});

describe('messages that wait', () => {
  it('come with sound files, of which nothing is told', async () => {
    expect(await readdir(pathOf('timerlog'))).toEqual(['00000000000000000000']);
    expect(await comeLater()).toEqual(DUE_MS);
    expect(lines).toEqual([]);
  });

  it.each([
    ['size', 3],
    ['position of the unit before it', 10],
    ['position of the unit before it, upwards', 7],
    ['magic', 12],
  ])('come but for the one whose unit has another %s', async (_what, position) => {
    await flip(timerLog(), 13 * UNIT_BYTES + position);
    const came = await comeLater();
    // The unit that is damaged may be read all the same: what leads on from it is not needed.
    expect(DUE_MS.filter((dueMs) => !came.includes(dueMs)).length).toBeLessThanOrEqual(1);
    expect(new Set(came).size).toBe(came.length);
    expect(lines).toEqual([
      'a timer file is damaged: messages were looked for in the whole timer log',
    ]);
  });

  it.each([
    ['time', 6],
    ['last unit', 17],
    ['first unit', 9],
  ])('come though a slot of the wheel has another %s', async (_what, position) => {
    await flip(pathOf('timerwheel'), slotAt(20) + position);
    expect(await comeLater()).toEqual(DUE_MS);
    expect(lines).toEqual(['the timer wheel is damaged: it is made again from the timer log']);
  });

  it.each([0, 1000, SLOTS * SLOT_BYTES - SLOT_BYTES])(
    'come though the wheel is cut to %i bytes',
    async (bytes) => {
      await truncate(pathOf('timerwheel'), bytes);
      expect(await comeLater()).toEqual(DUE_MS);
      expect(lines).toEqual(['the timer wheel is damaged: it is made again from the timer log']);
    },
  );

  it.each(['timerwheel', 'timerlog', 'config/timercheck', 'config/timermetrics'])(
    'come though %s is gone',
    async (name) => {
      await rm(pathOf(name), { recursive: true, force: true });
      expect(await comeLater()).toEqual(DUE_MS);
    },
  );

  it('come though the timer log is cut short', async () => {
    await truncate(timerLog(), 5 * UNIT_BYTES + 11);
    expect(await comeLater()).toEqual(DUE_MS);
  });

  it('come though the noted time is far ahead', async () => {
    await flip(pathOf('config/timercheck'), 1);
    expect(await comeLater()).toEqual(DUE_MS);
    expect(lines).toEqual(['the noted time of the timers is damaged']);
  });

  it('come though the check is cut short', async () => {
    await truncate(pathOf('config/timercheck'), 20);
    expect(await comeLater()).toEqual(DUE_MS);
  });
});
