/** One story of a broker's metadata, told again and again: each time another call to SQLite or the disk fails. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { errorCode, type Logger, silentLogger } from '@orbitmq/kernel';
import { parseFastJson } from '@orbitmq/protocol';
import { groupConfig, topicConfig } from '../test/configs.ts';
import { type Failing, FailingCalls } from '../test/failing-calls.ts';
import { BrokerMetadata, DATABASE_FILE, DatabaseView } from './index.ts';

const IMPORTED = ['Imported1', 'Imported2', 'Imported3'];
const JSON_FILES = [
  'topics.json',
  'subscriptionGroup.json',
  'consumerOffset.json',
  'delayOffset.json',
];
const NOT_EXPORTED = 'config files not written, the database has all';

/** What was told to be done, and so has to be there; what failed may be there or not. */
class Promises {
  readonly topics = new Set(IMPORTED);
  readonly mayBeThere = new Set<string>();
  isGroupPut = false;
  offset = 3;
  highestOffset = 3;
  delayOffset = 0;
  /** The JSON files have all of it. */
  isExported = false;
}

/** @returns what failed, undefined when nothing did; rethrows what is no failure of the disk */
function problemOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'METADATA_UNAVAILABLE' || code === 'EIO') return code;
  throw error;
}

async function attempt(act: () => unknown): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    problemOf(error);
    return false;
  }
}

class Story {
  readonly promises = new Promises();
  readonly #directory: string;
  readonly #calls: FailingCalls;
  readonly #told: string[] = [];

  constructor(directory: string, calls: FailingCalls) {
    this.#directory = directory;
    this.#calls = calls;
  }

  async tell(): Promise<void> {
    const { promises } = this;
    let metadata = await this.#open();
    await this.#put(metadata, 'First');
    await this.#commit(metadata, 10);
    await attempt(() => metadata.exportJson());
    await this.#delete(metadata, 'Imported1');
    await this.#commit(metadata, 20);
    await this.#close(metadata);
    metadata = await this.#open();
    await this.#put(metadata, 'Second');
    if (await attempt(() => metadata.putGroups([groupConfig('Shop')]))) promises.isGroupPut = true;
    metadata.setDelayOffset(2, 7);
    if (await attempt(() => metadata.flushDelayOffsets())) promises.delayOffset = 7;
    await attempt(() => metadata.correctOffsets(() => 1e9));
    await this.#commit(metadata, 30);
    await this.#close(metadata);
  }

  /** Opens it; what failed once is well the second time. */
  async #open(): Promise<BrokerMetadata> {
    this.promises.isExported = false;
    const tell = (_fields: object, message: string): void => void this.#told.push(message);
    const log: Logger = { ...silentLogger, error: tell };
    const options = { directory: this.#directory, disk: this.#calls.disk, log };
    try {
      return await BrokerMetadata.open(options);
    } catch (error) {
      problemOf(error);
      return BrokerMetadata.open(options);
    }
  }

  async #put(metadata: BrokerMetadata, name: string): Promise<void> {
    this.promises.mayBeThere.add(name);
    if (await attempt(() => metadata.putTopic(topicConfig(name)))) this.promises.topics.add(name);
    // Memory has what the caller was told.
    if ((metadata.topic(name) !== undefined) !== this.promises.topics.has(name)) {
      throw new Error(`memory tells another state of ${name} than the call did`);
    }
  }

  async #delete(metadata: BrokerMetadata, name: string): Promise<void> {
    this.promises.topics.delete(name);
    if (!(await attempt(() => metadata.deleteTopic(name)))) this.promises.mayBeThere.add(name);
  }

  async #commit(metadata: BrokerMetadata, offset: number): Promise<void> {
    metadata.commitConsumerOffset('Imported2', 'Shop', 0, offset);
    this.promises.highestOffset = offset;
    // A flush that fails leaves all to the next.
    if (await attempt(() => metadata.flush())) this.promises.offset = offset;
  }

  async #close(metadata: BrokerMetadata): Promise<void> {
    this.#told.length = 0;
    if (!(await attempt(() => metadata.close()))) return;
    this.promises.offset = this.promises.highestOffset;
    this.promises.isExported = !this.#told.includes(NOT_EXPORTED);
  }
}

