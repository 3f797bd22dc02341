import { describe, expect, it } from '@jest/globals';
import { decodeRecord } from '@orbitmq/protocol';
import type { Disk } from '@orbitmq/runtime';
import { CrashableDisk, settled, VirtualTime } from '@orbitmq/testkit';
import { openStore, recordOf, written } from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import type { MessageStore } from './message-store.ts';
import { queryHash } from './record-keys.ts';
import type { StoreSettings } from './store-options.ts';

const DIRECTORY = '/data/broker/store';
const EVER = { topic: 'T', beginMs: 0, endMs: Number.MAX_SAFE_INTEGER, maxMessages: 32 };
/** Keys of one hash. */
const WANTED = 'Aa';
const COLLIDING = 'BB';
/** What a read takes when the disk is slow. */
const READ_MS = 10;

/** A store on a disk whose reads can be counted, made slow, and held back. */
class Bench {
  readonly time = new VirtualTime();
  reads = 0;
  underWay = 0;
  mostUnderWay = 0;
  isSlow = false;
  readonly #disk = new CrashableDisk({ clock: this.time });

  open(settings: Partial<StoreSettings> = {}): Promise<MessageStore> {
    const disk = this.#watched(this.#disk);
    return openStore(DIRECTORY, { disk, clock: this.time, timers: this.time, settings });
  }

  /** Changes the magic of a record in the first file of the log. */
  async spoil(physicalOffset: number): Promise<void> {
    const file = await this.#disk.open(`${DIRECTORY}/commitlog/${'0'.repeat(20)}`, 'read-write');
    await file.write(Buffer.from('?'), 0, 1, physicalOffset + 4);
    await file.close();
  }

  #watched(below: CrashableDisk): Disk {
    return new Proxy<Disk>(below, {
      get: (_, name) => {
        if (name === 'open') return (...args: Parameters<Disk['open']>) => this.#open(below, args);
        const value: unknown = Reflect.get(below, name, below);
        return typeof value === 'function' ? value.bind(below) : value;
      },
    });
  }

  async #open(below: CrashableDisk, args: Parameters<Disk['open']>) {
    const file = await below.open(...args);
    return {
      ...file,
      read: async (...read: Parameters<typeof file.read>): Promise<number> => {
        this.reads++;
        this.underWay++;
        this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
        try {
          if (this.isSlow) this.time.pass(READ_MS);
          return await file.read(...read);
        } finally {
          this.underWay--;
        }
      },
    };
  }
}

function append(store: MessageStore, key: string, body: string): void {
  const status = store.append(store.queue('T', 0), recordOf(body, { KEYS: key }));
  expect(status).toBe(AppendStatus.ok);
}

async function bodiesBy(store: MessageStore, key: string): Promise<string[]> {
  const { records } = await store.query({ ...EVER, key });
  return records.map((record) => decodeRecord(record, 0).body.toString());
}

describe('a query by key', () => {
  it('finds a message behind more of the same hash than are asked for, in many files', async () => {
    expect(queryHash('T', WANTED)).toBe(queryHash('T', COLLIDING));
    const bench = new Bench();
    const store = await bench.open({ indexEntries: 10 });
    append(store, WANTED, 'wanted');
    for (let count = 0; count < 100; count++) append(store, COLLIDING, 'other');
    await written(store);
    expect(await bodiesBy(store, WANTED)).toEqual(['wanted']);
    await store.close();
  });

  it('ends in time with what it found, however many files and messages of the same hash there are', async () => {
    const bench = new Bench();
    const store = await bench.open({ indexEntries: 4, hotTailBytes: 0 });
    append(store, WANTED, 'old');
    for (let count = 0; count < 2000; count++) append(store, COLLIDING, 'other');
    append(store, WANTED, 'new');
    await written(store);
    expect(await bodiesBy(store, WANTED)).toEqual(['old', 'new']);
    bench.isSlow = true;
    bench.reads = 0;
    const startMs = bench.time.monotonicMs();
    expect(await bodiesBy(store, WANTED)).toEqual(['new']);
    expect(bench.time.monotonicMs() - startMs).toBeLessThan(3_500);
    expect(bench.reads).toBeLessThan(3_500 / READ_MS);
    bench.isSlow = false;
    await store.close();
  });

  it('is refused when those before it take too long, and when too many wait', async () => {
    const bench = new Bench();
    const store = await bench.open({ indexEntries: 4, hotTailBytes: 0 });
    for (let count = 0; count < 2000; count++) append(store, COLLIDING, 'other');
    await written(store);
    await bodiesBy(store, WANTED);
    bench.isSlow = true;
    const startMs = bench.time.monotonicMs();
    const queries = Array.from({ length: 300 }, () =>
      store.query({ ...EVER, key: WANTED }).then(
        () => 'answered',
        (error: { readonly code?: string }) => error.code,
      ),
    );
    const outcomes = await Promise.all(queries);
    expect(new Set(outcomes)).toEqual(new Set(['answered', 'QUERIES_BUSY']));
    // Those that run when the time is over come to their end.
    expect(bench.time.monotonicMs() - startMs).toBeLessThan(10_000);
    bench.isSlow = false;
    await store.close();
  });
});

