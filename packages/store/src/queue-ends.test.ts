import { describe, expect, it } from '@jest/globals';
import { CrashableDisk, VirtualTime } from '@orbitmq/testkit';
import fc from 'fast-check';
import { openStore, recordOf, written } from '../test/stores.ts';
import { ENTRY_BYTES } from './queue.ts';
import { findQueueEnds } from './queue-ends.ts';
import { SegmentFiles } from './segment-files.ts';

const FIRST_RECORD_BYTES = 100;

function entry(offset: number): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.writeBigInt64BE(BigInt(offset * FIRST_RECORD_BYTES), 0);
  bytes.writeInt32BE(FIRST_RECORD_BYTES, 8);
  return bytes;
}

/** A queue's files, with entries `[from, to)` in them. */
async function filesWith(
  disk: CrashableDisk,
  { fileEntries, from, to }: { fileEntries: number; from: number; to: number },
): Promise<SegmentFiles> {
  const files = new SegmentFiles({ disk, directory: '/q', fileBytes: fileEntries * ENTRY_BYTES });
  for (let offset = from; offset < to; ) {
    const count = Math.min(to - offset, fileEntries - (offset % fileEntries));
    const entries = Array.from({ length: count }, (_, index) => entry(offset + index));
    await files.write(Buffer.concat(entries), 0, count * ENTRY_BYTES, offset * ENTRY_BYTES);
    offset += count;
  }
  return files;
}

async function allocatedBytes(disk: CrashableDisk, files: SegmentFiles): Promise<number> {
  const last = String(files.bases.at(-1)).padStart(20, '0');
  return (await disk.stat(`/q/${last}`))?.allocatedBytes ?? 0;
}

describe('the ends of a queue', () => {
  it('are where its entries end, whatever number of files and entries there is', async () => {
    const sizes = fc.constantFrom(5, 100, 409, 410, 1000, 5000);
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(9000), fc.nat(3), async (fileEntries, count, firstFile) => {
        const disk = new CrashableDisk();
        const from = firstFile * fileEntries;
        const to = from + 1 + (count % (fileEntries * 4));
        const files = await filesWith(disk, { fileEntries, from, to });
        const ends = await findQueueEnds(files, await allocatedBytes(disk, files));
        expect(ends.maxOffset).toBe(to);
        expect(ends.isTidy).toBe(true);
        const [first, last] = [from * FIRST_RECORD_BYTES, (to - 1) * FIRST_RECORD_BYTES];
        expect([undefined, first]).toContain(ends.first?.physicalOffset);
        expect([undefined, last]).toContain(ends.last?.physicalOffset);
      }),
      { numRuns: 60 },
    );
  });

  it('are found with one read where there are few entries, with some where there are many', async () => {
    for (const [count, reads] of [
      [1, 1],
      [400, 1],
      [300_000, 24],
      [150_001, 24],
    ] as const) {
      const disk = new CrashableDisk();
      const files = await filesWith(disk, { fileEntries: 300_000, from: 0, to: count });
      const before = disk.faults.calls;
      await findQueueEnds(files, 0);
      expect([count, disk.faults.calls - before <= reads]).toEqual([count, true]);
    }
  });

  it('are in the file before when the last one was only made', async () => {
    const disk = new CrashableDisk();
    const made = await filesWith(disk, { fileEntries: 1000, from: 0, to: 1001 });
    await made.cut(1000 * ENTRY_BYTES);
    await made.write(Buffer.alloc(ENTRY_BYTES), 0, ENTRY_BYTES, 1000 * ENTRY_BYTES);
    expect(made.count).toBe(2);
    expect((await findQueueEnds(made, 4096)).maxOffset).toBe(1000);
  });

  it.each([11, 250, 410, 2000])(
    'are not tidy when something stands %i entries from the beginning, behind the last of ten',
    async (strayAt) => {
      const disk = new CrashableDisk();
      const files = await filesWith(disk, { fileEntries: 5000, from: 0, to: 10 });
      await files.write(entry(strayAt), 0, ENTRY_BYTES, strayAt * ENTRY_BYTES);
      const ends = await findQueueEnds(files, await allocatedBytes(disk, files));
      expect([ends.maxOffset, ends.isTidy]).toEqual([10, false]);
    },
  );
});

describe('a store that is opened', () => {
  const DIRECTORY = '/data/broker/store';
  const QUEUES = 100;

  /** @returns disk calls for each queue of a store that was left by a stop, or by a kill after one more message */
  async function callsForEachQueue(isKilled: boolean): Promise<number> {
    const time = new VirtualTime();
    let disk = new CrashableDisk();
    const settings = { consumeQueueFileBytes: 60_000, isIndexed: false };
    const options = { clock: time, timers: time, settings };
    const store = await openStore(DIRECTORY, { ...options, disk });
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      for (let message = 0; message < 3; message++) {
        store.append(store.queue('T', queueId), recordOf('body'));
      }
    }
    await written(store);
    await store.flush();
    if (isKilled) {
      store.append(store.queue('T', 0), recordOf('one more'));
      await written(store);
      disk = disk.copy();
      await disk.remove(`${DIRECTORY}/lock.owner`);
    } else {
      await store.close();
    }
    const before = disk.faults.calls;
    const again = await openStore(DIRECTORY, { ...options, disk });
    const calls = disk.faults.calls - before;
    expect(again.queueEnd('T', 0)).toBe(isKilled ? 4 : 3);
    await again.close();
    return calls / QUEUES;
  }

  it('takes few looks at each queue, and writes to none that lacks nothing', async () => {
    // Its directory, its file's size, opening it, one read.
    expect(await callsForEachQueue(false)).toBeLessThan(5);
    // After a kill its last message as well.
    expect(await callsForEachQueue(true)).toBeLessThan(6);
  });
});
