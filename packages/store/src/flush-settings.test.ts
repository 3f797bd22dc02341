/** Each setting of when things are flushed has the effect that it says. */
import { describe, expect, it } from '@jest/globals';
import { CrashableDisk, settled, VirtualTime } from '@orbitmq/testkit';
import { openStore, recordOf, written } from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';
import type { StoreSettings } from './store-options.ts';

const DIRECTORY = '/data/broker/store';
const PAGE_BYTES = 4096;
const NEVER_MS = 1_000_000_000;
/** Of a stored message beside its body, at least. */
const SMALL_BODY = 'x'.repeat(100);

/** Nothing is flushed but by what a test sets. */
const SETTINGS: Partial<StoreSettings> = {
  isIndexed: false,
  flushIntervalMs: NEVER_MS,
  flushLeastPages: 4,
  flushThoroughIntervalMs: NEVER_MS,
  flushConsumeQueueIntervalMs: NEVER_MS,
  flushConsumeQueueLeastPages: 2,
  flushConsumeQueueThoroughIntervalMs: NEVER_MS,
};

class Fixture {
  readonly time = new VirtualTime();
  readonly disk = new CrashableDisk({ clock: this.time });
  readonly store: Promise<MessageStore>;

  constructor(settings: Partial<StoreSettings>) {
    const options = { disk: this.disk, clock: this.time, timers: this.time };
    this.store = openStore(DIRECTORY, { ...options, settings: { ...SETTINGS, ...settings } });
  }

  async pass(ms: number): Promise<void> {
    this.time.pass(ms);
    await settled();
  }
}

async function append(store: MessageStore, body: string, count = 1): Promise<void> {
  for (let index = 0; index < count; index++) store.append(store.queue('T', 0), recordOf(body));
  await written(store);
  await settled();
}

describe('the commit log', () => {
  it('is synced at each interval when so many pages were written, not before', async () => {
    const fixture = new Fixture({ flushIntervalMs: 500 });
    const store = await fixture.store;
    await append(store, 'x'.repeat(4 * PAGE_BYTES));
    await fixture.pass(499);
    expect(store.syncedOffset).toBe(0);
    await fixture.pass(1);
    expect(store.syncedOffset).toBe(store.writtenOffset);
    const synced = store.syncedOffset;
    await append(store, 'x'.repeat(3 * PAGE_BYTES));
    await fixture.pass(5_000);
    expect(store.syncedOffset).toBe(synced);
    await append(store, 'x'.repeat(PAGE_BYTES));
    await fixture.pass(500);
    expect(store.syncedOffset).toBe(store.writtenOffset);
  });

  it('is synced at each interval whatever was written when no page is asked for', async () => {
    const fixture = new Fixture({ flushIntervalMs: 500, flushLeastPages: 0 });
    const store = await fixture.store;
    await append(store, SMALL_BODY);
    await fixture.pass(500);
    expect(store.syncedOffset).toBe(store.writtenOffset);
  });

  it('is synced as a whole after the thorough interval', async () => {
    const fixture = new Fixture({ flushIntervalMs: 500, flushThoroughIntervalMs: 10_000 });
    const store = await fixture.store;
    await append(store, SMALL_BODY);
    await fixture.pass(9_500);
    expect(store.syncedOffset).toBe(0);
    await fixture.pass(500);
    expect(store.syncedOffset).toBe(store.writtenOffset);
  });

  it('is synced without waiting for the interval when it is not timed', async () => {
    const fixture = new Fixture({ isFlushTimed: false });
    const store = await fixture.store;
    await append(store, SMALL_BODY);
    expect(store.syncedOffset).toBe(0);
    await append(store, 'x'.repeat(4 * PAGE_BYTES));
    expect(store.syncedOffset).toBe(store.writtenOffset);
  });

  it('is synced after each write with SYNC_FLUSH', async () => {
    const fixture = new Fixture({ isSyncFlush: true });
    const store = await fixture.store;
    await append(store, SMALL_BODY);
    expect(store.syncedOffset).toBe(store.writtenOffset);
  });
});

describe('consume queues', () => {
  /** Two pages of entries. */
  const LEAST_ENTRIES = 410;

  it('are written at each interval when they have so many pages of entries, not before', async () => {
    const fixture = new Fixture({ flushConsumeQueueIntervalMs: 1_000 });
    const store = await fixture.store;
    const queue = store.queue('T', 0);
    await append(store, '', LEAST_ENTRIES - 1);
    await fixture.pass(5_000);
    expect(queue.flushedOffset).toBe(0);
    await append(store, '');
    await fixture.pass(1_000);
    expect(queue.flushedOffset).toBe(LEAST_ENTRIES);
  });

  it('are written at each interval whatever they have when no page is asked for', async () => {
    const fixture = new Fixture({
      flushConsumeQueueIntervalMs: 1_000,
      flushConsumeQueueLeastPages: 0,
    });
    const store = await fixture.store;
    const queue = store.queue('T', 0);
    await append(store, '');
    await fixture.pass(999);
    expect(queue.flushedOffset).toBe(0);
    await fixture.pass(1);
    expect(queue.flushedOffset).toBe(1);
  });

  it('are synced with the log after the thorough interval, and a checkpoint tells of it', async () => {
    const fixture = new Fixture({ flushConsumeQueueThoroughIntervalMs: 60_000 });
    const store = await fixture.store;
    await append(store, SMALL_BODY);
    await fixture.pass(59_000);
    expect(store.queue('T', 0).flushedOffset).toBe(0);
    await fixture.pass(1_000);
    const { writtenOffset } = store;
    const after = fixture.disk.powerCut({ seed: 1 });
    await after.remove(`${DIRECTORY}/lock.owner`);
    const again = await openStore(DIRECTORY, { disk: after, settings: SETTINGS });
    expect(again.maxPhysicalOffset).toBe(writtenOffset);
    expect(again.queueEnd('T', 0)).toBe(1);
  });
});
