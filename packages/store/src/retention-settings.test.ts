/** Each setting of what is removed when has the effect that it says. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Disk } from '@orbitmq/runtime';
import { CrashableDisk, settled, VirtualTime } from '@orbitmq/testkit';
import { openStore, recordOf } from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';
import { DEFAULT_RETENTION, type RetentionSettings } from './retention-settings.ts';

const DIRECTORY = '/data/broker/store';
const FILE_BYTES = 2048;
const HOUR_MS = 3_600_000;
const ROUND_MS = 10_000;
/** Before it nothing is removed. */
const FIRST_ROUND_MS = 60_000;
/** Log files that a store has at first: more than go in one round by default. */
const FILES = 24;

class Fixture {
  readonly time = new VirtualTime();
  readonly disk = new CrashableDisk({ clock: this.time });
  retention: RetentionSettings = {
    ...DEFAULT_RETENTION,
    deleteHours: [],
    filePauseMs: 0,
    queuePauseMs: 0,
  };
  store!: MessageStore;
  isRefusingRemovals = false;

  /** A store whose queues have some messages in each log file. */
  async open(cleanIntervalMs = ROUND_MS): Promise<void> {
    this.store = await openStore(DIRECTORY, {
      disk: this.#refusing(),
      clock: this.time,
      timers: this.time,
      settings: {
        commitLogFileBytes: FILE_BYTES,
        consumeQueueFileBytes: 40,
        isIndexed: false,
        cleanIntervalMs,
        retention: () => this.retention,
      },
    });
    for (let file = 0; file < FILES; file++) {
      for (const topic of ['A', 'B']) {
        this.store.append(this.store.queue(topic, 0), recordOf('x'.repeat(850)));
      }
      await settled();
    }
    await this.store.flush();
    if ((await this.logFiles()) !== FILES) throw new Error('the log has other files than expected');
  }

