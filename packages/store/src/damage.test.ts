/** Files that change behind the store's back: what is read from them is what was written, or is left out and told of. */
import { open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { GrowingBuffer, type Logger, silentLogger } from '@orbitmq/kernel';
import { decodeRecord, decodeRecords, type StoredMessage } from '@orbitmq/protocol';
import { messagesOf, openStore, recordOf, temporaryDirectory, written } from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';
import { ENTRY_BYTES } from './queue.ts';

const MESSAGES = 240;
const QUEUES = [
  ['A', 0],
  ['A', 1],
  ['B', 0],
] as const;
const LIMITS = { maxMessages: 32, maxBytes: 1e9 };

interface Place {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
}

interface Filled extends AsyncDisposable {
  readonly store: MessageStore;
  readonly directory: string;
  /** Of each message by its number; it is the n-th of its queue, n being the number / 3. */
  readonly places: readonly Place[];
  readonly lines: Record<string, unknown>[];
}

/** A store that was stopped and opened again, so that nothing of it is in memory. All records are of one size. */
async function filledStore(): Promise<Filled> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  const settings = { commitLogFileBytes: 16 * 1024, consumeQueueFileBytes: 600 };
  const first = await openStore(directory, { settings });
  const places: Place[] = [];
  for (let number = 0; number < MESSAGES; number++) {
    const [topic, queueId] = QUEUES[number % 3] as (typeof QUEUES)[number];
    first.append(first.queue(topic, queueId), recordOf(bodyOf(number), { KEYS: keyOf(number) }));
    const { physicalOffset, sizeBytes } = first.appended;
    places.push({ physicalOffset, sizeBytes });
  }
  await written(first);
  await first.close();
  const lines: Record<string, unknown>[] = [];
  const log: Logger = { ...silentLogger, error: (fields) => lines.push({ ...fields }) };
  const store = await openStore(directory, { settings, log });
  return {
    store,
    directory,
    places,
    lines,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

function bodyOf(number: number): string {
  return `message ${String(number).padStart(4, '0')} ${'x'.repeat(200)}`;
}

function keyOf(number: number): string {
  return `key-${String(number).padStart(4, '0')}`;
}

/** Changes bytes of one of a store's files, which are `fileBytes` each and named after their first byte. */
async function change(
  { directory }: Filled,
  { path, fileBytes, offset }: { path: string; fileBytes: number; offset: number },
  bytes: (before: Buffer) => Buffer,
  length = 1,
): Promise<void> {
  const base = offset - (offset % fileBytes);
  const file = await open(join(directory, path, String(base).padStart(20, '0')), 'r+');
  const before = Buffer.alloc(length);
  await file.read(before, 0, length, offset - base);
  await file.write(bytes(before), 0, length, offset - base);
  await file.close();
}

const flipped = (before: Buffer): Buffer => Buffer.from(before.map((byte) => byte ^ 0x40));
const logAt = (offset: number) => ({ path: 'commitlog', fileBytes: 16 * 1024, offset });
const queueAt = (number: number, inEntry = 0) => {
  const [topic, queueId] = QUEUES[number % 3] as (typeof QUEUES)[number];
  const offset = Math.floor(number / 3) * ENTRY_BYTES + inEntry;
  return { path: `consumequeue/${topic}/${queueId}`, fileBytes: 600, offset };
};

/**
 * Goes through all queues to their ends.
 *
 * @returns the numbers of messages that were left out, each time the others were right
 */
async function leftOut({ store }: Pick<Filled, 'store'>): Promise<number[]> {
  const missing: number[] = [];
  for (const [index, [topic, queueId]] of QUEUES.entries()) {
    const messages = await messagesOf(store, store.queue(topic, queueId));
    const byOffset = new Map(messages.map((message) => [message.queueOffset, message]));
    expect(byOffset.size).toBe(messages.length);
    for (let number = index; number < MESSAGES; number += 3) {
      const message = byOffset.get(Math.floor(number / 3));
      if (message === undefined) missing.push(number);
      else expectMessage(message, number);
    }
  }
  return missing.toSorted((left, right) => left - right);
}

function expectMessage(message: StoredMessage, number: number): void {
  const [topic, queueId] = QUEUES[number % 3] as (typeof QUEUES)[number];
  expect(message).toMatchObject({ topic, queueId, queueOffset: Math.floor(number / 3) });
  expect(message.body.toString()).toBe(bodyOf(number));
}

it('serves an undamaged store whole and tells of nothing', async () => {
  await using filled = await filledStore();
  expect(await leftOut(filled)).toEqual([]);
  expect(filled.lines).toEqual([]);
  expect(filled.store.counters.damagedReads).toBe(0);
});

it('leaves out a record with a flipped byte in whatever tells what it is, and in its body', async () => {
  const where = { size: 3, magic: 7, crc: 9, queueId: 15, queueOffset: 27, place: 35, body: 120 };
  for (const [part, position] of Object.entries(where)) {
    await using filled = await filledStore();
    const place = filled.places[100] as Place;
    await change(filled, logAt(place.physicalOffset + position), flipped);
    expect([part, await leftOut(filled)]).toEqual([part, [100]]);
    expect(filled.lines).toEqual([
      {
        queue: 'A/1',
        queueOffset: 33,
        physicalOffset: place.physicalOffset,
        sizeBytes: place.sizeBytes,
        reason: expect.any(String),
      },
    ]);
    expect(filled.store.counters.damagedReads).toBe(1);
  }
});

it('tells once of a place, however often it is read, and goes on counting', async () => {
  await using filled = await filledStore();
  const { physicalOffset } = filled.places[100] as Place;
  await change(filled, logAt(physicalOffset + 120), flipped);
  await leftOut(filled);
  await leftOut(filled);
  expect(filled.lines).toHaveLength(1);
  expect(filled.store.counters.damagedReads).toBe(2);
});

it('leaves out a flipped entry of a queue, whether it leads nowhere or to another message', async () => {
  for (const position of [0, 5, 6, 7, 8, 10, 11]) {
    await using filled = await filledStore();
    await change(filled, queueAt(100, position), flipped);
    expect([position, await leftOut(filled)]).toEqual([position, [100]]);
    expect(filled.lines).toHaveLength(1);
  }
});

it('does not serve one message in the place of another when entries or records are swapped', async () => {
  // Of the same queue, of the same topic, of another one.
  for (const other of [103, 98, 101]) {
    for (const kind of ['entries', 'records']) {
      await using filled = await filledStore();
      const [first, second] = [filled.places[100] as Place, filled.places[other] as Place];
      const length = kind === 'entries' ? ENTRY_BYTES : first.sizeBytes;
      const one = kind === 'entries' ? queueAt(100) : logAt(first.physicalOffset);
      const two = kind === 'entries' ? queueAt(other) : logAt(second.physicalOffset);
      let kept = Buffer.alloc(0);
      await change(filled, one, (before) => (kept = Buffer.from(before)), length);
      let taken = Buffer.alloc(0);
      await change(filled, two, (before) => ((taken = Buffer.from(before)), kept), length);
      await change(filled, one, () => taken, length);
      const missing = [100, other].toSorted((left, right) => left - right);
      expect([kind, other, await leftOut(filled)]).toEqual([kind, other, missing]);
      expect(filled.lines).toHaveLength(2);
    }
  }
});

it('goes on behind files that were cut short, and behind those that are gone', async () => {
  await using filled = await filledStore();
  await truncate(join(filled.directory, 'commitlog', '16384'.padStart(20, '0')), 5000);
  await truncate(join(filled.directory, 'consumequeue/B/0', '600'.padStart(20, '0')), 110);
  const missing = await leftOut(filled);
  const cutOff = (number: number): boolean => {
    const { physicalOffset, sizeBytes } = filled.places[number] as Place;
    const isInFile = physicalOffset >= 16_384 && physicalOffset < 32_768;
    const isCutInLog = isInFile && physicalOffset + sizeBytes > 16_384 + 5000;
    const index = Math.floor(number / 3);
    return isCutInLog || (number % 3 === 2 && index >= 35 && index < 60);
  };
  const expected = Array.from({ length: MESSAGES }, (_, number) => number).filter(cutOff);
  expect(missing).toEqual(expected);
  expect(filled.lines).toHaveLength(expected.length);
});

it('does not give damaged records by place, by queue offset, nor by key', async () => {
  await using filled = await filledStore();
  const { store, places, lines } = filled;
  const { physicalOffset, sizeBytes } = places[100] as Place;
  await change(filled, logAt(physicalOffset + 120), flipped);
  expect(await store.recordAtOffset(physicalOffset)).toBeUndefined();
  expect(await store.recordOfSize(physicalOffset, sizeBytes)).toBeUndefined();
  expect(await store.recordAt(store.queue('A', 1), 33)).toBeUndefined();
  const entry = await store.entryAt(store.queue('A', 1), 33);
  expect(entry && (await store.recordsOf([entry]))).toEqual([undefined]);
  const query = { topic: 'A', key: keyOf(100), maxMessages: 32, beginMs: 0, endMs: Date.now() };
  expect((await store.query(query)).records).toEqual([]);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every((line) => line['physicalOffset'] === physicalOffset)).toBe(true);
  expect(store.counters.damagedReads).toBeGreaterThanOrEqual(5);
});

it('takes nothing for damage that an asked place is no record', async () => {
  await using filled = await filledStore();
  const { physicalOffset } = filled.places[100] as Place;
  expect(await filled.store.recordAtOffset(physicalOffset + 1)).toBeUndefined();
  expect(await filled.store.recordAtOffset(1e12)).toBeUndefined();
  expect(filled.lines).toEqual([]);
});

it('gives a blank entry in the place of one that reads as zero, for whoever goes through a queue', async () => {
  await using filled = await filledStore();
  const { store } = filled;
  await change(filled, queueAt(100), () => Buffer.alloc(ENTRY_BYTES), ENTRY_BYTES);
  const queue = store.queue('A', 1);
  const entry = await store.entryAt(queue, 33);
  expect(entry).toMatchObject({ physicalOffset: 0, sizeBytes: 0x7fff_ffff });
  expect(await store.recordAt(queue, 33)).toBeUndefined();
  expect(await store.storeTimeAt(queue, 33)).toBeUndefined();
  expect(filled.lines.length).toBeGreaterThan(0);
});

it('finds by key what was stored with it and nothing else, whatever byte of the index is flipped', async () => {
  await using filled = await filledStore();
  const { store, directory, places } = filled;
  const names = await readdir(join(directory, 'index'));
  const numberAt = new Map(places.map(({ physicalOffset }, number) => [physicalOffset, number]));
  const headerAndSlots = 40 + 50 * 4;
  let found = 0;
  for (let step = 0; step < 60; step++) {
    const file = await open(join(directory, 'index', names[step % names.length] as string), 'r+');
    const byte = Buffer.alloc(1);
    const position = step % 2 === 0 ? 40 + step * 3 : headerAndSlots + 20 + step * 37;
    await file.read(byte, 0, 1, position);
    await file.write(flipped(byte), 0, 1, position);
    await file.close();
    const number = (step * 7) % MESSAGES;
    const [topic] = QUEUES[number % 3] as (typeof QUEUES)[number];
    const query = { topic, key: keyOf(number), maxMessages: 32, beginMs: 0, endMs: 1e15 };
    for (const record of (await store.query(query)).records) {
      const message = decodeRecord(record, 0);
      expect(numberAt.get(message.physicalOffset)).toBe(number);
      expectMessage(message, number);
      found++;
    }
  }
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(60);
});

it('checks a record once for each time its stride is read', async () => {
  await using filled = await filledStore();
  const { store, places } = filled;
  const queue = store.queue('A', 0);
  const read = async (): Promise<StoredMessage[]> => {
    const out = new GrowingBuffer(1024);
    await store.read(queue, 0, LIMITS, out);
    return decodeRecords(out.take());
  };
  expect(await read()).toHaveLength(32);
  // In the cache it is what it was; what is read anew is looked at again.
  await change(filled, logAt((places[0] as Place).physicalOffset + 120), flipped);
  expect(await read()).toHaveLength(32);
  expect(filled.lines).toEqual([]);
});
