import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Disk, type DiskUsage, nodeDisk } from '@orbitmq/runtime';
import {
  messagesOf,
  openStore,
  recordOf,
  type TestStoreOptions,
  temporaryDirectory,
  written,
} from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import type { MessageStore } from './message-store.ts';
import { DEFAULT_RETENTION, decideRetention, parseDeleteHours } from './retention-settings.ts';

const HOUR_MS = 3_600_000;
/** No hour of the day, so that only what a test does removes anything. */
const NEVER = { ...DEFAULT_RETENTION, deleteHours: [], filePauseMs: 0, queuePauseMs: 0 };

/** The machine's disk, as full as a test wants it. */
class FillingDisk {
  usedBytes = 10;
  readonly disk: Disk = {
    ...nodeDisk,
    usage: (): Promise<DiskUsage> =>
      Promise.resolve({
        totalBytes: 100,
        usedBytes: this.usedBytes,
        availableBytes: 100 - this.usedBytes,
      }),
  };
}

function options(disk: Disk, retention = NEVER): TestStoreOptions {
  return { disk, settings: { retention: () => retention, hotTailBytes: 0, indexEntries: 100 } };
}

function append(store: MessageStore, topic: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const record = recordOf('x'.repeat(1000), { KEYS: `${topic}${index}`, UNIQ_KEY: `U${index}` });
    expect(store.append(store.queue(topic, 0), record)).toBe(AppendStatus.ok);
  }
}

async function namesIn(directory: string, path: string): Promise<string[]> {
  return (await readdir(join(directory, path))).toSorted();
}

/** Makes all but the newest log files so old. */
async function age(directory: string, hours: number): Promise<void> {
  for (const name of (await namesIn(directory, 'commitlog')).slice(0, -1)) {
    const time = (Date.now() - hours * HOUR_MS) / 1000;
    await utimes(join(directory, 'commitlog', name), time, time);
  }
}

