import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeRecord } from '@orbitmq/protocol';
import { openStore, recordOf, temporaryDirectory, written } from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';
import { ENTRY_BYTES, type QueueEntry } from './queue.ts';

/** Leaves records of two queues in files, by turns; every fourth body is longer than a gap that is read over. */
async function fill(directory: string): Promise<readonly string[]> {
  await using store = await openStore(directory);
  const bodies: string[] = [];
  for (let index = 0; index < 40; index++) {
    const body = `${index}:`.padEnd(index % 4 === 0 ? 12_000 : 50, 'x');
    store.append(store.queue('T', 0), recordOf(body));
    store.append(store.queue('other', 0), recordOf('between'));
    bodies.push(body);
  }
  await written(store);
  return bodies;
}

async function entriesOf(store: MessageStore): Promise<QueueEntry[]> {
  const queue = store.queue('T', 0);
  const entries: QueueEntry[] = [];
  for (let offset = 0; offset < queue.maxOffset; offset++) {
    entries.push((await store.entryAt(queue, offset)) as QueueEntry);
  }
  return entries;
}

async function bodiesOf(store: MessageStore, entries: readonly QueueEntry[]) {
  const bodies: (string | undefined)[] = [];
  while (bodies.length < entries.length) {
    for (const record of await store.recordsOf(entries.slice(bodies.length))) {
      const bytes = record?.buffer.subarray(record.start, record.end);
      bodies.push(bytes && decodeRecord(bytes, 0).body.toString());
    }
  }
  return bodies;
}

describe('records read together', () => {
  it('are those of their entries, in memory, in files, and where one ends and the other begins', async () => {
    await using directory = await temporaryDirectory();
    const bodies = await fill(directory.path);
    await using store = await openStore(directory.path);
    const entries = await entriesOf(store);
    expect(await bodiesOf(store, entries)).toEqual(bodies);
    store.append(store.queue('T', 0), recordOf('hot'));
    await written(store);
    expect(await bodiesOf(store, await entriesOf(store))).toEqual([...bodies, 'hot']);
  });

  it('leave out the one that is damaged, and the one that is not there', async () => {
    await using directory = await temporaryDirectory();
    const bodies = await fill(directory.path);
    await using store = await openStore(directory.path);
    const entries = await entriesOf(store);
    const damaged = entries[5] as QueueEntry;
    const fileBytes = 64 * 1024;
    const base = damaged.physicalOffset - (damaged.physicalOffset % fileBytes);
    const file = await open(
      join(directory.path, 'commitlog', String(base).padStart(20, '0')),
      'r+',
    );
    await file.write(Buffer.from('?'), 0, 1, damaged.physicalOffset - base + 90);
    await file.close();
    const beyond = Object.assign(Object.create(damaged) as QueueEntry, {
      physicalOffset: store.maxPhysicalOffset - ENTRY_BYTES,
      sizeBytes: 200,
    });
    const found = await bodiesOf(store, [...entries, beyond]);
    expect(found).toEqual([...bodies.with(5, '').map((body) => body || undefined), undefined]);
  });

  it('are no more at a time than memory is meant to hold', async () => {
    await using directory = await temporaryDirectory();
    await using store = await openStore(directory.path, {
      settings: { commitLogFileBytes: 32 * 1024 * 1024 },
    });
    const body = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 6; index++) store.append(store.queue('T', 0), recordOf(body));
    await written(store);
    const records = await store.recordsOf(await entriesOf(store));
    expect(records).toHaveLength(3);
    expect(await bodiesOf(store, await entriesOf(store))).toEqual(Array(6).fill(body));
  });
});
