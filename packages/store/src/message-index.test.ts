import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeRecord } from '@orbitmq/protocol';
import {
  messagesOf,
  openStore,
  recordOf,
  temporaryDirectory,
  unpackApacheStore,
  written,
} from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import { INDEX_HEADER_BYTES } from './index-file.ts';
import type { MessageStore } from './message-store.ts';

/** All in one file. */
const LARGE_INDEX = { settings: { indexEntries: 2000 } };
const EVER = { beginMs: 0, endMs: Number.MAX_SAFE_INTEGER, maxMessages: 32 };

async function bodiesByKey(
  store: MessageStore,
  key: string,
  limits: Partial<typeof EVER> = {},
): Promise<string[]> {
  const { records } = await store.query({ topic: 'T', key, ...EVER, ...limits });
  return records.map((record) => decodeRecord(record, 0).body.toString());
}

/** Each has the key of its number, one of ten it shares with others, and a unique key. */
function appendKeyed(store: MessageStore, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const properties = { KEYS: `k${index} ten${index % 10}`, UNIQ_KEY: `U${index}` };
    const status = store.append(store.queue('T', index % 3), recordOf(`body ${index}`, properties));
    expect(status).toBe(AppendStatus.ok);
  }
}

/** Flushes a store whose newest message has a key; the index has it by then. */
async function flushIndexed(store: MessageStore, newestKey: string): Promise<void> {
  await written(store);
  expect(await bodiesByKey(store, newestKey)).toHaveLength(1);
  await store.flush();
}

async function indexFiles(directory: string): Promise<Buffer[]> {
  const names = (await readdir(join(directory, 'index'))).toSorted();
  return Promise.all(names.map((name) => readFile(join(directory, 'index', name))));
}

