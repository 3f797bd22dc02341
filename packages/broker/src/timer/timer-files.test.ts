import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import { nodeDisk } from '@orbitmq/runtime';
import fc from 'fast-check';
import { DueHeap, type DueTimer } from './due-heap.ts';
import { type OpenTimerFiles, openTimerFiles } from './timer-files.ts';
import { readUnit, type TimerUnit, UNIT_BYTES, writeUnit } from './timer-unit.ts';
import { TimerWheel } from './timer-wheel.ts';

const NOW_MS = 1_700_000_000_000;
/** 40 units of 52 bytes and a blank. */
const FILE_BYTES = 40 * UNIT_BYTES + 60;

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-timer-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function open(maxPhysicalOffset = Number.MAX_SAFE_INTEGER): Promise<OpenTimerFiles> {
  return openTimerFiles({
    disk: nodeDisk,
    directory,
    logFileBytes: FILE_BYTES,
    precisionMs: 1000,
    maxPhysicalOffset,
    nowMs: NOW_MS,
    log: silentLogger,
  });
}

async function close({ log, wheel, checkpoint }: OpenTimerFiles): Promise<void> {
  await log.close();
  await wheel.close();
  await checkpoint.close();
}

function unitOf(index: number, prevPosition = -1): TimerUnit {
  return {
    prevPosition,
    magic: 1,
    writeTimeMs: NOW_MS,
    delayedTimeMs: NOW_MS + 5_000 + index,
    physicalOffset: index * 100,
    sizeBytes: 100,
    topicHash: 7,
  };
}

/** Appends units to one slot. @returns their positions */
function fill(files: OpenTimerFiles, from: number, count: number): number[] {
  const positions: number[] = [];
  for (let index = from; index < from + count; index++) {
    const slot = Math.floor((NOW_MS + 5_000) / 1000);
    const prevPosition = files.wheel.get(slot)?.lastPosition ?? -1;
    const position = files.log.append(unitOf(index, prevPosition));
    files.wheel.add(slot, position);
    positions.push(position);
  }
  return positions;
}

describe('a unit of the timer log', () => {
  it('has the bytes that Apache reads', () => {
    const bytes = Buffer.alloc(UNIT_BYTES);
    writeUnit(bytes, { ...unitOf(3, 52), magic: 3, delayedTimeMs: NOW_MS + 258 });
    expect(bytes.toString('hex')).toBe(
      [
        '00000034',
        '0000000000000034',
        '00000003',
        '0000018bcfe56800',
        '00000102',
        '000000000000012c',
        '00000064',
        '00000007',
        '0000000000000000',
      ].join(''),
    );
    expect(readUnit(bytes)).toEqual({ ...unitOf(3, 52), magic: 3, delayedTimeMs: NOW_MS + 258 });
    expect(readUnit(Buffer.alloc(UNIT_BYTES))).toBeUndefined();
  });
});

