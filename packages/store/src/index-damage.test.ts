/** Index files that are not what was written: all keys are found all the same, and somebody is told. */
import { copyFile, cp, open, readdir, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Logger, silentLogger } from '@orbitmq/kernel';
import { decodeRecord } from '@orbitmq/protocol';
import {
  openStore,
  recordOf,
  temporaryDirectory,
  unpackApacheStore,
  written,
} from '../test/stores.ts';
import { INDEX_HEADER_BYTES } from './index-file.ts';
import type { MessageStore } from './message-store.ts';

const MESSAGES = 130;
/** Two keys a message: some files begin within one. */
const SETTINGS = { indexSlots: 20, indexEntries: 80 };

interface Told {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A store that was stopped, with several index files, and what its log says when it is opened again. */
class Stopped implements AsyncDisposable {
  readonly directory: string;
  /** Paths of the index files, the oldest first. */
  readonly files: readonly string[];
  readonly told: Told[] = [];
  readonly #dispose: () => PromiseLike<void>;

  static async fill(): Promise<Stopped> {
    const temporary = await temporaryDirectory();
    const store = await openStore(temporary.path, { settings: SETTINGS });
    for (let number = 0; number < MESSAGES; number++) {
      const properties = { KEYS: `k${number}`, UNIQ_KEY: `U${number}` };
      store.append(store.queue('T', 0), recordOf(`body ${number}`, properties));
    }
    await written(store);
    await store.close();
    return new Stopped(temporary.path, await indexFiles(temporary.path), () =>
      temporary[Symbol.asyncDispose](),
    );
  }

  private constructor(
    directory: string,
    files: readonly string[],
    dispose: () => PromiseLike<void>,
  ) {
    this.directory = directory;
    this.files = files;
    this.#dispose = dispose;
  }