describe('retention', () => {
  it('removes old log files on request, and what is derived from them, but never the last', async () => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    await using store = await openStore(path, options(new FillingDisk().disk));
    append(store, 'T', 300);
    await store.flush();
    await age(path, 73);
    const queue = store.queue('T', 0);
    await store.deleteExpiredFiles();
    expect(await namesIn(path, 'commitlog')).toHaveLength(1);
    expect(store.minPhysicalOffset).toBeGreaterThan(0);
    const [first, ...others] = await messagesOf(store, queue);
    expect(first?.physicalOffset).toBe(store.minPhysicalOffset);
    expect(first?.queueOffset).toBe(queue.minOffset);
    expect(others.at(-1)?.queueOffset).toBe(299);
    expect(await namesIn(path, 'consumequeue/T/0')).toEqual(['00000000000000004000']);
    const everything = { beginMs: 0, endMs: Number.MAX_SAFE_INTEGER, maxMessages: 9 };
    expect((await store.query({ topic: 'T', key: 'T0', ...everything })).records).toEqual([]);
    expect((await store.query({ topic: 'T', key: 'T299', ...everything })).records).toHaveLength(1);
  });

  it('keeps files that are young', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path, options(new FillingDisk().disk));
    append(store, 'T', 300);
    await store.flush();
    await age(directory.path, 71);
    await store.deleteExpiredFiles();
    expect(store.minPhysicalOffset).toBe(0);
  });

  it('takes no message while the disk is too full, and serves readers', async () => {
    await using directory = await temporaryDirectory();
    const filling = new FillingDisk();
    const retention = { ...NEVER, isForcedEnabled: false };
    await using store = await openStore(directory.path, options(filling.disk, retention));
    append(store, 'T', 3);
    await written(store);
    filling.usedBytes = 91;
    await store.deleteExpiredFiles();
    expect(store.append(store.queue('T', 0), recordOf('x'))).toBe(AppendStatus.unavailable);
    expect(store.diskRatios.log).toBe(0.91);
    expect(await messagesOf(store, store.queue('T', 0))).toHaveLength(3);
    filling.usedBytes = 90;
    await store.deleteExpiredFiles();
    expect(store.append(store.queue('T', 0), recordOf('x'))).toBe(AppendStatus.ok);
  });

  it('refuses messages from the start when the disk is full already', async () => {
    await using directory = await temporaryDirectory();
    const filling = new FillingDisk();
    filling.usedBytes = 95;
    await using store = await openStore(directory.path, options(filling.disk));
    expect(store.isWritable).toBe(false);
  });

  it('removes young files when there is hardly room left, ten at most in one round', async () => {
    await using directory = await temporaryDirectory();
    const filling = new FillingDisk();
    await using store = await openStore(directory.path, options(filling.disk));
    append(store, 'T', 1000);
    await store.flush();
    const before = await namesIn(directory.path, 'commitlog');
    filling.usedBytes = 86;
    await store.deleteExpiredFiles();
    expect(await namesIn(directory.path, 'commitlog')).toEqual(before.slice(10));
  });

  it('does not break who reads a file that is removed', async () => {
    await using directory = await temporaryDirectory();
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    let isGated = false;
    const disk: Disk = {
      ...new FillingDisk().disk,
      async open(path, mode) {
        const file = await nodeDisk.open(path, mode);
        let reading: Promise<unknown> = Promise.resolve();
        return {
          write: (...write) => file.write(...write),
          sync: () => file.sync(),
          truncate: (bytes) => file.truncate(bytes),
          size: () => file.size(),
          close: async () => {
            await reading;
            await file.close();
          },
          read(...read) {
            const done = (isGated ? opened : Promise.resolve()).then(() => file.read(...read));
            reading = Promise.all([reading, done]);
            return done;
          },
        };
      },
    };
    await using store = await openStore(directory.path, options(disk));
    append(store, 'T', 300);
    await store.flush();
    await age(directory.path, 73);
    isGated = true;
    const record = store.recordAtOffset(0);
    const removal = store.deleteExpiredFiles();
    while ((await namesIn(directory.path, 'commitlog')).includes('00000000000000000000')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    gate.open?.();
    expect((await record)?.length).toBeGreaterThan(1000);
    await removal;
    expect(await store.recordAtOffset(0)).toBeUndefined();
  });

  it('lets readers of removed messages go on at the first there is', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path, options(new FillingDisk().disk));
    append(store, 'T', 300);
    await store.flush();
    const queue = store.queue('T', 0);
    const reading = messagesOf(store, queue);
    await age(directory.path, 73);
    await store.deleteExpiredFiles();
    expect((await reading).at(-1)?.queueOffset).toBe(299);
    expect((await messagesOf(store, queue))[0]?.queueOffset).toBe(queue.minOffset);
  });

  it('goes on with what is left after a start', async () => {
    await using directory = await temporaryDirectory();
    const { disk } = new FillingDisk();
    const first = await openStore(directory.path, options(disk));
    append(first, 'T', 300);
    await first.flush();
    await age(directory.path, 73);
    await first.deleteExpiredFiles();
    const { minOffset } = first.queue('T', 0);
    await first.close();
    await using second = await openStore(directory.path, options(disk));
    append(second, 'T', 1);
    await written(second);
    const messages = await messagesOf(second, second.queue('T', 0));
    expect(messages[0]?.queueOffset).toBe(minOffset);
    expect(messages.at(-1)?.queueOffset).toBe(300);
  });

  it('drops the files of queues whose messages are gone, whose offsets go on', async () => {
    await using directory = await temporaryDirectory();
    const { disk } = new FillingDisk();
    const first = await openStore(directory.path, options(disk));
    append(first, 'Old', 30);
    append(first, 'Kept', 30);
    append(first, 'T', 300);
    await first.flush();
    await age(directory.path, 73);
    await first.deleteExpiredFiles();
    expect(await first.cleanExpiredConsumeQueues((topic) => topic === 'Kept')).toBe(1);
    expect(await namesIn(directory.path, 'consumequeue/Old/0')).toEqual([]);
    expect(await namesIn(directory.path, 'consumequeue/Kept/0')).toHaveLength(1);
    append(first, 'Old', 2);
    await first.close();
    await using second = await openStore(directory.path, options(disk));
    const messages = await messagesOf(second, second.queue('Old', 0));
    expect(messages.map((message) => message.queueOffset)).toEqual([30, 31]);
  });
});

describe('the decision to remove files', () => {
  it.each([
    [4, 0.1, { isDue: true, isForced: false, isFull: false }],
    [5, 0.1, { isDue: false, isForced: false, isFull: false }],
    [5, 0.75, { isDue: false, isForced: false, isFull: false }],
    [5, 0.76, { isDue: true, isForced: false, isFull: false }],
    [5, 0.86, { isDue: true, isForced: true, isFull: false }],
    [5, 0.9, { isDue: true, isForced: true, isFull: false }],
    [5, 0.91, { isDue: true, isForced: true, isFull: true }],
  ])('at %i o’clock with %d of the disk in use is %j', (hour, used, expected) => {
    expect(decisionAt(hour, used)).toEqual(expected);
  });

  it('is made by an operator too, and by queues that fill their own disk', () => {
    expect(decisionAt(5, 0.1, true).isDue).toBe(true);
    const ratios = { log: 0.1, queues: 0.91 };
    expect(decideRetention({ hour: 5, ratios, isAsked: false }, DEFAULT_RETENTION).isFull).toBe(
      true,
    );
  });

  it('takes hours apart and leaves out what is none', () => {
    expect(parseDeleteHours('04;5; 23;24;x;')).toEqual([4, 5, 23]);
  });
});

function decisionAt(hour: number, used: number, isAsked = false) {
  return decideRetention({ hour, ratios: { log: used, queues: 0 }, isAsked }, DEFAULT_RETENTION);
}
