import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CrashableDisk } from '@orbitmq/testkit';
import fc from 'fast-check';
import { messagesOf, openStore, recordOf, temporaryDirectory, written } from '../test/stores.ts';
import { LogReadAhead } from './log-read-ahead.ts';
import { SegmentFiles } from './segment-files.ts';

const FILE_BYTES = 1000;
const SIZES = { firstBytes: 16, partBytes: 100, carriedBytes: 30 };

/** Three files, each byte another than those near it. */
async function filledFiles(): Promise<{ files: SegmentFiles; content: Buffer }> {
  const files = new SegmentFiles({
    disk: new CrashableDisk(),
    directory: '/log',
    fileBytes: FILE_BYTES,
  });
  const content = Buffer.from(Array.from({ length: 3 * FILE_BYTES }, (_, at) => (at * 7) % 251));
  for (let base = 0; base < content.length; base += FILE_BYTES) {
    await files.write(content, base, FILE_BYTES, base);
  }
  return { files, content };
}

describe('reading a log ahead', () => {
  it('gives the bytes that are asked for, wherever the reader goes on', async () => {
    const { files, content } = await filledFiles();
    /** What of a part is left unused, and how much of it is wanted at least the next time. */
    const step = fc.record({ unused: fc.nat(60), minBytes: fc.nat(250) });
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), fc.array(step), async (from, steps) => {
        const reader = new LogReadAhead(files, SIZES);
        let offset = from;
        for (const { unused, minBytes } of steps) {
          const { buffer, start, end } = await reader.read(offset, minBytes);
          const toFileEnd = FILE_BYTES - (offset % FILE_BYTES);
          expect(end - start).toBeGreaterThanOrEqual(Math.min(minBytes, toFileEnd, 1));
          expect(end - start).toBeGreaterThanOrEqual(Math.min(minBytes, toFileEnd));
          expect(end - start).toBeLessThanOrEqual(toFileEnd);
          expect(buffer.subarray(start, end)).toEqual(
            content.subarray(offset, offset + end - start),
          );
          offset += Math.max(1, end - start - unused);
          if (offset >= content.length) break;
        }
        await reader.close();
      }),
    );
  });

  it('tells of a failure when the reader gets there, and only then', async () => {
    const { files } = await filledFiles();
    let failFrom = Number.POSITIVE_INFINITY;
    const failing = {
      fileBytes: FILE_BYTES,
      baseOf: (offset: number) => files.baseOf(offset),
      read: (target: Buffer, offset: number, length: number) =>
        offset >= failFrom ? Promise.reject(new Error('EIO')) : files.read(target, offset, length),
    };
    const reader = new LogReadAhead(failing, SIZES);
    await reader.read(0);
    failFrom = 116;
    await reader.read(16);
    await expect(reader.read(116)).rejects.toThrow('EIO');
    await reader.close();
  });
});

it('a log of many parts, with a record longer than one, is recovered whole', async () => {
  await using directory = await temporaryDirectory();
  const settings = { commitLogFileBytes: 16 * 1024 * 1024, maxBodyBytes: () => 6_000_000 };
  const bodies = Array.from({ length: 1_200 }, (_, index) =>
    `${index}:`.padEnd(index === 600 ? 5_000_000 : 20_000, 'x'),
  );
  {
    await using store = await openStore(directory.path, { settings });
    for (const body of bodies) {
      store.append(store.queue('T', 0), recordOf(body));
      await written(store);
    }
  }
  // As if it had been killed before there was a checkpoint.
  const checkpoint = join(directory.path, 'checkpoint');
  expect((await readFile(checkpoint)).length).toBe(4096);
  await rm(checkpoint);
  await rm(join(directory.path, 'consumequeue'), { recursive: true });
  await writeFile(join(directory.path, 'abort'), '');
  await using store = await openStore(directory.path, { settings });
  const found = await messagesOf(store, store.queue('T', 0));
  expect(found.map(({ body }) => body.toString())).toEqual(bodies);
});
