import { describe, expect, it } from '@jest/globals';
import { settled, VirtualTime } from '@orbitmq/testkit';
import {
  FailingDisk,
  messagesOf,
  openStore,
  recordOf,
  temporaryDirectory,
  written,
} from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import type { MessageStore } from './message-store.ts';

/** Above the store's period of trying a disk that refused. */
const PROBE_MS = 2_000;

async function bodies(store: MessageStore): Promise<string[]> {
  const messages = await messagesOf(store, store.queue('T', 0));
  return messages.map((message) => message.body.toString());
}

function append(store: MessageStore, body: string): AppendStatus {
  return store.append(store.queue('T', 0), recordOf(body));
}

/** Lets time pass until what is expected came about; the disk is real, and takes its own time. */
async function until(time: VirtualTime, isReached: () => boolean): Promise<void> {
  for (let round = 0; round < 2_000 && !isReached(); round++) {
    time.pass(PROBE_MS);
    await settled();
  }
  expect(isReached()).toBe(true);
}

describe('a store whose disk is full', () => {
  it('takes back what was not written, refuses messages, serves readers, and goes on', async () => {
    await using directory = await temporaryDirectory();
    const failing = new FailingDisk();
    const { disk } = failing;
    const time = new VirtualTime();
    const options = { disk, clock: time, timers: time, settings: { isIndexed: false } };
    const store = await openStore(directory.path, options);
    append(store, 'written');
    await written(store);
    const takenBack: number[] = [];
    const queues: (readonly [string, number, number])[] = [];
    store.onAppendFailed((fromOffset, _error, taken) => {
      takenBack.push(fromOffset);
      for (const { queue, messages, bytes } of taken) queues.push([queue.key, messages, bytes]);
    });
    failing.isFull = (path) => path.includes('commitlog');
    const { maxPhysicalOffset } = store;
    const counted = { ...store.counters };
    for (const body of ['lost', 'gone']) expect(append(store, body)).toBe(AppendStatus.ok);
    const { sizeBytes } = store.appended;
    await until(time, () => takenBack.length > 0);
    expect(takenBack).toEqual([maxPhysicalOffset]);
    expect(queues).toEqual([[expect.stringContaining('/0'), 2, sizeBytes * 2]]);
    expect(store.counters).toMatchObject({ ...counted, failedPuts: counted.failedPuts + 2 });
    expect(append(store, 'refused')).toBe(AppendStatus.unavailable);
    expect(await bodies(store)).toEqual(['written']);
    failing.isFull = () => false;
    await until(time, () => store.isWritable);
    expect(append(store, 'after')).toBe(AppendStatus.ok);
    await written(store);
    expect(await bodies(store)).toEqual(['written', 'after']);
    await store.close();
    await using second = await openStore(directory.path, { settings: { isIndexed: false } });
    expect(await bodies(second)).toEqual(['written', 'after']);
  });

  it('takes no messages while its queues cannot be written, and loses none', async () => {
    await using directory = await temporaryDirectory();
    const failing = new FailingDisk();
    const { disk } = failing;
    const time = new VirtualTime();
    const settings = { isIndexed: false, flushConsumeQueueLeastPages: 0 };
    const store = await openStore(directory.path, { disk, clock: time, timers: time, settings });
    failing.isFull = (path) => path.includes('consumequeue');
    append(store, 'first');
    await written(store);
    await until(time, () => !store.isWritable);
    expect(append(store, 'refused')).toBe(AppendStatus.unavailable);
    expect(await bodies(store)).toEqual(['first']);
    failing.isFull = () => false;
    await until(time, () => store.isWritable);
    append(store, 'second');
    await written(store);
    await store.close();
    await using second = await openStore(directory.path, { settings });
    expect(await bodies(second)).toEqual(['first', 'second']);
  });

  it('takes messages while its index cannot be written, which catches up later', async () => {
    await using directory = await temporaryDirectory();
    const failing = new FailingDisk();
    const { disk } = failing;
    await using store = await openStore(directory.path, { disk });
    failing.isFull = (path) => path.includes('/index/');
    store.append(store.queue('T', 0), recordOf('first', { KEYS: 'k' }));
    await written(store);
    const query = { topic: 'T', key: 'k', maxMessages: 9, beginMs: 0, endMs: 1e15 };
    expect(store.append(store.queue('T', 0), recordOf('second', { KEYS: 'k' }))).toBe(
      AppendStatus.ok,
    );
    await written(store);
    failing.isFull = () => false;
    expect((await store.query(query)).records).toHaveLength(2);
  });
});
