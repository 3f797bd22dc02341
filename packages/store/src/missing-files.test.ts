/** A log of which files are missing at either end, or between. */
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeRecord } from '@orbitmq/protocol';
import { messagesOf, openStore, recordOf, temporaryDirectory, written } from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';

const MESSAGES = 160;
const FILE_BYTES = 8192;
const SETTINGS = { commitLogFileBytes: FILE_BYTES, consumeQueueFileBytes: 400 };

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
const paths = { stopped: '', killed: '' };
type State = keyof typeof paths;
const STATES: readonly State[] = ['stopped', 'killed'];
/** Where each message's record begins. */
const places: number[] = [];

beforeAll(async () => {
  temporary = await temporaryDirectory();
  paths.stopped = join(temporary.path, 'stopped');
  paths.killed = join(temporary.path, 'killed');
  const store = await openStore(paths.stopped, { settings: SETTINGS });
  append(store, 0, MESSAGES);
  await written(store);
  await store.flush();
  await cp(paths.stopped, paths.killed, { recursive: true });
  await rm(join(paths.killed, 'lock.owner'));
  await store.close();
});

afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

function append(store: MessageStore, from: number, to: number): void {
  for (let number = from; number < to; number++) {
    const record = recordOf(bodyOf(number), { KEYS: `k${number}` });
    store.append(store.queue('T', number % 2), record);
    if (places.length <= number) places.push(store.appended.physicalOffset);
  }
}

function bodyOf(number: number): string {
  return `message ${number} ${'x'.repeat(300)}`;
}

/** A copy of a store without some of its log files, and their names. */
async function without(
  state: State,
  isGone: (index: number, count: number) => boolean,
): Promise<{ path: string; log: string; names: string[] }> {
  const path = join(temporary.path, 'copy');
  await rm(path, { recursive: true, force: true });
  await cp(paths[state], path, { recursive: true });
  const log = join(path, 'commitlog');
  const names = (await readdir(log)).toSorted();
  const gone = names.filter((_, index) => isGone(index, names.length));
  for (const name of gone) await rm(join(log, name));
  return { path, log, names };
}

async function numbersServed(store: MessageStore): Promise<number[]> {
  const queues = [store.queue('T', 0), store.queue('T', 1)];
  const messages = (await Promise.all(queues.map((queue) => messagesOf(store, queue)))).flat();
  const numbers = messages.map(({ body }) => Number(body.toString().split(' ')[1]));
  expect(messages.map(({ body }) => body.toString())).toEqual(numbers.map(bodyOf));
  return numbers.toSorted((one, other) => one - other);
}

const numbersIn = (from: number, to: number): number[] =>
  Array.from({ length: MESSAGES }, (_, number) => number).filter(
    (number) => (places[number] as number) >= from && (places[number] as number) < to,
  );

describe.each(STATES)('a store that was %s', (state) => {
  it('without its oldest log files serves the others, and goes on', async () => {
    const { path } = await without(state, (index) => index < 2);
    const kept = numbersIn(2 * FILE_BYTES, 1e9);
    {
      await using store = await openStore(path, { settings: SETTINGS });
      expect(store.minPhysicalOffset).toBe(2 * FILE_BYTES);
      expect(await numbersServed(store)).toEqual(kept);
      expect(store.queue('T', 0).minOffset).toBeGreaterThan(0);
      append(store, MESSAGES, MESSAGES + 10);
      await written(store);
      for (const [number, count] of [
        [0, 0],
        [kept[0] ?? 0, 1],
        [MESSAGES + 9, 1],
      ] as const) {
        const window = { maxMessages: 32, beginMs: 0, endMs: 1e15 };
        const { records } = await store.query({ topic: 'T', key: `k${number}`, ...window });
        const bodies = records.map((record) => decodeRecord(record, 0).body.toString());
        expect(bodies).toEqual(count === 0 ? [] : [bodyOf(number)]);
      }
    }
    await using again = await openStore(path, { settings: SETTINGS });
    const added = Array.from({ length: 10 }, (_, index) => MESSAGES + index);
    expect(await numbersServed(again)).toEqual([...kept, ...added]);
  });

  it('with only its oldest log files is refused, and begins behind them when the rest is given up', async () => {
    const { path } = await without(state, (index) => index >= 2);
    await expect(openStore(path, { settings: SETTINGS })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringMatching(
        new RegExp(
          `end at ${2 * FILE_BYTES}, .*commitlog.* remove .*checkpoint and .*consumequeue`,
        ),
      ),
    });
    await rm(join(path, 'checkpoint'));
    await rm(join(path, 'consumequeue'), { recursive: true });
    await using store = await openStore(path, { settings: SETTINGS });
    expect(await numbersServed(store)).toEqual(numbersIn(0, 2 * FILE_BYTES));
    append(store, MESSAGES, MESSAGES + 1);
    await written(store);
    expect(await numbersServed(store)).toEqual([...numbersIn(0, 2 * FILE_BYTES), MESSAGES]);
  });

  it('without any log file is refused', async () => {
    const { path } = await without(state, () => true);
    await expect(openStore(path, { settings: SETTINGS })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
    });
  });

  it('without a log file between others serves what is before and behind, and nothing in its place', async () => {
    const { path } = await without(state, (index) => index === 1);
    await using store = await openStore(path, { settings: SETTINGS });
    const expected = [...numbersIn(0, FILE_BYTES), ...numbersIn(2 * FILE_BYTES, 1e9)];
    expect(await numbersServed(store)).toEqual(expected);
  });

  it('with a log file that is empty in the place of an old one serves the others', async () => {
    const { path, log, names } = await without(state, (index) => index === 1);
    await writeFile(join(log, names[1] as string), '');
    await using store = await openStore(path, { settings: SETTINGS });
    const expected = [...numbersIn(0, FILE_BYTES), ...numbersIn(2 * FILE_BYTES, 1e9)];
    expect(await numbersServed(store)).toEqual(expected);
  });
});
