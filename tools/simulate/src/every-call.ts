/**
 * One story of a store with everything in it, told again and again: each time one more of its disk calls
 * fails, until none is left. A story is over when a power cut came and the store was compared with its history.
 */
import type { MessageStore, RetentionSettings } from '@orbitmq/store';
import { type DiskErrorCode, SeededRandom } from '@orbitmq/testkit';
import { Violation } from './inspection.ts';
import { expectDiskError, Machine, type Trace } from './machine.ts';
import { AMPLE, DIRECTORY, makePlan, makeRecord, type Plan, pickQueue } from './plan.ts';

/** Longer than the store waits before it tries a disk that failed again. */
const PROBE_MS = 1_500;
const MAX_PROBES = 10;
const CHECKPOINT_MS = 70_000;
const TWO_DIRECTORIES = [`${DIRECTORY}/commitlog`, '/data2/log'];
/** Files go when an operator asks for it: both sizes of a round's pauses are met then. */
const RETENTION: RetentionSettings = {
  deleteHours: [],
  reservedMs: 0,
  maxUsedRatio: 0.75,
  forcedRatio: 0.85,
  isForcedEnabled: false,
  warningRatio: 0.9,
  filesPerRound: 2,
  filePauseMs: 10,
  queuePauseMs: 10,
  retryMs: 1000,
};

export interface Failing {
  /** The call that fails: 1 is the first. */
  readonly call: number;
  readonly code: DiskErrorCode;
  readonly isSyncFlush: boolean;
  /** The store's. */
  readonly maxOpenFiles: number;
}

/** @returns whether the story had so many calls. @throws {Violation} when the store broke a promise */
export async function tellWithFailure(failing: Failing, trace: Trace): Promise<boolean> {
  const random = new SeededRandom(failing.isSyncFlush ? 1 : 2);
  const story = new Story(random, planOf(random, failing), trace);
  story.machine.faults.failCall(failing.call, failing.code);
  return story.tell();
}

function planOf(random: SeededRandom, { isSyncFlush, maxOpenFiles }: Failing): Plan {
  const plan = makePlan(random, { ...AMPLE, maxOpenFiles });
  return {
    ...plan,
    topics: ['Orders', 'T'],
    maxBodyBytes: 300,
    logDirectories: TWO_DIRECTORIES,
    readOnlyLogDirectories: [],
    retention: RETENTION,
    settings: {
      ...plan.settings,
      isSyncFlush,
      commitLogFileBytes: 2048,
      consumeQueueFileBytes: 100,
      flushConsumeQueueIntervalMs: 50,
      hotTailBytes: 0,
      coldCacheBytes: 0,
      cleanIntervalMs: 10_000,
      retention: () => RETENTION,
      isIndexed: true,
      indexSlots: 5,
      indexEntries: 10,
    },
  };
}

class Story {
  readonly machine: Machine;
  readonly #random: SeededRandom;
  readonly #plan: Plan;
  /** How often old files were removed when that was asked for. */
  #removals = 0;

  constructor(random: SeededRandom, plan: Plan, trace: Trace) {
    this.#random = random;
    this.#plan = plan;
    this.machine = new Machine(random, plan, trace);
  }

  /** @returns whether the failing call was made */
  async tell(): Promise<boolean> {
    const { machine } = this;
    let store = await this.#open();
    await this.#appendMany(store, 5);
    await machine.attempt(() => machine.flush(store));
    await this.#appendMany(store, 3);
    await machine.attempt(() => machine.deleteTopic(store, 'T'));
    await this.#appendMany(store, 3);
    machine.scheduler.pass(CHECKPOINT_MS);
    await this.#settle();
    machine.crash('kill');
    store = await this.#open();
    await this.#appendMany(store, 2);
    await this.#clean(store);
    await this.#appendMany(store, 2);
    await machine.attempt(() => machine.close(store));
    machine.crash('kill');
    store = await this.#open();
    await this.#appendMany(store, 2);
    await this.#clean(store);
    machine.scheduler.pass(CHECKPOINT_MS);
    await this.#settle();
    await this.#recover(store);
    machine.crash('power cut');
    store = await this.#open();
    const hasFailed = machine.faults.hasFailed;
    machine.faults.heal();
    if (!hasFailed && this.#removals < 2) throw new Violation('old files are not removed');
    await machine.inspect(store, { isIndex: true, isRebuilt: true });
    return hasFailed;
  }

  /** Opens the store; a failing call is met once, a second attempt finds the disk well. */
  async #open(): Promise<MessageStore> {
    const { machine } = this;
    const store = await machine.finish(machine.startOpening()).catch((error: unknown) => {
      expectDiskError(error);
      machine.crash('kill', 'after it could not be opened');
      return machine.finish(machine.startOpening());
    });
    machine.accept(store);
    await machine.attempt(() => machine.inspect(store, { isIndex: false, isRebuilt: false }));
    return store;
  }

  async #appendMany(store: MessageStore, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const queue = pickQueue(this.#random, this.#plan);
      this.machine.append(store, queue, makeRecord(this.#random, this.#plan));
      if (index % 3 === 2) await this.#settle();
    }
    const records = [1, 2, 3].map(() => makeRecord(this.#random, this.#plan));
    this.machine.appendBatch(store, pickQueue(this.#random, this.#plan), records);
    await this.#settle();
  }

  /** Old files go, and queues that have nothing else. */
  async #clean(store: MessageStore): Promise<void> {
    const { machine } = this;
    const before = store.minPhysicalOffset;
    await machine.attempt(() => machine.deleteExpired(store));
    machine.observe(store);
    if (store.minPhysicalOffset > before) this.#removals++;
    await machine.attempt(() => machine.cleanQueues(store));
    machine.observe(store);
  }

  /** A store whose disk is well takes messages, after a while and without a restart. */
  async #recover(store: MessageStore): Promise<void> {
    for (let probe = 0; !store.isWritable; probe++) {
      if (probe === MAX_PROBES)
        throw new Violation('the store refuses messages on a disk that is well');
      this.machine.scheduler.pass(PROBE_MS);
      await this.#settle();
    }
  }

  /** Everything that can be done is done. */
  async #settle(): Promise<void> {
    while (await this.machine.scheduler.step()) {
      // One step after the other.
    }
    this.machine.scheduler.pass(20);
  }
}
