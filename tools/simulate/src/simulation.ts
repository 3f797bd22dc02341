/**
 * One history of a store on a disk that crashes: opened, used, left by a stop, a kill or a power cut at
 * some step, opened again — or not, when that too is cut short — and compared with what it owes.
 */
import { errorCode, type Logger, silentLogger, toError } from '@orbitmq/kernel';
import { decodeMessageId, decodeRecord } from '@orbitmq/protocol';
import { type AppendRecord, AppendStatus, MessageStore, type StoreOptions } from '@orbitmq/store';
import { CrashableDisk, DiskFaults, SeededRandom, StepScheduler } from '@orbitmq/testkit';
import { type CrashKind, History } from './history.ts';
import {
  checkMessage,
  compareWithRebuilt,
  inspect,
  inspectFiles,
  Violation,
} from './inspection.ts';
import { LONELY } from './lonely.ts';
import { makePlan, makeRecord, type Plan, pickQueue } from './plan.ts';

const DIRECTORY = '/store';
const MAX_LIVES = 6;
const MAX_ACTIONS = 60;
/** Longest that a power cut may wait while a store is opened, in steps. */
const MAX_OPENING_STEPS = 120;
/** Failures in a row; after those the disk is well again. */
const MAX_FAILING_CALLS = 4;
const LONG_PAUSE_MS = 70_000;

export interface Outcome {
  readonly crashes: number;
  readonly messages: number;
  readonly diskCalls: number;
}

/** Runs the history of a seed. @throws {Violation} when the store broke a promise */
export async function simulate(seed: number, trace?: (line: string) => void): Promise<Outcome> {
  return new Simulation(seed, trace).run();
}

class Simulation {
  readonly #random: SeededRandom;
  readonly #plan: Plan;
  readonly #scheduler: StepScheduler;
  readonly #faults = new DiskFaults();
  readonly #history = new History();
  readonly #trace: (line: string) => void;
  readonly #log: Logger;
  #disk: CrashableDisk;
  #crashes = 0;
  #messages = 0;

