import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CrashableDisk, VirtualTime } from '@orbitmq/testkit';
import {
  FailingDisk,
  messagesOf,
  openStore,
  recordOf,
  temporaryDirectory,
  written,
} from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import type { MessageStore } from './message-store.ts';
import { DEFAULT_RETENTION } from './retention-settings.ts';
import { SegmentFiles } from './segment-files.ts';
import type { StoreSettings } from './store-options.ts';

const DIRECTORY = '/data/broker/store';
const FILE_BYTES = 2048;
const EVER = { beginMs: 0, endMs: Number.MAX_SAFE_INTEGER, maxMessages: 32 };

/** A disk, and stores on it that nobody closes. */
class Machine {
  readonly time = new VirtualTime();
  disk = new CrashableDisk({ clock: this.time });

  open(settings: Partial<StoreSettings> = {}): Promise<MessageStore> {
    return openStore(DIRECTORY, {
      disk: this.disk,
      clock: this.time,
      timers: this.time,
      settings: { commitLogFileBytes: FILE_BYTES, ...settings },
    });
  }

  /** The store that is open goes on on a disk that nobody sees any more. */
  async powerCut(seed = 1): Promise<void> {
    this.disk = this.disk.powerCut({ seed });
    await this.disk.remove(`${DIRECTORY}/lock.owner`);
  }

  /** What the store does from now on nobody sees. */
  async kill(): Promise<void> {
    this.disk = this.disk.copy();
    await this.disk.remove(`${DIRECTORY}/lock.owner`);
  }
}

function append(store: MessageStore, topic: string, body: string, keys = 'k'): void {
  const record = recordOf(body, { KEYS: keys });
  expect(store.append(store.queue(topic, 0), record)).toBe(AppendStatus.ok);
}

async function bodiesIn(store: MessageStore, topic: string): Promise<string[]> {
  const messages = await messagesOf(store, store.queue(topic, 0));
  return messages.map(({ body }) => body.toString());
}

/** Removes whatever the settings allow. */
const GREEDY: Partial<StoreSettings> = {
  retention: () => ({ ...DEFAULT_RETENTION, reservedMs: 0, filesPerRound: 1 }),
};

describe('a store in directories that it made itself', () => {
  it.each([1, 2, 3, 4])('is there after a power cut (seed %i)', async (seed) => {
    const machine = new Machine();
    const store = await machine.open();
    append(store, 'T', 'first');
    await store.flush();
    await machine.powerCut(seed);
    expect(await bodiesIn(await machine.open(), 'T')).toEqual(['first']);
  });
});

describe('a queue whose messages are all removed', () => {
  it('goes on where it was when its entries were in no file yet', async () => {
    const machine = new Machine();
    const store = await machine.open(GREEDY);
    append(store, 'Old', 'a');
    append(store, 'Old', 'b');
    for (let index = 0; index < 10; index++) append(store, 'New', 'x'.repeat(1000));
    await written(store);
    await store.deleteExpiredFiles();
    expect(store.minPhysicalOffset).toBeGreaterThan(0);
    await machine.kill();
    const next = await machine.open(GREEDY);
    expect(next.queueEnd('Old', 0)).toBe(2);
    append(next, 'Old', 'c');
    await written(next);
    expect(await bodiesIn(next, 'Old')).toEqual(['c']);
  });
});

describe('the file that is written to', () => {
  it('is not removed for its age though a write that failed made one behind it', async () => {
    await using directory = await temporaryDirectory();
    const disk = new FailingDisk();
    disk.isFull = (path) => path.endsWith('commitlog/00000000000000002048');
    const settings = { ...GREEDY, commitLogFileBytes: FILE_BYTES };
    const store = await openStore(directory.path, { disk: disk.disk, settings });
    append(store, 'T', 'kept');
    await written(store);
    const failed = new Promise<void>((resolve) => store.onAppendFailed(() => resolve()));
    append(store, 'T', 'x'.repeat(1000));
    append(store, 'T', 'y'.repeat(1000));
    await failed;
    expect(await readdir(join(directory.path, 'commitlog'))).toHaveLength(2);
    await store.deleteExpiredFiles();
    expect(store.minPhysicalOffset).toBe(0);
    expect(await bodiesIn(store, 'T')).toEqual(['kept']);
    await expect(store.close()).rejects.toThrow('no space');
  });
});

