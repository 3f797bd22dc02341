import { expect, it } from '@jest/globals';
import { settled, VirtualTime } from '@orbitmq/testkit';
import { ReadPace } from './read-pace.ts';
import { StrideCache, type StrideSource } from './stride-cache.ts';
import { Turns } from './turns.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK = 64 * KIB;

/** Files of which every byte tells in which block it lies. */
class FakeFiles {
  readonly minOffset = 0;
  readonly fileBytes = 1024 * MIB;
  reads: { readonly offset: number; readonly length: number }[] = [];
  /** What a read waits for. */
  gate: Promise<void> = Promise.resolve();

  baseOf(offset: number): number {
    return offset - (offset % this.fileBytes);
  }

  async read(target: Buffer, offset: number, length: number): Promise<number> {
    this.reads.push({ offset, length });
    await this.gate;
    for (let at = 0; at < length; at += BLOCK) {
      target.fill(((offset + at) / BLOCK) & 255, at, Math.min(length, at + BLOCK));
    }
    return length;
  }

  get bytesRead(): number {
    return this.reads.reduce((sum, { length }) => sum + length, 0);
  }
}

interface SetUp {
  readonly maxBytes?: number;
  readonly endOffset?: number;
  readonly reads?: Turns;
  readonly pace?: ReadPace;
}

function setUp(options: SetUp = {}): {
  readonly files: FakeFiles;
  readonly cache: StrideCache;
  readonly source: StrideSource;
} {
  const { maxBytes = 16 * MIB, endOffset = 512 * MIB, pace } = options;
  const { reads = new Turns({ limit: 2, code: 'BUSY' }) } = options;
  const files = new FakeFiles();
  const cache = new StrideCache({
    blockBytes: BLOCK,
    firstBlocks: 1,
    maxBlocks: 16,
    aheadStrides: 2,
    maxBytes,
    reads,
    pace,
  });
  const source = {
    key: 'log',
    files,
    endOffset: () => endOffset,
    aheadEndOffset: () => endOffset,
  };
  return { files, cache, source };
}

/** Uses `[from, to)` step by step. @returns how often it had to wait */
async function readThrough(
  cache: StrideCache,
  source: StrideSource,
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
): Promise<number> {
  let waits = 0;
  for (let at = from; at < to; at += step) {
    let stride = cache.get(source.key, at, at + step);
    while (stride === undefined) {
      waits++;
      await cache.load(source, at, at + step);
      stride = cache.get(source.key, at, at + step);
    }
    expect(stride.buffer[at - stride.start]).toBe(Math.floor(at / BLOCK) & 255);
    // What was begun meanwhile goes on.
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  }
  return waits;
}

it('reads so far ahead of who reads in order that he waits at the beginning alone', async () => {
  const { files, cache, source } = setUp();
  const waits = await readThrough(cache, source, { from: 0, to: 32 * MIB, step: 8 * KIB });
  expect(waits).toBeLessThanOrEqual(3);
  expect(files.bytesRead).toBeLessThan(36 * MIB);
  expect(Math.max(...files.reads.map(({ length }) => length))).toBe(MIB);
});

it('reads a block for who reads here and there', async () => {
  const { files, cache, source } = setUp();
  for (let place = 0; place < 100; place++) {
    const from = place * 3 * MIB;
    await readThrough(cache, source, { from, to: from + 8 * KIB, step: 8 * KIB });
  }
  expect(files.bytesRead).toBe(100 * BLOCK);
});

it('reads little twice for more readers in order than it has room for large strides', async () => {
  const { files, cache, source } = setUp();
  const readers = 120;
  const each = MIB;
  for (let done = 0; done < each; done += 8 * KIB) {
    for (let reader = 0; reader < readers; reader++) {
      const from = reader * 2 * MIB + done;
      await readThrough(cache, source, { from, to: from + 8 * KIB, step: 8 * KIB });
    }
  }
  expect(files.bytesRead / (readers * each)).toBeLessThan(1.6);
});

it('takes no turn from others, and reads nothing ahead, while a read waits for the pace', async () => {
  const time = new VirtualTime();
  const pace = new ReadPace({
    clock: time,
    timers: time,
    coldBytesPerSecond: BLOCK,
    appendedAtMs: () => time.monotonicMs(),
  });
  const reads = new Turns({ limit: 1, code: 'BUSY' });
  const { files, cache, source } = setUp({ reads, pace });
  await cache.load(source, 0, 1);
  const next = cache.load(source, BLOCK, BLOCK + 1);
  cache.get('log', 0, 1);
  expect(reads.hasRoom).toBe(true);
  await reads.run(() => Promise.resolve());
  expect(files.reads).toHaveLength(1);
  time.pass(1000);
  await settled();
  await next;
  expect(files.reads.map(({ offset }) => offset)).toEqual([0, BLOCK]);
  // Its stride was read in order, but whoever comes next has to wait as well.
  time.pass(500);
  cache.get('log', BLOCK, BLOCK + 1);
  await settled();
  expect(files.reads).toHaveLength(2);
});

it('reads a stride once for all that wait for it', async () => {
  const { files, cache, source } = setUp();
  const waiting = [0, 1, 2].map(() => cache.load(source, 100, 200));
  await Promise.all(waiting);
  expect(files.reads).toHaveLength(1);
});

it('reads again what the files held too little of', async () => {
  let endOffset = 1000;
  const { files, cache, source } = setUp();
  const growing = { ...source, endOffset: () => endOffset };
  await cache.load(growing, 500, 600);
  expect(cache.get('log', 999, 1000)?.endOffset).toBe(1000);
  expect(cache.get('log', 1000, 1001)).toBeUndefined();
  endOffset = 3000;
  await cache.load(growing, 1000, 1001);
  expect(cache.get('log', 2999, 3000)?.endOffset).toBe(3000);
  expect(files.reads.map(({ offset, length }) => [offset, length])).toEqual([
    [0, 1000],
    [0, 3000],
  ]);
});

it('forgets what is being read, and what was read ahead, when the source is cut', async () => {
  const { files, cache, source } = setUp();
  let open: (() => void) | undefined;
  files.gate = new Promise((resolve) => {
    open = resolve;
  });
  const loading = cache.load(source, 0, 1);
  cache.forget('log');
  open?.();
  await loading;
  expect(cache.get('log', 0, 1)).toBeUndefined();
  await readThrough(cache, source, { from: 0, to: MIB, step: 8 * KIB });
  cache.forget('log');
  expect(cache.get('log', MIB - 1, MIB)).toBeUndefined();
});

it('tells a failed read to who waits for it, not to who may come', async () => {
  const { files, cache, source } = setUp();
  await cache.load(source, 0, 1);
  await cache.load(source, BLOCK, BLOCK + 1);
  files.gate = Promise.reject(new Error('EIO'));
  expect(cache.get('log', BLOCK, BLOCK + 1)).toBeDefined();
  await expect(cache.load(source, 3 * BLOCK, 3 * BLOCK + 1)).rejects.toThrow('EIO');
  files.gate = Promise.resolve();
  await cache.load(source, 3 * BLOCK, 3 * BLOCK + 1);
  expect(cache.get('log', 3 * BLOCK, 3 * BLOCK + 1)).toBeDefined();
});
