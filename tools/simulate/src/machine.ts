/**
 * A machine with a disk on which one store runs, crashes and is opened again, and the history of what it
 * was told. Whoever drives it decides what happens when.
 */
import { errorCode, type Logger, silentLogger, toError } from '@orbitmq/kernel';
import { decodeMessageId } from '@orbitmq/protocol';
import { type AppendRecord, AppendStatus, MessageStore, type StoreOptions } from '@orbitmq/store';
import { CrashableDisk, DiskFaults, type SeededRandom, StepScheduler } from '@orbitmq/testkit';
import { type CrashKind, History } from './history.ts';
import {
  compareWithRebuilt,
  inspect,
  inspectFiles,
  inspectIndex,
  Violation,
} from './inspection.ts';
import { LONELY } from './lonely.ts';
import { DIRECTORY, KEYS, type Plan } from './plan.ts';
import { type Removal, unlawful } from './removal.ts';

export type Trace = (line: string) => void;

export class Machine {
  readonly faults = new DiskFaults();
  readonly history = new History();
  readonly scheduler: StepScheduler;
  readonly trace: Trace;
  readonly #random: SeededRandom;
  #plan: Plan;
  readonly #log: Logger;
  #disk: CrashableDisk;
  /** What there was to say for removing files, in the life of this store. */
  readonly #removal: Removal = { isAsked: false, isScarce: false };
  #store: MessageStore | undefined;
  crashes = 0;
  messages = 0;