describe('the size of log files', () => {
  it('is known though the only file does not tell it and the setting was changed', async () => {
    const machine = new Machine();
    const store = await machine.open();
    const body = 'a'.repeat(1500);
    append(store, 'T', body);
    // It does not fit behind the first: a blank ends the first file.
    append(store, 'T', 'b'.repeat(1500));
    await written(store);
    await machine.kill();
    await machine.disk.remove(`${DIRECTORY}/commitlog/00000000000000002048`);
    const next = await machine.open({ commitLogFileBytes: 4 * FILE_BYTES });
    expect(next.maxPhysicalOffset).toBe(FILE_BYTES);
    expect(await bodiesIn(next, 'T')).toEqual([body]);
  });
});

describe('queues that are made again from the whole log', () => {
  it('are complete when that is cut short anywhere, though as many entries as before are left', async () => {
    const machine = new Machine();
    const store = await machine.open(GREEDY);
    append(store, 'Old', 'x'.repeat(1500));
    append(store, 'Keep', 'kept'.repeat(300));
    await written(store);
    await store.deleteExpiredFiles();
    expect(await store.cleanExpiredConsumeQueues()).toBe(1);
    await store.flush();
    // The checkpoint counts the entry of one queue. Another one goes on behind it, with a blank entry before.
    append(store, 'Old', 'y'.repeat(100));
    await written(store);
    await store.queue('Old', 0).flush();
    await machine.kill();
    const before = machine.disk;
    let call = 0;
    for (let isCut = true; isCut; ) {
      call++;
      machine.disk = before.copy();
      machine.disk.faults.failCall(call, 'EIO', Number.POSITIVE_INFINITY);
      await machine.open().catch(() => undefined);
      isCut = machine.disk.faults.hasFailed;
      await machine.kill();
      const next = await machine.open();
      expect([call, (await bodiesIn(next, 'Keep')).length]).toEqual([call, 1]);
    }
    expect(call).toBeGreaterThan(50);
  });
});

function twoDirectories(base: number): string {
  return base === 0 ? '/a' : '/b';
}

describe('files in two directories of which the first is removed', () => {
  it('are not all gone after a power cut, whichever call failed when the second was made', async () => {
    let removals = 0;
    for (let call = 1; call <= 12; call++) {
      for (let seed = 1; seed <= 5; seed++) {
        const disk = new CrashableDisk();
        const files = new SegmentFiles({ disk, directory: twoDirectories, fileBytes: 512 });
        await files.write(Buffer.from('first'), 0, 5, 0);
        await files.sync(0, 512);
        disk.faults.failCall(call, 'EIO');
        await files.write(Buffer.from('second'), 0, 6, 512).catch(() => undefined);
        disk.faults.heal();
        if (files.count > 1 && (await files.removeFirst())) removals++;
        const after = disk.powerCut({ seed });
        const left = [...(await after.list('/a')), ...(await after.list('/b'))];
        expect([call, left.length]).not.toEqual([call, 0]);
      }
    }
    expect(removals).toBeGreaterThan(5);
  });
});

describe('a file that is removed while its directory is synced for another', () => {
  it.each([1, 2, 3, 4, 5, 6])('does not come back after a power cut (seed %i)', async (seed) => {
    const disk = new CrashableDisk();
    const files = new SegmentFiles({ disk, directory: '/a', fileBytes: 512 });
    for (const offset of [0, 512, 1024]) {
      await files.write(Buffer.from('x'), 0, 1, offset);
      await files.sync(offset, offset + 512);
    }
    const remove = disk.remove.bind(disk);
    const going = new Promise<() => void>((begun) => {
      disk.remove = async (path) => {
        await new Promise<void>((resolve) => begun(resolve));
        await remove(path);
      };
    });
    const removed = files.removeFirst();
    const letGo = await going;
    await files.syncRemovals();
    letGo();
    await removed;
    const names = (await disk.powerCut({ seed }).list('/a')).map(({ name }) => Number(name));
    expect(names.toSorted((one, other) => one - other)).toEqual([512, 1024]);
  });
});

