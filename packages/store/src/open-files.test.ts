import { describe, expect, it } from '@jest/globals';
import type { Disk, DiskFile } from '@orbitmq/runtime';
import { CrashableDisk, VirtualTime } from '@orbitmq/testkit';
import { messagesOf, openStore, recordOf, written } from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';
import { OpenFiles } from './open-files.ts';
import { SegmentFiles } from './segment-files.ts';

const FILE_BYTES = 512;
const DIRECTORY = '/data/broker/store';

/** Counts the handles that are open, by where their files are. */
class CountingDisk {
  readonly disk: Disk;
  /** The most at once. */
  most = 0;
  open = 0;
  readonly #isCounted: (path: string) => boolean;

  constructor(below: Disk, isCounted = (_path: string): boolean => true) {
    this.#isCounted = isCounted;
    // The disk is a class: its methods are not its own properties.
    this.disk = new Proxy(below, {
      get: (target, name) => {
        if (name === 'open') return (...args: Parameters<Disk['open']>) => this.#open(below, args);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #open(below: Disk, args: Parameters<Disk['open']>): Promise<DiskFile> {
    const file = await below.open(...args);
    if (!this.#isCounted(args[0])) return file;
    this.open++;
    this.most = Math.max(this.most, this.open);
    let isClosed = false;
    return {
      ...file,
      close: async () => {
        await file.close();
        if (!isClosed) this.open--;
        isClosed = true;
      },
    };
  }
}

function rowOf(disk: Disk, name: string, openFiles: OpenFiles): SegmentFiles {
  return new SegmentFiles({ disk, directory: `/${name}`, fileBytes: FILE_BYTES, openFiles });
}

async function textIn(files: SegmentFiles, offset: number, length: number): Promise<string> {
  const target = Buffer.alloc(length);
  return target.toString('latin1', 0, await files.read(target, offset, length));
}

describe('rows of files that share a bound on open handles', () => {
  it('have no more of them open than it allows, however many are written and read', async () => {
    const counting = new CountingDisk(new CrashableDisk());
    const openFiles = new OpenFiles(3);
    const rows = Array.from({ length: 20 }, (_, index) =>
      rowOf(counting.disk, `row${index}`, openFiles),
    );
    for (let round = 0; round < 3; round++) {
      for (const [index, files] of rows.entries()) {
        await files.write(Buffer.from(`${round}${index}`), 0, 2, round * 2);
      }
    }
    for (const [index, files] of rows.entries()) {
      const digits = [0, 1, 2].map((round) => `${round}${index}`.slice(0, 2)).join('');
      expect(await textIn(files, 0, 6)).toBe(digits);
    }
    expect(counting.most).toBe(3);
    for (const files of rows) await files.close();
    expect([counting.open, openFiles.count]).toEqual([0, 0]);
  });

  it('keep a handle that is in use, and close what is too much when its use ends', async () => {
    const works: (() => void)[] = [];
    let isHeld = false;
    const schedule = (work: () => void): void => {
      if (isHeld) works.push(work);
      else queueMicrotask(work);
    };
    const counting = new CountingDisk(new CrashableDisk({ schedule }));
    const openFiles = new OpenFiles(1);
    const [first, second] = [
      rowOf(counting.disk, 'a', openFiles),
      rowOf(counting.disk, 'b', openFiles),
    ];
    await first.write(Buffer.from('first'), 0, 5, 0);
    await first.sync(0, FILE_BYTES);
    isHeld = true;
    const reading = textIn(first, 0, 5);
    while (works.length === 0) await Promise.resolve();
    isHeld = false;
    await second.write(Buffer.from('second'), 0, 6, 0);
    expect(counting.open).toBe(2);
    works[0]?.();
    expect(await reading).toBe('first');
    await second.sync(0, FILE_BYTES);
    expect(await textIn(second, 0, 6)).toBe('second');
    expect(counting.open).toBe(1);
  });

  it('sync what was written to a file before its handle is closed', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new CrashableDisk();
      const openFiles = new OpenFiles(1);
      const [evicted, other] = [rowOf(disk, 'a', openFiles), rowOf(disk, 'b', openFiles)];
      await evicted.write(Buffer.from('evicted'), 0, 7, 0);
      await other.write(Buffer.from('other'), 0, 5, 0);
      const after = disk.powerCut({ seed });
      const found = new SegmentFiles({
        disk: after,
        directory: '/a',
        fileBytes: FILE_BYTES,
        bases: [0],
      });
      expect([seed, await textIn(found, 0, 7)]).toEqual([seed, 'evicted']);
    }
  });

  it('write again what a failed sync may have lost when a handle was closed', async () => {
    let failedSyncs = 0;
    for (let call = 1; call <= 12; call++) {
      for (let seed = 1; seed <= 5; seed++) {
        const disk = new CrashableDisk();
        const openFiles = new OpenFiles(1);
        const [evicted, other] = [rowOf(disk, 'a', openFiles), rowOf(disk, 'b', openFiles)];
        await evicted.write(Buffer.from('evicted'), 0, 7, 0);
        disk.faults.failCall(call, 'EIO');
        const isMade = await other.write(Buffer.from('other'), 0, 5, 0).then(
          () => true,
          () => false,
        );
        if (isMade && disk.faults.hasFailed) failedSyncs++;
        disk.faults.heal();
        await evicted.sync(0, FILE_BYTES);
        const after = disk.powerCut({ seed });
        const found = new SegmentFiles({
          disk: after,
          directory: '/a',
          fileBytes: FILE_BYTES,
          bases: [0],
        });
        expect([call, seed, await textIn(found, 0, 7)]).toEqual([call, seed, 'evicted']);
      }
    }
    // The other row does not learn of it.
    expect(failedSyncs).toBeGreaterThan(0);
  });

  it('have nothing to sync where a file was removed while its handle was closed', async () => {
    const disk = new CrashableDisk();
    const openFiles = new OpenFiles(1);
    const [removed, other] = [rowOf(disk, 'a', openFiles), rowOf(disk, 'b', openFiles)];
    await removed.write(Buffer.from('first'), 0, 5, 0);
    await removed.write(Buffer.from('second'), 0, 6, FILE_BYTES);
    await other.write(Buffer.from('other'), 0, 5, 0);
    const syncing = removed.sync(0, 2 * FILE_BYTES);
    expect(await removed.removeFirst()).toBe(true);
    await syncing;
    expect(await textIn(removed, FILE_BYTES, 6)).toBe('second');
  });

  it('have nothing to read where a file was removed while its handle was closed', async () => {
    const disk = new CrashableDisk();
    const openFiles = new OpenFiles(1);
    const [removed, other] = [rowOf(disk, 'a', openFiles), rowOf(disk, 'b', openFiles)];
    await removed.write(Buffer.from('first'), 0, 5, 0);
    await removed.write(Buffer.from('second'), 0, 6, FILE_BYTES);
    await other.write(Buffer.from('other'), 0, 5, 0);
    const reading = textIn(removed, 0, 5);
    expect(await removed.removeFirst()).toBe(true);
    // Whatever came first.
    expect(['first', '']).toContain(await reading);
    expect(await textIn(removed, 0, 5)).toBe('');
    expect(await textIn(removed, FILE_BYTES, 6)).toBe('second');
    const late = textIn(removed, FILE_BYTES, 6);
    await removed.abandon();
    expect(['second', '']).toContain(await late);
    expect(await textIn(removed, FILE_BYTES, 6)).toBe('');
  });
});

describe('a store with more queues than files may be open', () => {
  const QUEUES = 40;
  const LIMIT = 4;
  const settings = {
    maxOpenFiles: LIMIT,
    consumeQueueFileBytes: 60,
    flushConsumeQueueLeastPages: 0,
    isIndexed: false,
    coldCacheBytes: 0,
  };

  async function openOn(disk: Disk, time: VirtualTime): Promise<MessageStore> {
    return openStore(DIRECTORY, { disk, clock: time, timers: time, settings });
  }

  async function fill(store: MessageStore): Promise<void> {
    for (let message = 0; message < 5; message++) {
      for (let queueId = 0; queueId < QUEUES; queueId++) {
        store.append(store.queue('T', queueId), recordOf(`${queueId}:${message}`));
      }
      await written(store);
    }
  }

  async function bodiesIn(store: MessageStore): Promise<string[][]> {
    const queues: string[][] = [];
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      const messages = await messagesOf(store, store.queue('T', queueId));
      queues.push(messages.map(({ body }) => body.toString()));
    }
    return queues;
  }

  const BODIES = Array.from({ length: QUEUES }, (_, queueId) =>
    [0, 1, 2, 3, 4].map((message) => `${queueId}:${message}`),
  );

  it('writes and serves all of them with no more than that', async () => {
    const counting = new CountingDisk(new CrashableDisk(), (path) => path.includes('consumequeue'));
    const time = new VirtualTime();
    const store = await openOn(counting.disk, time);
    await fill(store);
    await store.flush();
    expect(await bodiesIn(store)).toEqual(BODIES);
    expect(counting.most).toBe(LIMIT);
    await store.close();
    expect(counting.open).toBe(0);
    await using again = await openOn(counting.disk, time);
    expect(await bodiesIn(again)).toEqual(BODIES);
    // Queues are opened some at a time, and what is in use stays open.
    expect(counting.most).toBeLessThan(QUEUES);
  });

  it('loses nothing that a checkpoint promised when the power is cut', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const disk = new CrashableDisk();
      const time = new VirtualTime();
      const store = await openOn(disk, time);
      await fill(store);
      await store.flush();
      const after = disk.powerCut({ seed });
      await after.remove(`${DIRECTORY}/lock.owner`);
      // The store that is gone wrote a checkpoint: nothing before it is looked at again.
      expect(await bodiesIn(await openOn(after, time))).toEqual(BODIES);
    }
  });
});