describe('the timer files', () => {
  it('give back what was appended, from memory and from the files', async () => {
    let files = await open();
    const positions = fill(files, 0, 100);
    for (const [index, position] of positions.entries()) {
      const prevPosition = positions[index - 1] ?? -1;
      expect(await files.log.unitAt(position)).toEqual(unitOf(index, prevPosition));
    }
    expect(positions[40]).toBe(FILE_BYTES);
    await files.log.write();
    await close(files);
    files = await open();
    const slot = files.wheel.get(Math.floor((NOW_MS + 5_000) / 1000));
    expect(slot).toEqual({ firstPosition: 0, lastPosition: positions[99], count: 100 });
    const found: number[] = [];
    for (let at = slot?.lastPosition ?? -1; at >= 0; ) {
      const unit = (await files.log.unitAt(at)) as TimerUnit;
      found.push(unit.physicalOffset / 100);
      at = unit.prevPosition;
    }
    expect(found).toEqual(Array.from({ length: 100 }, (_, index) => 99 - index));
    expect(files.lastUnit?.physicalOffset).toBe(9_900);
    await close(files);
  });

  it('go on behind the last unit, wherever the process ended', async () => {
    let count = 0;
    for (const step of [1, 39, 1, 17, 22, 2]) {
      const files = await open();
      expect(files.wheel.count).toBe(count);
      fill(files, count, step);
      count += step;
      await files.log.write();
      await close(files);
    }
    const files = await open();
    expect(files.wheel.count).toBe(count);
    expect(files.lastUnit?.physicalOffset).toBe((count - 1) * 100);
    await close(files);
  });

  it('need only what came after the checkpoint', async () => {
    let files = await open();
    fill(files, 0, 30);
    await files.log.write();
    await files.wheel.write(files.wheel.snapshot());
    const logPosition = files.log.endPosition;
    await files.checkpoint.write({ readTimeMs: NOW_MS, logPosition, queueOffset: 30 });
    await close(files);
    files = await open();
    expect(files.queueOffset).toBe(30);
    expect(files.wheel.count).toBe(30);
    fill(files, 30, 30);
    await files.log.write();
    await close(files);
    files = await open();
    expect(files.queueOffset).toBeUndefined();
    expect(files.lastUnit?.physicalOffset).toBe(5_900);
    expect(files.wheel.count).toBe(60);
    await close(files);
  });

  it('forget units whose messages the commit log lost', async () => {
    let files = await open();
    fill(files, 0, 60);
    await files.log.write();
    await files.wheel.write(files.wheel.snapshot());
    const logPosition = files.log.endPosition;
    await files.checkpoint.write({ readTimeMs: NOW_MS, logPosition, queueOffset: 60 });
    await close(files);
    files = await open(2_000);
    expect(files.wheel.count).toBe(20);
    expect(files.lastUnit?.physicalOffset).toBe(1_900);
    expect(files.queueOffset).toBeUndefined();
    await close(files);
  });

  it('are removed when nothing in them can wait any more', async () => {
    const files = await open();
    fill(files, 0, 100);
    await files.log.write();
    await files.log.removeBefore(NOW_MS);
    expect(files.log.minPosition).toBe(0);
    await files.log.removeBefore(NOW_MS + 1);
    expect(files.log.minPosition).toBe(2 * FILE_BYTES);
    expect(files.log.unitAt(0)).toBeUndefined();
    await close(files);
  });

  it('start without history where there are none, and refuse a checkpoint that is none', async () => {
    const files = await open();
    expect(files.readTimeMs).toBe(NOW_MS);
    await close(files);
    await writeFile(join(directory, 'config', 'timercheck'), 'short');
    const again = await open();
    expect(again.readTimeMs).toBe(NOW_MS);
    await close(again);
  });
});

describe('the wheel', () => {
  it('finds its slots again, those that wrapped around too', async () => {
    const path = join(directory, 'timerwheel');
    const seconds = [
      1_700_000_000,
      1_700_000_001,
      1_700_000_900,
      1_209_600 * 1_406,
      1_209_600 * 1_406 - 1,
    ];
    const wheel = new TimerWheel(nodeDisk, path);
    for (const second of seconds) wheel.add(second, second * 2);
    wheel.add(1_700_000_000, 9e12);
    await wheel.write(wheel.snapshot());
    await wheel.close();
    const again = new TimerWheel(nodeDisk, path);
    await again.load(1_700_000_001, 9.1e12);
    expect(again.get(1_700_000_000)).toBeUndefined();
    for (const second of seconds.slice(1)) {
      const position = second * 2;
      expect(again.get(second)).toEqual({
        firstPosition: position,
        lastPosition: position,
        count: 1,
      });
    }
    await again.close();
    const all = new TimerWheel(nodeDisk, path);
    await all.load(0, 9.1e12);
    expect(all.get(1_700_000_000)).toMatchObject({ lastPosition: 9e12, count: 2 });
    await all.close();
  });
});

describe('what is due', () => {
  it('comes out by time, then by place in the log', () => {
    const timer = fc.record({ dueMs: fc.nat(20), physicalOffset: fc.nat() });
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 700 }), (given) => {
        const heap = new DueHeap();
        const timers = given.map(
          (each): DueTimer => ({ ...each, sizeBytes: 1, magic: 1, writeTimeMs: 2 }),
        );
        for (const each of timers) heap.push(each);
        const taken: DueTimer[] = [];
        for (let next = heap.pop(); next !== undefined; next = heap.pop()) taken.push(next);
        const expected = timers.toSorted(
          (left, right) => left.dueMs - right.dueMs || left.physicalOffset - right.physicalOffset,
        );
        expect(taken).toEqual(expected);
        expect(heap.nextMs).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });
});