  open(): Promise<MessageStore> {
    const tell = (fields: object, message: string): void => {
      this.told.push({ message, fields: { ...fields } });
    };
    const log: Logger = { ...silentLogger, warn: tell, error: tell };
    return openStore(this.directory, { settings: SETTINGS, log });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}

async function indexFiles(directory: string): Promise<string[]> {
  const names = (await readdir(join(directory, 'index'))).toSorted();
  return names.map((name) => join(directory, 'index', name));
}

/** @returns messages that their keys do not lead to. @throws when one leads to others, or twice */
async function notFound(store: MessageStore): Promise<number[]> {
  const missing: number[] = [];
  for (let number = 0; number < MESSAGES; number++) {
    for (const key of [`k${number}`, `U${number}`]) {
      const window = { maxMessages: 32, beginMs: 0, endMs: 1e15 };
      const { records } = await store.query({ topic: 'T', key, ...window });
      const bodies = records.map((record) => decodeRecord(record, 0).body.toString());
      if (bodies.length === 0) missing.push(number);
      else if (bodies.join() !== `body ${number}`)
        throw new Error(`${key} leads to ${bodies.join()}`);
    }
  }
  return missing;
}

async function overwrite(path: string, position: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position);
  await file.close();
}

const CASES: readonly (readonly [string, (files: readonly string[]) => Promise<void>, RegExp])[] = [
  ...[0, 20, INDEX_HEADER_BYTES, 41, 500].flatMap((bytes) =>
    [0, 2, -1].map(
      (index) =>
        [
          `file ${index} cut to ${bytes} bytes`,
          (files: readonly string[]) => truncate(files.at(index) as string, bytes),
          /cut short|index file removed/,
        ] as const,
    ),
  ),
  [
    'two files in each other’s place',
    async ([, one = '', other = '']) => {
      await rename(one, `${one}.x`);
      await rename(other, one);
      await rename(`${one}.x`, other);
    },
    /not in the order of their names/,
  ],
  [
    'the first and the last file in each other’s place, and the header of another zeroed',
    async (files) => {
      const [one = '', other = ''] = [files[0], files.at(-1)];
      await rename(one, `${one}.x`);
      await rename(other, one);
      await rename(`${one}.x`, other);
      await overwrite(files[2] as string, 0, Buffer.alloc(INDEX_HEADER_BYTES));
    },
    /index file removed/,
  ],
  [
    'a copy of a file in the place of another',
    ([one = '', other = '']) => copyFile(one, other),
    /index file removed/,
  ],
  ['a file that is gone from the end', async (files) => rm(files.at(-1) as string), /(?:)/],
  [
    'another begin in a header',
    ([, one = '']) => overwrite(one, 20, Buffer.from([0, 0, 0, 1])),
    /index file removed/,
  ],
  [
    'another end in a header',
    ([, one = '']) => overwrite(one, 28, Buffer.from([0, 0, 0, 1])),
    /index file removed/,
  ],
  [
    'another count in a header',
    ([, one = '']) => overwrite(one, 36, Buffer.from([0, 0, 0, 50])),
    /index file removed/,
  ],
  [
    'a count in a header that no file has room for',
    ([, one = '']) => overwrite(one, 36, Buffer.from([1, 0, 0, 50])),
    /index file removed/,
  ],
];

describe('an index', () => {
  it('of a store that was stopped is gone on with as it is', async () => {
    await using stopped = await Stopped.fill();
    expect(stopped.files.length).toBeGreaterThan(3);
    await using store = await stopped.open();
    expect(await notFound(store)).toEqual([]);
    expect(stopped.told).toEqual([]);
    expect(store.counters.damagedReads).toBe(0);
  });

  it.each(CASES)('with %s leads to all messages, and that is told', async (_what, damage, line) => {
    await using stopped = await Stopped.fill();
    await damage(stopped.files);
    {
      await using store = await stopped.open();
      expect(await notFound(store)).toEqual([]);
      expect(stopped.told.map(({ message }) => message).join('\n')).toMatch(line);
    }
    // What was put right stays so.
    await using again = await stopped.open();
    expect(await notFound(again)).toEqual([]);
  });

  it('is not made again at each start since a file of another size stays', async () => {
    await using stopped = await Stopped.fill();
    await truncate(stopped.files[1] as string, 500);
    await (await stopped.open()).close();
    const made = await indexFiles(stopped.directory);
    await (await stopped.open()).close();
    expect(await indexFiles(stopped.directory)).toEqual(made);
  });

  it('with an entry of another slot leaves out what is behind it, once told and each time counted', async () => {
    await using stopped = await Stopped.fill();
    const first = INDEX_HEADER_BYTES + SETTINGS.indexSlots * 4;
    await using store = await stopped.open();
    await overwrite(stopped.files[1] as string, first + 20 * 40, Buffer.alloc(20, 1));
    expect((await notFound(store)).length).toBeGreaterThan(0);
    expect(stopped.told).toEqual([
      {
        message: 'the key index is damaged: messages may not be found by their keys',
        fields: { file: expect.any(String), entry: 40, reason: expect.any(String) },
      },
    ]);
    const { damagedReads } = store.counters;
    await notFound(store);
    expect(store.counters.damagedReads).toBe(2 * damagedReads);
  });

  it('of which a file was cut short while it is open tells so', async () => {
    await using stopped = await Stopped.fill();
    await using store = await stopped.open();
    await truncate(stopped.files[0] as string, INDEX_HEADER_BYTES + SETTINGS.indexSlots * 4);
    expect((await notFound(store)).length).toBeGreaterThan(0);
    expect(store.counters.damagedReads).toBeGreaterThan(0);
  });
});

describe('the newest index file of an Apache broker that was killed', () => {
  it.each(['4.9.7', '5.5.0'])('is made again, whatever its header counts (%s)', async (version) => {
    await using directory = await temporaryDirectory();
    await unpackApacheStore(version, directory.path);
    const root = join(directory.path, 'store');
    const [newest = ''] = (await indexFiles(root)).slice(-1);
    const sound = join(directory.path, 'sound');
    await cp(root, sound, { recursive: true });
    const expected = await entriesByKey(sound);
    // The system wrote slots and entries back, and the header as it was before: 10 entries are counted.
    await overwrite(newest, 36, Buffer.from([0, 0, 0, 10]));
    await (await open(join(root, 'abort'), 'w')).close();
    expect(expected.length).toBeGreaterThan(500);
    expect(await entriesByKey(root)).toEqual(expected);
  });
});

/** What each unique key of a store of Apache's leads to. */
async function entriesByKey(root: string): Promise<[string, number][]> {
  const found: [string, number][] = [];
  await using store = await openStore(root);
  for (const queue of store.queuesOf('Fixture')) {
    for (let offset = queue.minOffset; offset < queue.maxOffset; offset++) {
      const record = await store.recordAt(queue, offset);
      const key = record && decodeRecord(record, 0).properties['UNIQ_KEY'];
      if (key === undefined) continue;
      const window = { maxMessages: 32, beginMs: 0, endMs: 1e15 };
      const { records } = await store.query({ topic: 'Fixture', key, ...window });
      found.push([key, records.length]);
    }
  }
  return found;
}