  constructor(random: SeededRandom, plan: Plan, trace: Trace) {
    this.trace = trace;
    this.#log = {
      ...silentLogger,
      info: (fields, message) => trace(`  log: ${message} ${JSON.stringify(fields)}`),
      warn: (fields, message) => trace(`  log: ${message} ${JSON.stringify(fields)}`),
      error: (fields, message) => trace(`  log: ${message} ${JSON.stringify(fields)}`),
    };
    this.#random = random;
    this.#plan = plan;
    this.scheduler = new StepScheduler(random);
    this.#disk = new CrashableDisk({
      faults: this.faults,
      random,
      clock: this.scheduler,
      schedule: this.scheduler.schedule,
    });
    // Disks are mounted before a broker runs.
    for (const path of plan.logDirectories.slice(1)) {
      this.#disk.put(`/${path.split('/')[1]}/lost+found`, '');
    }
  }

  /** How the store is opened the next time. */
  set plan(plan: Plan) {
    this.#plan = plan;
  }

  get #options(): StoreOptions {
    const { logDirectories, readOnlyLogDirectories } = this.#plan;
    return {
      disk: this.#disk,
      clock: this.scheduler,
      timers: this.scheduler,
      log: this.#log,
      directory: DIRECTORY,
      commitLogDirectories: logDirectories.filter((path) => !readOnlyLogDirectories.includes(path)),
      readOnlyCommitLogDirectories: readOnlyLogDirectories,
      storeHost: this.#plan.storeHost,
      settings: this.#plan.settings,
    };
  }

  /** Begins to open the store; {@link accept} what comes of it. */
  startOpening(): Promise<MessageStore> {
    return MessageStore.open(this.#options, LONELY);
  }

  /** The store was opened: has it all that it owes? From now on it is listened to. */
  accept(store: MessageStore): void {
    const { history } = this;
    const { maxPhysicalOffset: end } = store;
    this.trace(
      `opened, the log ends at ${end}, written ${history.writtenEnd}, synced ${history.syncedEnd}`,
    );
    if (end < history.writtenEnd) {
      throw new Violation(
        `the log ends at ${end}; everything before ${history.writtenEnd} was safe`,
      );
    }
    history.reopened(end);
    this.#store = store;
    if (end < history.lastEnd) throw new Violation(`the log ends at ${end}, inside a record`);
    if (store.minPhysicalOffset > history.removedBefore) {
      throw new Violation(
        `the log begins at ${store.minPhysicalOffset}; files from ${history.removedBefore} on were not removed`,
      );
    }
    history.syncedEnd = Math.max(history.syncedEnd, store.syncedOffset);
    store.onWritten((written) => {
      history.writtenEnd = Math.max(history.writtenEnd, written);
    });
    store.onSynced((synced) => {
      history.syncedEnd = Math.max(history.syncedEnd, synced);
    });
    store.onAppendFailed((from) => {
      this.trace(`taken back from ${from}`);
      history.takenBack(from);
    });
  }

  /** Compares the store that was just opened with its history. */
  async inspect(store: MessageStore, how: { isIndex: boolean; isRebuilt: boolean }): Promise<void> {
    const { history, finish } = this;
    await inspectFiles(this.#disk.copy(), this.#options, store);
    await inspect(store, history, finish);
    if (how.isIndex && this.#plan.settings.isIndexed === true) {
      await inspectIndex(store, { history, finish }, { topics: this.#plan.topics, keys: KEYS });
    }
    if (how.isRebuilt) {
      await compareWithRebuilt(this.#disk.copy(), this.#options, store, { history, finish });
    }
  }

  /** Notes which files are gone. @throws {Violation} when one was to be kept */
  observe(store: MessageStore): void {
    const begin = store.minPhysicalOffset;
    if (begin <= this.history.removedBefore) return;
    this.trace(`log files before ${begin} are removed`);
    const removed = this.history.removed(begin);
    const reason = unlawful(removed, this.#removal, this.#plan.retention, this.scheduler.now());
    if (reason !== undefined) throw new Violation(`log files before ${begin} are gone: ${reason}`);
    if (begin > store.writtenOffset) throw new Violation('the file that is written to is gone');
  }

  /** The disk has `bytes` more room from now on; as much as anybody wants when absent. */
  limitSpace(bytes?: number): void {
    this.trace(`room: ${bytes ?? 'enough'}`);
    if (bytes !== undefined) this.#removal.isScarce = true;
    this.faults.setCapacity(bytes === undefined ? undefined : this.#disk.usedBytes + bytes);
  }

  /** An operator wants old files to go. @throws what the disk refused */
  async deleteExpired(store: MessageStore): Promise<void> {
    this.trace('delete expired files');
    this.#removal.isAsked = true;
    await store.deleteExpiredFiles();
  }

  /** An operator wants queues without messages to go. @throws what the disk refused */
  async cleanQueues(store: MessageStore): Promise<void> {
    this.trace('clean expired queues');
    this.history.removingExpiredQueues();
    try {
      await store.cleanExpiredConsumeQueues();
    } finally {
      // Files may have gone meanwhile, and their queues along.
      this.observe(store);
      this.history.removingExpiredQueues();
    }
  }

  append(store: MessageStore, queue: QueueName, record: AppendRecord): AppendStatus {
    const status = store.append(store.queue(queue.topic, queue.queueId), record);
    if (status !== AppendStatus.ok) return status;
    const { queueOffset, physicalOffset, endOffset } = store.appended;
    this.#note(queue, record, queueOffset, [physicalOffset, endOffset]);
    return status;
  }

  appendBatch(
    store: MessageStore,
    queue: QueueName,
    records: readonly AppendRecord[],
  ): AppendStatus {
    const status = store.appendAll(store.queue(queue.topic, queue.queueId), records);
    if (status !== AppendStatus.ok) return status;
    const starts = store
      .appendedIds()
      .split(',')
      .map((id) => decodeMessageId(id).physicalOffset);
    const { queueOffset, endOffset } = store.appended;
    records.forEach((record, index) => {
      const place = [starts[index] as number, starts[index + 1] ?? endOffset] as const;
      this.#note(queue, record, queueOffset + index, place);
    });
    return status;
  }

  /** @throws what the disk refused */
  async flush(store: MessageStore): Promise<void> {
    const end = store.maxPhysicalOffset;
    await store.flush();
    this.trace(`flushed to ${end}`);
    this.history.syncedEnd = Math.max(this.history.syncedEnd, end);
  }

  /** @throws what the disk refused */
  async deleteTopic(store: MessageStore, topic: string): Promise<void> {
    this.trace(`delete ${topic.slice(0, 8)}`);
    this.history.deleting(topic);
    await store.deleteTopic(topic);
    this.trace('deleted');
  }

  /** @throws what the disk refused */
  async close(store: MessageStore): Promise<void> {
    const end = store.maxPhysicalOffset;
    await store.close();
    this.trace(`closed at ${end}`);
    this.history.syncedEnd = Math.max(this.history.syncedEnd, end);
    this.history.writtenEnd = Math.max(this.history.writtenEnd, end);
  }

  /** Nothing of the process goes on. */
  crash(kind: CrashKind, when = ''): void {
    this.crashes++;
    if (this.#store !== undefined) this.observe(this.#store);
    this.#store = undefined;
    this.trace(`${kind} ${when}`);
    const seed = this.#random.seed();
    this.history.crashed(kind);
    this.#removal.isAsked = false;
    this.#removal.isScarce = false;
    this.faults.setCapacity();
    this.#disk = kind === 'kill' ? this.#disk.kill({ seed }) : this.#disk.powerCut({ seed });
    this.scheduler.forget();
  }

  readonly finish = <T>(promise: Promise<T>): Promise<T> => this.scheduler.finish(promise);

  /** Does something that the disk's failures may thwart. @returns whether it was done */
  async attempt(act: () => Promise<void>): Promise<boolean> {
    try {
      await this.finish(act());
      return true;
    } catch (error) {
      expectDiskError(error);
      this.trace(`  refused: ${toError(error).message}`);
      return false;
    }
  }

  #note(
    queue: QueueName,
    record: AppendRecord,
    queueOffset: number,
    [physicalOffset, endOffset]: readonly [number, number],
  ): void {
    this.messages++;
    const name = `${queue.topic.slice(0, 8)}/${queue.queueId}@${queueOffset}`;
    this.trace(`append ${name} [${physicalOffset}, ${endOffset})`);
    this.history.appended({
      ...queue,
      queueOffset,
      physicalOffset,
      endOffset,
      body: record.body,
      properties: record.properties.toString(),
      tagsCode: record.tagsCode,
      appendedMs: this.scheduler.now(),
    });
  }
}

export interface QueueName {
  readonly topic: string;
  readonly queueId: number;
}

/** Rethrows what is none of the disk's. */
export function expectDiskError(error: unknown): void {
  const code = errorCode(error);
  if (code !== 'EIO' && code !== 'ENOSPC') throw error;
}
