import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { messagesOf, openStore, recordOf, temporaryDirectory, written } from '../test/stores.ts';
import { ENTRY_BYTES } from './queue.ts';

const MIB = 1024 * 1024;
const settings = {
  commitLogFileBytes: 64 * MIB,
  maxBodyBytes: () => 32 * MIB,
  hotTailBytes: MIB,
  coldCacheBytes: 4 * MIB,
  isIndexed: false,
};

/** Leaves messages in the files, one of them longer than the memory for what is read from there. */
async function fill(directory: string): Promise<readonly string[]> {
  const bodies = [
    'first',
    ...[20, 1, 3, 0.3].map((mib) => `${mib}`.padEnd(mib * MIB, 'x')),
    'last',
  ];
  await using store = await openStore(directory, { settings });
  for (const body of bodies) store.append(store.queue('T', 0), recordOf(body));
  await written(store);
  return bodies;
}

it('messages that are longer than the memory for old ones are read from the files', async () => {
  await using directory = await temporaryDirectory();
  const bodies = await fill(directory.path);
  await using store = await openStore(directory.path, { settings });
  const messages = await messagesOf(store, store.queue('T', 0));
  expect(messages.map(({ body }) => body.toString())).toEqual(bodies);
});

it('long messages are served to many readers at once', async () => {
  await using directory = await temporaryDirectory();
  const bodies = await fill(directory.path);
  await using store = await openStore(directory.path, { settings });
  const readers = Array.from({ length: 12 }, () => messagesOf(store, store.queue('T', 0)));
  for (const messages of await Promise.all(readers)) {
    expect(messages.map(({ body }) => body.length)).toEqual(bodies.map(({ length }) => length));
  }
});

it('an entry that tells of a record much longer than there is stops nobody', async () => {
  await using directory = await temporaryDirectory();
  const bodies = await fill(directory.path);
  const path = join(directory.path, 'consumequeue/T/0/00000000000000000000');
  const file = await open(path, 'r+');
  const size = Buffer.alloc(4);
  size.writeInt32BE(21 * MIB);
  await file.write(size, 0, 4, 2 * ENTRY_BYTES + 8);
  await file.close();
  await using store = await openStore(directory.path, { settings });
  const queue = store.queue('T', 0);
  const messages = await messagesOf(store, queue);
  expect(messages.map(({ body }) => body.toString())).toEqual(bodies.toSpliced(2, 1));
  expect(store.counters.damagedReads).toBeGreaterThan(0);
  expect(await store.recordAt(queue, 2)).toBeUndefined();
});