describe('looking up messages', () => {
  it('reads two at a time at most, however many are asked for', async () => {
    const bench = new Bench();
    const store = await bench.open({ isIndexed: false, hotTailBytes: 0 });
    const places: number[] = [];
    for (let count = 0; count < 200; count++) {
      append(store, 'k', `message ${count}`);
      places.push(store.appended.physicalOffset);
    }
    await store.flush();
    await store.close();
    const again = await bench.open({ isIndexed: false });
    bench.mostUnderWay = 0;
    const records = await Promise.all(places.map((place) => again.recordAtOffset(place)));
    const bodies = records.map((record) => record && decodeRecord(record, 0).body.toString());
    expect(bodies).toEqual(places.map((_, count) => `message ${count}`));
    expect(bench.mostUnderWay).toBe(2);
    await again.close();
  });

  it('by time is not misled by messages that are damaged', async () => {
    const COUNT = 64;
    const bench = new Bench();
    const settings = { isIndexed: false, hotTailBytes: 0 };
    const store = await bench.open(settings);
    const places: number[] = [];
    for (let count = 0; count < COUNT; count++) {
      append(store, 'k', `message ${count}`);
      places.push(store.appended.physicalOffset);
      await written(store);
      await settled();
      bench.time.pass(1000);
    }
    const queue = store.queue('T', 0);
    const times: number[] = [];
    for (let count = 0; count < COUNT; count++) {
      times.push((await store.storeTimeAt(queue, count)) as number);
    }
    await store.close();
    // The first look is at one of them.
    for (const damaged of [31, 32, 33]) await bench.spoil(places[damaged] as number);
    const again = await bench.open(settings);
    for (const [count, timeMs] of times.entries()) {
      // The damaged ones may have been as young as the one behind them.
      const expected = count >= 31 && count <= 34 ? [31, 32, 33, 34] : [count];
      expect(expected).toContain(await again.offsetByTime(again.queue('T', 0), timeMs));
    }
    await again.close();
  });

  it('by time halves a queue of which all messages were stored at once', async () => {
    const COUNT = 1000;
    const bench = new Bench();
    const settings = { isIndexed: false, consumeQueueFileBytes: 2000 };
    const store = await bench.open(settings);
    const storedMs = bench.time.now();
    for (let count = 0; count < COUNT; count++) append(store, 'k', 'same time');
    await store.flush();
    await store.close();
    const again = await bench.open(settings);
    const queue = again.queue('T', 0);
    for (const [timeMs, boundary, expected] of [
      [storedMs - 1, 'lower', 0],
      [storedMs, 'lower', 0],
      [storedMs + 1, 'lower', COUNT],
      [storedMs - 1, 'upper', 0],
      [storedMs, 'upper', COUNT - 1],
      [storedMs + 1, 'upper', COUNT - 1],
    ] as const) {
      bench.reads = 0;
      expect([timeMs, await again.offsetByTime(queue, timeMs, boundary)]).toEqual([
        timeMs,
        expected,
      ]);
      // Entries, of which a read may need two files, and a record's head for each step.
      expect(bench.reads).toBeLessThanOrEqual(3 * Math.ceil(Math.log2(COUNT + 1)));
    }
    await again.close();
  });
});
