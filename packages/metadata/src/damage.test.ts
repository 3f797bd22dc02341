import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import fc from 'fast-check';
import { groupConfig, topicConfig } from '../test/configs.ts';
import { BrokerMetadata, DATABASE_FILE, DatabaseView } from './index.ts';

const PAGE_BYTES = 4096;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = (): string => join(directory, DATABASE_FILE);

/** A closed database with something in each table. */
async function database(): Promise<Buffer> {
  const metadata = await BrokerMetadata.open({ directory });
  metadata.putTopics(Array.from({ length: 60 }, (_, index) => topicConfig(`Topic${index}`)));
  metadata.putGroups([groupConfig('Shop')]);
  metadata.setForbiddenMask('Shop', 'Topic1', 4);
  for (let group = 0; group < 60; group++) {
    metadata.commitConsumerOffset('Orders', `Group${group}`, 0, group);
  }
  metadata.setDelayOffset(3, 7);
  await metadata.close();
  return readFileSync(file());
}

/** What opening says: undefined when it opens. Errors of other kinds are passed on. */
async function problem(): Promise<RocketMqError | undefined> {
  try {
    await (await BrokerMetadata.open({ directory })).close();
    return undefined;
  } catch (error) {
    if (error instanceof RocketMqError) return error;
    throw error;
  }
}

describe('a database with bytes changed anywhere', () => {
  it('opens, or is refused with the file’s name and what to do', async () => {
    const sound = await database();
    const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 40 }), async (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, byte] of changes) bytes[at] = byte;
        rmSync(directory, { recursive: true });
        directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
        writeFileSync(file(), bytes);
        const error = await problem();
        expect(['opens', 'METADATA_CORRUPT', 'METADATA_NEWER']).toContain(error?.code ?? 'opens');
        const text = error?.message ?? `${file()} restore it from a copy`;
        expect(text).toContain(file());
        expect(text).toMatch(/restore it from a copy|start the release that wrote it/);
        expect(text).not.toContain('\n');
      }),
      { numRuns: 60 },
    );
  });
});

describe('a database whose schema has another column than ours', () => {
  it.each(['state_version', 'timestamp', 'counter'])('for %s is refused', async (column) => {
    const bytes = await database();
    bytes.write('X', bytes.indexOf(`${column} INTEGER NOT NULL`), 'latin1');
    writeFileSync(file(), bytes);
    expect((await problem())?.code).toBe('METADATA_CORRUPT');
  });
});

describe('a database with two pages in each other’s place', () => {
  it('is refused with the file’s name, or has all that was written', async () => {
    const sound = await database();
    const pages = sound.length / PAGE_BYTES;
    const outcomes: unknown[] = [];
    for (let one = 1; one < pages; one++) {
      for (let other = one + 1; other < pages; other++) {
        const bytes = Buffer.from(sound);
        const [a, b] = [one * PAGE_BYTES, other * PAGE_BYTES];
        sound.copy(bytes, a, b, b + PAGE_BYTES);
        sound.copy(bytes, b, a, a + PAGE_BYTES);
        for (const end of ['', '-wal', '-shm']) rmSync(file() + end, { force: true });
        writeFileSync(file(), bytes);
        outcomes.push(await contentOrProblem());
      }
    }
    const others = outcomes.filter((outcome) => outcome !== 'METADATA_CORRUPT');
    expect(others).toEqual(others.map(() => CONTENT));
    expect(outcomes.length - others.length).toBeGreaterThan(pages);
  });
});

/** What {@link database} puts, in short. */
const CONTENT = {
  topics: Array.from({ length: 60 }, (_, index) => `Topic${index}`).toSorted(),
  groups: ['Shop'],
  offsets: Array.from({ length: 60 }, (_, group) => `Group${group} ${group}`).toSorted(),
  forbidden: 4,
  delayOffsets: [[3, 7]],
};

async function contentOrProblem(): Promise<unknown> {
  let metadata: BrokerMetadata | undefined;
  try {
    metadata = await BrokerMetadata.open({ directory });
    return {
      topics: [...metadata.topics()].map(({ topicName }) => topicName).toSorted(),
      groups: [...metadata.groups()].map(({ groupName }) => groupName),
      offsets: [...metadata.consumerOffsets()]
        .map(({ group, offsets }) => `${group} ${offsets.get(0)}`)
        .toSorted(),
      forbidden: metadata.forbiddenMask('Shop', 'Topic1'),
      delayOffsets: [...metadata.delayOffsets()],
    };
  } catch (error) {
    if (error instanceof RocketMqError) return error.code;
    throw error;
  } finally {
    await metadata?.close();
  }
}

it.each([
  ['a database cut to half', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['a text file', () => Buffer.from('x'.repeat(5000))],
  [
    'a database whose table is gone',
    (bytes: Buffer) => rename(bytes, 'delay_offset', 'delay_offsxt'),
  ],
  ['a topic whose configuration is none', (bytes: Buffer) => rename(bytes, '"perm":6', '"perm":{')],
])('%s is refused, and opens once it is moved away', async (_what, damage) => {
  writeFileSync(file(), damage(await database()));
  expect(await problem()).toMatchObject({
    code: 'METADATA_CORRUPT',
    message: expect.stringContaining('move it away to start from the JSON files beside it'),
  });
  for (const end of ['', '-wal', '-shm']) rmSync(file() + end, { force: true });
  await using metadata = await BrokerMetadata.open({ directory });
  expect([...metadata.topics()]).toHaveLength(60);
  expect(metadata.consumerOffset('Orders', 'Group59', 0)).toBe(59);
  expect(metadata.forbiddenMask('Shop', 'Topic1')).toBe(4);
});

function rename(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

describe('a view of the database', () => {
  it('shows all rows and changes nothing', async () => {
    const before = await database();
    {
      await using view = await DatabaseView.open(file());
      expect(view.problems()).toEqual([]);
      expect([...view.rows('topic')]).toHaveLength(60);
      expect([...view.rows('delay_offset')]).toEqual([{ level: 3, queue_offset: 7 }]);
    }
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  it('of a file that is none is refused', async () => {
    writeFileSync(file(), 'x'.repeat(5000));
    await expect(DatabaseView.open(file())).rejects.toThrow(/metadata\.db: file is not a database/);
  });
});