  /** The disk, which may refuse to remove files. */
  #refusing(): Disk {
    const { disk } = this;
    return new Proxy<Disk>(disk, {
      get: (target, name) => {
        if (name === 'remove' && this.isRefusingRemovals) {
          return () => Promise.reject(new Error('EIO'));
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** In small steps: what waits for the disk goes on in between. */
  async pass(ms: number, stepMs = ms): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.time.pass(stepMs);
      await this.settle();
    }
  }

  /** What needs no time is done. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 150; turn++) {
      await new Promise(setImmediate);
      this.time.pass(0);
    }
  }

  async logFiles(): Promise<number> {
    return (await this.disk.list(join(DIRECTORY, 'commitlog'))).length;
  }

  async queueFiles(topic: string): Promise<number> {
    return (await this.disk.list(join(DIRECTORY, 'consumequeue', topic, '0'))).length;
  }

  get hour(): number {
    return new Date(this.time.now()).getHours();
  }

  /** Of the disk, in percent. */
  use(percent: number): void {
    this.disk.faults.setCapacity(Math.round((this.disk.usedBytes * 100) / (percent - 0.5)));
  }
}

describe('old files', () => {
  it('go in the hours of deleteWhen when they were kept for fileReservedTime, not before', async () => {
    const fixture = new Fixture();
    await fixture.open();
    const reservedMs = 3 * HOUR_MS;
    fixture.retention = { ...fixture.retention, reservedMs, filesPerRound: 100 };
    await fixture.pass(reservedMs + HOUR_MS, HOUR_MS);
    expect(await fixture.logFiles()).toBe(FILES);
    fixture.retention = { ...fixture.retention, deleteHours: [(fixture.hour + 1) % 24] };
    await fixture.pass(ROUND_MS);
    expect(await fixture.logFiles()).toBe(FILES);
    await fixture.pass(HOUR_MS);
    expect(await fixture.logFiles()).toBe(1);
  });

  it('stay in the hours of deleteWhen while they are young', async () => {
    const fixture = new Fixture();
    await fixture.open();
    fixture.retention = { ...fixture.retention, deleteHours: [fixture.hour] };
    await fixture.pass(FIRST_ROUND_MS + ROUND_MS, ROUND_MS);
    expect(await fixture.logFiles()).toBe(FILES);
  });

  it('go at any hour above diskMaxUsedSpaceRatio', async () => {
    const fixture = new Fixture();
    await fixture.open();
    fixture.retention = { ...fixture.retention, reservedMs: 0, filesPerRound: 100 };
    fixture.use(75);
    await fixture.pass(FIRST_ROUND_MS + ROUND_MS, ROUND_MS);
    expect(await fixture.logFiles()).toBe(FILES);
    fixture.use(77);
    await fixture.pass(ROUND_MS);
    expect(await fixture.logFiles()).toBe(1);
  });

  it('and young ones go above diskSpaceCleanForciblyRatio, unless cleanFileForciblyEnable says no', async () => {
    const fixture = new Fixture();
    await fixture.open();
    fixture.retention = { ...fixture.retention, filesPerRound: 1, isForcedEnabled: false };
    fixture.use(87);
    await fixture.pass(FIRST_ROUND_MS + ROUND_MS, ROUND_MS);
    expect(await fixture.logFiles()).toBe(FILES);
    fixture.retention = { ...fixture.retention, isForcedEnabled: true };
    await fixture.pass(ROUND_MS);
    expect(await fixture.logFiles()).toBe(FILES - 1);
  });
});

describe('a round', () => {
  it('comes first a minute after the start, then at each cleanResourceInterval, and takes deleteFileBatchMax files', async () => {
    const fixture = new Fixture();
    await fixture.open(20_000);
    const deleteHours = Array.from({ length: 24 }, (_, hour) => hour);
    fixture.retention = { ...fixture.retention, deleteHours, reservedMs: 0, filesPerRound: 3 };
    await fixture.pass(FIRST_ROUND_MS - 1);
    expect(await fixture.logFiles()).toBe(FILES);
    await fixture.pass(1);
    expect(await fixture.logFiles()).toBe(FILES - 3);
    await fixture.pass(19_999);
    expect(await fixture.logFiles()).toBe(FILES - 3);
    await fixture.pass(1);
    expect(await fixture.logFiles()).toBe(FILES - 6);
  });

  it('waits deleteCommitLogFilesInterval between log files', async () => {
    const fixture = new Fixture();
    await fixture.open();
    fixture.retention = { ...fixture.retention, reservedMs: 0, filePauseMs: 500 };
    const removing = fixture.store.deleteExpiredFiles();
    await fixture.settle();
    expect(await fixture.logFiles()).toBe(FILES - 1);
    await fixture.pass(499);
    expect(await fixture.logFiles()).toBe(FILES - 1);
    await fixture.pass(1);
    expect(await fixture.logFiles()).toBe(FILES - 2);
    await fixture.pass(10_000, 500);
    await removing;
    expect(await fixture.logFiles()).toBe(FILES - DEFAULT_RETENTION.filesPerRound);
  });

  it('waits deleteConsumeQueueFilesInterval between the files of two queues', async () => {
    const fixture = new Fixture();
    await fixture.open();
    fixture.retention = { ...fixture.retention, reservedMs: 0, queuePauseMs: 700 };
    const [a, b] = [await fixture.queueFiles('A'), await fixture.queueFiles('B')];
    const removing = fixture.store.deleteExpiredFiles();
    await fixture.settle();
    expect(await fixture.queueFiles('A')).toBeLessThan(a);
    expect(await fixture.queueFiles('B')).toBe(b);
    await fixture.pass(699);
    expect(await fixture.queueFiles('B')).toBe(b);
    await fixture.pass(1);
    expect(await fixture.queueFiles('B')).toBeLessThan(b);
    await fixture.pass(700);
    await removing;
  });

  it('tries a file that could not be removed again after redeleteHangedFileInterval', async () => {
    const fixture = new Fixture();
    await fixture.open();
    fixture.retention = { ...fixture.retention, reservedMs: 0, retryMs: 120_000 };
    fixture.isRefusingRemovals = true;
    await expect(fixture.store.deleteExpiredFiles()).rejects.toThrow('EIO');
    fixture.isRefusingRemovals = false;
    expect(await fixture.logFiles()).toBe(FILES);
    await fixture.pass(110_000, ROUND_MS);
    const before = await fixture.logFiles();
    await fixture.pass(2 * ROUND_MS, ROUND_MS);
    expect([before, (await fixture.logFiles()) < FILES]).toEqual([FILES, true]);
  });
});