/** Topics that are missing or were never put, and what else is wrong. */
async function brokenPromises(directory: string, promises: Promises): Promise<string[]> {
  const broken: string[] = [];
  await using metadata = await BrokerMetadata.open({ directory });
  const names = [...metadata.topics()].map(({ topicName }) => topicName);
  for (const name of promises.topics) if (!names.includes(name)) broken.push(`no ${name}`);
  for (const name of names) {
    if (!promises.topics.has(name) && !promises.mayBeThere.has(name)) broken.push(`has ${name}`);
  }
  const offset = metadata.consumerOffset('Imported2', 'Shop', 0) ?? 0;
  if (offset < promises.offset || offset > promises.highestOffset) {
    broken.push(`offset ${offset}, promised ${promises.offset}`);
  }
  if (promises.isGroupPut && metadata.group('Shop') === undefined) broken.push('no group');
  if ((metadata.delayOffset(2) ?? 0) < promises.delayOffset) broken.push('delay offset');
  return broken;
}

async function databaseProblems(directory: string): Promise<string[]> {
  await using view = await DatabaseView.open(join(directory, DATABASE_FILE));
  return view.problems();
}

/** One of a JSON file and its copy can be read at any time. */
function unreadableFiles(directory: string): string[] {
  return JSON_FILES.filter((name) => {
    const contents = [name, `${name}.bak`].map((each) => contentOf(join(directory, each)));
    const present = contents.filter((content) => content !== undefined);
    return present.length > 0 && !present.some(isJson);
  });
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isJson(content: Buffer): boolean {
  try {
    parseFastJson(content);
    return true;
  } catch (error) {
    if (errorCode(error) === 'JSON_MALFORMED') return false;
    throw error;
  }
}

/** The same, of what the JSON files alone tell. */
async function brokenInFiles(directory: string, promises: Promises): Promise<string[]> {
  for (const end of ['', '-wal', '-shm']) {
    rmSync(join(directory, DATABASE_FILE + end), { force: true });
  }
  const broken = await brokenPromises(directory, promises);
  return broken.map((each) => `files: ${each}`);
}

/** In memory where that is possible: what a sync takes on a busy disk is not what this is about. */
const ROOT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A directory as an Apache broker left it. */
function apacheDirectory(): string {
  const directory = mkdtempSync(join(ROOT, 'orbitmq-metadata-'));
  const topicConfigTable = Object.fromEntries(IMPORTED.map((name) => [name, topicConfig(name)]));
  writeFileSync(join(directory, 'topics.json'), JSON.stringify({ topicConfigTable }));
  const offsets = '{"offsetTable":{"Imported2@Shop":{0:3}}}';
  writeFileSync(join(directory, 'consumerOffset.json'), offsets);
  return directory;
}

/** @returns whether the story had so many calls */
async function tellWithFailure(failAt: number, how: Failing): Promise<boolean> {
  const directory = apacheDirectory();
  try {
    const calls = new FailingCalls(failAt, how);
    const story = new Story(directory, calls);
    try {
      await story.tell();
    } finally {
      calls[Symbol.dispose]();
    }
    const { promises } = story;
    expect(await databaseProblems(directory)).toEqual([]);
    expect(unreadableFiles(directory)).toEqual([]);
    const broken = await brokenPromises(directory, promises);
    if (promises.isExported) broken.push(...(await brokenInFiles(directory, promises)));
    expect(broken).toEqual([]);
    return calls.hasFailed;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

it.each(['before', 'after'] as const)(
  'metadata keep what they promised, whichever call fails (%s it was done)',
  async (how) => {
    let call = 0;
    for (let hasFailed = true; hasFailed; ) {
      call++;
      hasFailed = await tellWithFailure(call, how).catch((cause: unknown) => {
        throw new Error(`with call ${call} failing ${how} it was done`, { cause });
      });
    }
    expect(call).toBeGreaterThan(200);
  },
  240_000,
);
