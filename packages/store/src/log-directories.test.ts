import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Disk, nodeDisk } from '@orbitmq/runtime';
import { messagesOf, openStore, recordOf, temporaryDirectory, written } from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import { LogDirectories, splitDirectories } from './log-directories.ts';
import type { MessageStore } from './message-store.ts';

function append(store: MessageStore, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const record = recordOf(`${index} ${'x'.repeat(1000)}`);
    expect(store.append(store.queue('T', 0), record)).toBe(AppendStatus.ok);
  }
}

async function numbersIn(store: MessageStore): Promise<number[]> {
  const messages = await messagesOf(store, store.queue('T', 0));
  return messages.map((message) => Number.parseInt(message.body.toString(), 10));
}

/** Every entry is in its file, no checkpoint tells of it. */
async function queuesFlushed(store: MessageStore): Promise<void> {
  const queue = store.queue('T', 0);
  await queue.flush();
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_none, index) => index);

describe('several directories of the commit log', () => {
  it('get files in turn, which are found again', async () => {
    await using directory = await temporaryDirectory();
    const [a = '', b = ''] = ['a', 'b'].map((name) => join(directory.path, name));
    const options = { commitLogDirectories: [b, a] };
    const first = await openStore(join(directory.path, 'store'), options);
    append(first, 0, 300);
    await first.close();
    expect((await readdir(a)).map((name) => (Number(name) / 65_536) % 2)).toEqual([0, 0, 0]);
    expect((await readdir(b)).map((name) => (Number(name) / 65_536) % 2)).toEqual([1, 1, 1]);
    await using second = await openStore(join(directory.path, 'store'), options);
    append(second, 300, 301);
    await written(second);
    expect(await numbersIn(second)).toEqual(upTo(301));
  });

  it('are read only where that is said, and get no file when they are full', async () => {
    await using directory = await temporaryDirectory();
    const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((name) => join(directory.path, name));
    const root = join(directory.path, 'store');
    const first = await openStore(root, { commitLogDirectories: [a] });
    append(first, 0, 100);
    await first.close();
    const disk: Disk = {
      ...nodeDisk,
      usage: (path) =>
        Promise.resolve({
          totalBytes: 100,
          usedBytes: path === b ? 95 : 5,
          availableBytes: path === b ? 5 : 95,
        }),
    };
    const before = await readdir(a);
    const options = { disk, commitLogDirectories: [b, c], readOnlyCommitLogDirectories: [a] };
    await using second = await openStore(root, options);
    expect(second.isWritable).toBe(true);
    append(second, 100, 300);
    await written(second);
    expect(await numbersIn(second)).toEqual(upTo(300));
    expect(await readdir(a)).toEqual(before);
    expect(await readdir(b)).toEqual([]);
    expect((await readdir(c)).length).toBeGreaterThan(1);
  });

  it('are refused when a file between others is missing, which an unmounted disk looks like', async () => {
    await using directory = await temporaryDirectory();
    const [a = '', b = ''] = ['a', 'b'].map((name) => join(directory.path, name));
    const root = join(directory.path, 'store');
    const options = { commitLogDirectories: [a, b] };
    const first = await openStore(root, options);
    append(first, 0, 300);
    await first.close();
    await rename(b, `${b}.away`);
    await mkdir(b);
    await expect(openStore(root, options)).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('00000000000000065536'),
    });
    await rename(`${b}.away`, b);
    await using second = await openStore(root, options);
    expect(await numbersIn(second)).toEqual(upTo(300));
  });

  it.each(['stop', 'kill'])(
    'are refused after a %s when the newest file is missing, and say how to give it up',
    async (how) => {
      await using directory = await temporaryDirectory();
      const [a = '', b = ''] = ['a', 'b'].map((name) => join(directory.path, name));
      const root = join(directory.path, 'store');
      const killed = join(directory.path, 'killed');
      const options = { commitLogDirectories: [a, b] };
      const first = await openStore(root, options);
      append(first, 0, 58);
      await first.flush();
      // Not covered by a checkpoint: entries of queues alone tell of them.
      append(first, 58, 80);
      await written(first);
      await queuesFlushed(first);
      if (how === 'stop') await first.close();
      await cp(root, killed, { recursive: true });
      await first.close();
      expect(await readdir(b)).toHaveLength(1);
      await rename(b, `${b}.away`);
      await expect(openStore(killed, options)).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        message: expect.stringMatching(/end at 65536, .* is all of .*b mounted\? .* remove .*/),
      });
      await rename(b, `${b}.mounted`);
      await rename(`${b}.away`, b);
      {
        await using second = await openStore(killed, options);
        expect(await numbersIn(second)).toEqual(upTo(80));
      }
      await rm(b, { recursive: true });
      await rm(join(killed, 'checkpoint'));
      await rm(join(killed, 'consumequeue'), { recursive: true });
      await using third = await openStore(killed, options);
      expect(await numbersIn(third)).toEqual(upTo(59));
    },
  );

  it('are split at commas', () => {
    expect(splitDirectories(' /a/b, /c ,')).toEqual(['/a/b', '/c']);
    expect(() => new LogDirectories({ writable: ['/a'], readOnly: ['/a'] })).toThrow(
      'none is left',
    );
  });
});