describe('the key index', () => {
  it('finds messages by key and by unique key at once, over many files', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path);
    appendKeyed(store, 0, 1000);
    await written(store);
    expect(await bodiesByKey(store, 'k0')).toEqual(['body 0']);
    expect(await bodiesByKey(store, 'U999')).toEqual(['body 999']);
    expect(await bodiesByKey(store, 'k1000')).toEqual([]);
    expect(await store.query({ topic: 'Other', key: 'k0', ...EVER })).toMatchObject({
      records: [],
    });
  });

  it('gives the newest of many, in the order of the log', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path);
    appendKeyed(store, 0, 1000);
    await written(store);
    const bodies = await bodiesByKey(store, 'ten7', { maxMessages: 3 });
    expect(bodies).toEqual(['body 977', 'body 987', 'body 997']);
  });

  it('leaves out what was stored at other times', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path);
    appendKeyed(store, 0, 10);
    await written(store);
    const storedMs = (await store.storeTimeAt(store.queue('T', 0), 0)) as number;
    expect(await bodiesByKey(store, 'k3', { endMs: storedMs - 1 })).toEqual([]);
    expect(await bodiesByKey(store, 'k3', { beginMs: storedMs + 2000 })).toEqual([]);
    expect(await bodiesByKey(store, 'k3', { beginMs: storedMs - 1000 })).toEqual(['body 3']);
  });

  it('is gone on with after a clean stop, without any message twice', async () => {
    await using directory = await temporaryDirectory();
    const first = await openStore(directory.path);
    appendKeyed(first, 0, 500);
    await first.close();
    await using second = await openStore(directory.path);
    appendKeyed(second, 500, 1000);
    await written(second);
    expect(await bodiesByKey(second, 'ten7', { maxMessages: 200 })).toHaveLength(100);
    expect(await entryCount(second, directory.path)).toBe(3000);
  });

  it('has everything after the process was killed, without any message twice', async () => {
    await using directory = await temporaryDirectory();
    const killed = await openStore(directory.path);
    appendKeyed(killed, 0, 500);
    await killed.flush();
    appendKeyed(killed, 500, 1000);
    await written(killed);
    await bodiesByKey(killed, 'k0');
    const store = await openStore(directory.path);
    expect(await bodiesByKey(store, 'k999')).toEqual(['body 999']);
    expect(await bodiesByKey(store, 'ten7', { maxMessages: 200 })).toHaveLength(100);
    expect(await entryCount(store, directory.path)).toBe(3000);
    await store.close();
    await killed.close();
  });

  it('has everything once when a kill cut the write of its header short, wherever that was', async () => {
    await using directory = await temporaryDirectory();
    const killed = await openStore(directory.path, LARGE_INDEX);
    appendKeyed(killed, 0, 100);
    await flushIndexed(killed, 'k99');
    const [before] = await indexFiles(directory.path);
    const checkpoint = await readFile(join(directory.path, 'checkpoint'));
    appendKeyed(killed, 100, 300);
    await flushIndexed(killed, 'k299');
    const [name] = await readdir(join(directory.path, 'index'));
    await using copies = await temporaryDirectory();
    for (let cut = 1; cut < INDEX_HEADER_BYTES; cut++) {
      const path = join(copies.path, String(cut));
      await cp(directory.path, path, { recursive: true });
      await writeFile(join(path, 'checkpoint'), checkpoint);
      const torn = await readFile(join(path, 'index', name as string));
      before?.copy(torn, cut, cut, INDEX_HEADER_BYTES);
      await writeFile(join(path, 'index', name as string), torn);
      await using store = await openStore(path, LARGE_INDEX);
      for (let last = 0; last < 10; last++) {
        const found = await bodiesByKey(store, `ten${last}`, { maxMessages: 200 });
        expect([cut, last, found.length]).toEqual([cut, last, 30]);
      }
      expect(await entryCount(store, path)).toBe(900);
    }
    await killed.close();
  });

  it('is made again from the log when its files are gone', async () => {
    await using directory = await temporaryDirectory();
    const first = await openStore(directory.path);
    appendKeyed(first, 0, 500);
    await first.close();
    await rm(join(directory.path, 'index'), { recursive: true });
    await using store = await openStore(directory.path);
    expect(await bodiesByKey(store, 'k0')).toEqual(['body 0']);
    expect(await entryCount(store, directory.path)).toBe(1500);
  });

  it('takes no file for an index file that is none, or of other settings', async () => {
    await using directory = await temporaryDirectory();
    const first = await openStore(directory.path, { settings: { indexSlots: 7 } });
    appendKeyed(first, 0, 100);
    await first.close();
    await writeFile(join(directory.path, 'index', 'notes.txt'), 'mine');
    await using store = await openStore(directory.path);
    expect(await bodiesByKey(store, 'k0')).toEqual(['body 0']);
    expect(await readFile(join(directory.path, 'index', 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('is not written when it is switched off', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path, { settings: { isIndexed: false } });
    appendKeyed(store, 0, 10);
    await written(store);
    expect(await bodiesByKey(store, 'k0')).toEqual([]);
    expect(await readdir(directory.path)).not.toContain('index');
  });

  it.each(['4.9.7', '5.5.0'])('writes the same bytes as Apache %s', async (version) => {
    await using directory = await temporaryDirectory();
    await unpackApacheStore(version, directory.path);
    const root = join(directory.path, 'store');
    const theirs = await indexFiles(root);
    await rm(join(root, 'index'), { recursive: true });
    const store = await openStore(root);
    await store.close();
    const ours = await indexFiles(root);
    expect(theirs.length).toBeGreaterThan(5);
    expect(ours.map((file) => file.toString('hex'))).toEqual(
      theirs.map((file) => file.toString('hex')),
    );
  });

  it.each(['4.4.0', '4.9.7', '5.5.0'])('goes on with the files of Apache %s', async (version) => {
    await using directory = await temporaryDirectory();
    await unpackApacheStore(version, directory.path);
    const root = join(directory.path, 'store');
    const before = await indexFiles(root);
    await using store = await openStore(root);
    const [message] = await messagesOf(store, store.queue('Fixture', 0));
    const key = message?.properties['UNIQ_KEY'] as string;
    const { records } = await store.query({ topic: 'Fixture', key, ...EVER });
    expect(records.map((record) => decodeRecord(record, 0))).toEqual([message]);
    const after = await indexFiles(root);
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  });
});

/** Entries of all files together, once everything is indexed and written. */
async function entryCount(store: MessageStore, directory: string): Promise<number> {
  await bodiesByKey(store, 'k0');
  await store.flush();
  const files = await indexFiles(directory);
  return files.reduce((sum, file) => sum + file.readInt32BE(36) - 1, 0);
}