describe('the index', () => {
  it('has all keys of a message though it was made anew in another size and killed between two', async () => {
    const machine = new Machine();
    const store = await machine.open();
    append(store, 'T', 'first', 'a b c');
    await written(store);
    await store.query({ topic: 'T', key: 'a', ...EVER });
    await store.flush();
    await machine.kill();
    const before = machine.disk;
    // One entry fills a file.
    const settings = { indexEntries: 2 };
    let call = 0;
    for (let isCut = true; isCut; ) {
      call++;
      machine.disk = before.copy();
      machine.disk.faults.failCall(call, 'EIO', Number.POSITIVE_INFINITY);
      const killed = await machine.open(settings).catch(() => undefined);
      // The index is behind: the query waits for it as long as the clock lets it.
      const asked = killed?.query({ topic: 'T', key: 'c', ...EVER }).catch(() => undefined);
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      machine.time.pass(4_000);
      await asked;
      isCut = machine.disk.faults.hasFailed;
      await machine.kill();
      const next = await machine.open(settings);
      for (const key of ['a', 'b', 'c']) {
        const { records } = await next.query({ topic: 'T', key, ...EVER });
        expect([call, key, records.length]).toEqual([call, key, 1]);
      }
    }
    expect(call).toBeGreaterThan(30);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'has everything though some of the files that it was made again for came back (power cut of seed %i)',
    async (seed) => {
      const machine = new Machine();
      const settings = { indexEntries: 3 };
      const store = await machine.open(settings);
      for (let index = 0; index < 10; index++) append(store, 'T', `body ${index}`, `k${index}`);
      await written(store);
      await store.query({ topic: 'T', key: 'k0', ...EVER });
      await machine.kill();
      // Nobody tells whose index files they are: none is believed.
      await machine.disk.remove(`${DIRECTORY}/checkpoint`);
      const again = await machine.open(settings);
      await again.flush();
      await machine.powerCut(seed);
      const next = await machine.open(settings);
      for (let index = 0; index < 10; index++) {
        const { records } = await next.query({ topic: 'T', key: `k${index}`, ...EVER });
        expect([index, records.length]).toEqual([index, 1]);
      }
    },
  );

  it('passes over no log file whose removal fails', async () => {
    const machine = new Machine();
    const { disk, time } = machine;
    const remove = disk.remove.bind(disk);
    const removing = new Promise<(error: Error) => void>((begun) => {
      disk.remove = (path) => {
        if (!path.endsWith('commitlog/00000000000000000000')) return remove(path);
        return new Promise((_, reject) => begun(reject));
      };
    });
    const store = await machine.open(GREEDY);
    for (const key of ['first', 'second', 'third']) append(store, 'T', 'x'.repeat(1500), key);
    await written(store);
    const asked = store.deleteExpiredFiles();
    const fail = await removing;
    expect(store.minPhysicalOffset).toBe(FILE_BYTES);
    // The index is behind, and would go on where the log begins.
    for (let turn = 0; turn < 100; turn++) {
      time.pass(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    fail(new Error('the disk does not let it go'));
    await expect(asked).rejects.toThrow('does not let it go');
    const { records } = await store.query({ topic: 'T', key: 'first', ...EVER });
    expect(records).toHaveLength(1);
  });

  it('has the first message though its only file is of another size now', async () => {
    const machine = new Machine();
    const store = await machine.open();
    append(store, 'T', 'first', 'only');
    await written(store);
    await store.query({ topic: 'T', key: 'only', ...EVER });
    await store.flush();
    await machine.kill();
    const next = await machine.open({ indexSlots: 7 });
    const { records } = await next.query({ topic: 'T', key: 'only', ...EVER });
    expect(records).toHaveLength(1);
  });
});