  constructor(seed: number, trace: (line: string) => void = () => undefined) {
    this.#trace = trace;
    this.#log = {
      ...silentLogger,
      warn: (fields, message) => trace(`  log: ${message} ${JSON.stringify(fields)}`),
      error: (fields, message) => trace(`  log: ${message} ${JSON.stringify(fields)}`),
    };
    this.#random = new SeededRandom(seed);
    this.#plan = makePlan(this.#random);
    this.#scheduler = new StepScheduler(this.#random);
    this.#disk = new CrashableDisk({
      faults: this.#faults,
      random: this.#random,
      clock: this.#scheduler,
      schedule: this.#scheduler.schedule,
    });
    trace(JSON.stringify(this.#plan.settings));
  }

  async run(): Promise<Outcome> {
    const lives = 2 + this.#random.below(MAX_LIVES - 1);
    for (let life = 0; life < lives; life++) {
      const store = await this.#open();
      const actions = this.#random.below(MAX_ACTIONS);
      for (let action = 0; action < actions; action++) await this.#act(store);
      await this.#end(store);
    }
    await this.#open();
    return { crashes: this.#crashes, messages: this.#messages, diskCalls: this.#faults.calls };
  }

  get #options(): StoreOptions {
    return {
      disk: this.#disk,
      clock: this.#scheduler,
      timers: this.#scheduler,
      log: this.#log,
      directory: DIRECTORY,
      storeHost: this.#plan.storeHost,
      settings: this.#plan.settings,
    };
  }

  /** Opens the store, however often that is cut short, and checks what it has. */
  async #open(): Promise<MessageStore> {
    const history = this.#history;
    for (;;) {
      const store = await this.#tryToOpen();
      if (store === undefined) continue;
      const { maxPhysicalOffset: end } = store;
      this.#trace(
        `opened, the log ends at ${end}, written ${history.writtenEnd}, synced ${history.syncedEnd}`,
      );
      history.reopened(end);
      if (end < history.lastEnd) throw new Violation(`the log ends at ${end}, inside a record`);
      history.syncedEnd = Math.max(history.syncedEnd, store.syncedOffset);
      this.#listen(store);
      this.#faults.heal();
      await inspectFiles(this.#disk.copy(), DIRECTORY, store);
      await inspect(store, history, this.#finish);
      if (this.#random.chance(0.3)) {
        const context = { history, finish: this.#finish };
        await compareWithRebuilt(this.#disk.copy(), this.#options, store, context);
      }
      return store;
    }
  }

  async #tryToOpen(): Promise<MessageStore | undefined> {
    this.#armFaults();
    const opening = MessageStore.open(this.#options, LONELY);
    if (this.#random.chance(0.2)) {
      opening.catch(() => undefined);
      const steps = this.#random.below(MAX_OPENING_STEPS);
      for (let step = 0; step < steps; step++) await this.#scheduler.step();
      this.#crash(this.#random.pick<CrashKind>(['kill', 'power cut']), 'while opening');
      return undefined;
    }
    try {
      const store = await this.#finish(opening);
      this.#checkEnd(store.maxPhysicalOffset);
      return store;
    } catch (error) {
      this.#expectDiskError(error);
      this.#faults.heal();
      this.#crash('kill', 'after it could not be opened');
      return undefined;
    }
  }

  #checkEnd(end: number): void {
    const { writtenEnd } = this.#history;
    if (end < writtenEnd) {
      throw new Violation(`the log ends at ${end}; everything before ${writtenEnd} was safe`);
    }
  }

  #listen(store: MessageStore): void {
    const history = this.#history;
    store.onWritten((end) => {
      history.writtenEnd = Math.max(history.writtenEnd, end);
    });
    store.onSynced((end) => {
      history.syncedEnd = Math.max(history.syncedEnd, end);
    });
    store.onAppendFailed((from) => {
      this.#trace(`taken back from ${from}`);
      history.takenBack(from);
    });
  }

  async #act(store: MessageStore): Promise<void> {
    const random = this.#random;
    if (random.chance(this.#plan.faultRate)) this.#armFaults(1);
    const choice = random.below(100);
    if (choice < 45) this.#append(store);
    else if (choice < 55) this.#appendBatch(store);
    else if (choice < 80) await this.#step(1 + random.below(8));
    else if (choice < 88) this.#scheduler.pass(random.below(1500));
    else if (choice < 90) this.#scheduler.pass(LONG_PAUSE_MS);
    else if (choice < 97) await this.#read(store);
    else if (choice < 99) await this.#flush(store);
    else await this.#deleteTopic(store);
  }

  async #step(count: number): Promise<void> {
    for (let step = 0; step < count; step++) await this.#scheduler.step();
  }

  #append(store: MessageStore): void {
    const { topic, queueId } = pickQueue(this.#random, this.#plan);
    const record = makeRecord(this.#random, this.#plan);
    const status = store.append(store.queue(topic, queueId), record);
    if (status !== AppendStatus.ok) return;
    const { queueOffset, physicalOffset, endOffset } = store.appended;
    this.#note({ topic, queueId }, record, queueOffset, [physicalOffset, endOffset]);
  }

  #appendBatch(store: MessageStore): void {
    const { topic, queueId } = pickQueue(this.#random, this.#plan);
    const records = Array.from({ length: 1 + this.#random.below(5) }, () =>
      makeRecord(this.#random, this.#plan),
    );
    const status = store.appendAll(store.queue(topic, queueId), records);
    if (status !== AppendStatus.ok) return;
    const starts = store
      .appendedIds()
      .split(',')
      .map((id) => decodeMessageId(id).physicalOffset);
    const { queueOffset, endOffset } = store.appended;
    records.forEach((record, index) => {
      const place = [starts[index] as number, starts[index + 1] ?? endOffset] as const;
      this.#note({ topic, queueId }, record, queueOffset + index, place);
    });
  }

  #note(
    queue: { topic: string; queueId: number },
    record: AppendRecord,
    queueOffset: number,
    [physicalOffset, endOffset]: readonly [number, number],
  ): void {
    this.#messages++;
    this.#trace(
      `append ${queue.topic.slice(0, 8)}/${queue.queueId}@${queueOffset} [${physicalOffset}, ${endOffset})`,
    );
    this.#history.appended({
      ...queue,
      queueOffset,
      physicalOffset,
      endOffset,
      body: record.body,
      properties: record.properties.toString(),
      tagsCode: record.tagsCode,
    });
  }

  async #read(store: MessageStore): Promise<void> {
    const { topic, queueId } = pickQueue(this.#random, this.#plan);
    const life = this.#history.life(topic, queueId);
    const queue = store.queue(topic, queueId);
    if (life === undefined || queue.maxOffset === queue.minOffset) return;
    const offset = queue.minOffset + this.#random.below(queue.maxOffset - queue.minOffset);
    await this.#unlessFailing(async () => {
      const record = await store.recordAt(queue, offset);
      if (record === undefined) throw new Violation(`${queue.key}@${offset} is not served`);
      const isSure = offset >= life.sureFrom;
      checkMessage(decodeRecord(record, 0), life, offset, isSure ? undefined : this.#history);
    });
  }

  async #flush(store: MessageStore): Promise<void> {
    const end = store.maxPhysicalOffset;
    await this.#unlessFailing(async () => {
      await store.flush();
      this.#trace(`flushed to ${end}`);
      this.#history.syncedEnd = Math.max(this.#history.syncedEnd, end);
    });
  }

  async #deleteTopic(store: MessageStore): Promise<void> {
    const topic = this.#random.pick(this.#plan.topics);
    this.#trace(`delete ${topic.slice(0, 8)}`);
    await this.#unlessFailing(async () => {
      // What waits to be written would be written under the name that is removed.
      await store.flush();
      this.#history.deleting(topic);
      await store.deleteTopic(topic);
      this.#trace('deleted');
    });
  }

  /** Stops, or crashes at any step of what is under way. */
  async #end(store: MessageStore): Promise<void> {
    const random = this.#random;
    const kind = random.pick<CrashKind>(['kill', 'power cut']);
    if (random.chance(0.3)) {
      const closing = store.close();
      closing.catch(() => undefined);
      if (random.chance(0.5)) {
        await this.#step(random.below(30));
      } else {
        const end = store.maxPhysicalOffset;
        await this.#unlessFailing(async () => {
          await closing;
          this.#trace(`closed at ${end}`);
          this.#history.syncedEnd = Math.max(this.#history.syncedEnd, end);
          this.#history.writtenEnd = Math.max(this.#history.writtenEnd, end);
        });
      }
    } else {
      await this.#step(random.below(10));
    }
    this.#faults.heal();
    this.#crash(kind, '');
  }

  #crash(kind: CrashKind, when: string): void {
    this.#crashes++;
    this.#trace(`${kind} ${when}`);
    const seed = this.#random.seed();
    this.#history.crashed(kind);
    this.#disk = kind === 'kill' ? this.#disk.kill({ seed }) : this.#disk.powerCut({ seed });
    this.#scheduler.forget();
  }

  /** Lets a call that is to come fail, with a chance of `rate`. */
  #armFaults(rate = this.#plan.faultRate * 4): void {
    const random = this.#random;
    if (!random.chance(rate)) return;
    const calls = 1 + random.below(MAX_FAILING_CALLS);
    this.#faults.failCall(1 + random.below(30), random.pick(['EIO', 'ENOSPC']), calls);
  }

  readonly #finish = <T>(promise: Promise<T>): Promise<T> => this.#scheduler.finish(promise);

  /** Does something that the disk's failures may thwart. */
  async #unlessFailing(act: () => Promise<void>): Promise<void> {
    try {
      await this.#finish(act());
    } catch (error) {
      this.#expectDiskError(error);
      this.#trace(`  refused: ${toError(error).message}`);
    }
  }

  #expectDiskError(error: unknown): void {
    const code = errorCode(error);
    if (code !== 'EIO' && code !== 'ENOSPC') throw error;
  }
}
