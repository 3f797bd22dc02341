/**
 * One history of a store on a disk that crashes: opened, used, left by a stop, a kill or a power cut at
 * some step, opened again — or not, when that too is cut short — and compared with what it owes.
 */
import { GrowingBuffer } from '@orbitmq/kernel';
import { decodeRecord, decodeRecords } from '@orbitmq/protocol';
import type { MessageStore } from '@orbitmq/store';
import { SeededRandom } from '@orbitmq/testkit';
import { GroupOffsets } from './group-offsets.ts';
import type { CrashKind, Entry, History, Life } from './history.ts';
import { checkMessage, Violation } from './inspection.ts';
import { expectDiskError, Machine, type Trace } from './machine.ts';
import { changeSettings, drawLimits, makePlan, makeRecord, type Plan, pickQueue } from './plan.ts';

const MAX_LIVES = 6;
const MAX_ACTIONS = 60;
/** Longest that a power cut may wait while a store is opened, in steps. */
const MAX_OPENING_STEPS = 120;
/** Failures in a row; after those the disk is well again. */
const MAX_FAILING_CALLS = 4;
const LONG_PAUSE_MS = 70_000;
const CRASHES: readonly CrashKind[] = ['kill', 'power cut'];
const BATCH = { maxMessages: 4, maxBytes: 100_000 };
/** Room on a disk that is getting full: some files, or hardly one. */
const ROOM_BYTES = [8192, 40_000, 200_000];

export interface Outcome {
  readonly crashes: number;
  readonly messages: number;
  readonly diskCalls: number;
}

/**
 * Runs the history of a seed.
 *
 * @param limits the store's; seeds that failed before there were any keep their histories without
 * @throws {Violation} when the store broke a promise
 */
export async function simulate(
  seed: number,
  trace: Trace = () => undefined,
  limits = drawLimits(seed),
): Promise<Outcome> {
  const random = new SeededRandom(seed);
  const plan = makePlan(random, limits);
  trace(JSON.stringify(plan.settings));
  return new Simulation(random, plan, new Machine(random, plan, trace)).run();
}

/** Whether the message that a queue has, or had, at an offset may be gone with its file. */
// oxlint-disable-next-line max-params -- a message's place in the queue, and where that is looked up
function isRemoved(
  beforeOffset: number,
  life: Life,
  queueOffset: number,
  history: History,
): boolean {
  const entry = life.entries.get(queueOffset);
  const isSure = queueOffset >= life.sureFrom;
  if (entry !== undefined && isSure) return entry.physicalOffset < beforeOffset;
  return history.hadBefore(beforeOffset, life, queueOffset);
}

class Simulation {
  readonly #random: SeededRandom;
  #plan: Plan;
  readonly #machine: Machine;
  readonly #groups = [new GroupOffsets('Fast'), new GroupOffsets('Slow')];

  constructor(random: SeededRandom, plan: Plan, machine: Machine) {
    this.#random = random;
    this.#plan = plan;
    this.#machine = machine;
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
    const { crashes, messages, faults } = this.#machine;
    return { crashes, messages, diskCalls: faults.calls };
  }

  /** Opens the store, however often that is cut short, and checks what it has. */
  async #open(): Promise<MessageStore> {
    for (;;) {
      const store = await this.#tryToOpen();
      if (store === undefined) continue;
      this.#machine.accept(store);
      this.#machine.faults.heal();
      this.#correctOffsets(store);
      const isIndex = this.#random.chance(0.5);
      await this.#machine.inspect(store, { isIndex, isRebuilt: this.#random.chance(0.3) });
      return store;
    }
  }

  #correctOffsets(store: MessageStore): void {
    for (const group of this.#groups) {
      group.correct((topic, queueId) => store.queue(topic, queueId).maxOffset);
      group.check(this.#machine.history);
    }
  }

  async #tryToOpen(): Promise<MessageStore | undefined> {
    const machine = this.#machine;
    if (this.#random.chance(0.3)) {
      this.#plan = changeSettings(this.#random, this.#plan);
      machine.plan = this.#plan;
    }
    this.#armFaults();
    const opening = machine.startOpening();
    if (this.#random.chance(0.2)) {
      opening.catch(() => undefined);
      await this.#step(this.#random.below(MAX_OPENING_STEPS));
      this.#crash(this.#random.pick(CRASHES), 'while opening');
      return undefined;
    }
    try {
      return await machine.finish(opening);
    } catch (error) {
      expectDiskError(error);
      machine.faults.heal();
      this.#crash('kill', 'after it could not be opened');
      return undefined;
    }
  }

  async #act(store: MessageStore): Promise<void> {
    const random = this.#random;
    const machine = this.#machine;
    if (random.chance(this.#plan.faultRate)) this.#armFaults(1);
    const choice = random.below(110);
    if (choice < 45) {
      machine.append(store, pickQueue(random, this.#plan), makeRecord(random, this.#plan));
    } else if (choice < 55) {
      const count = 1 + random.below(5);
      const records = Array.from({ length: count }, () => makeRecord(random, this.#plan));
      machine.appendBatch(store, pickQueue(random, this.#plan), records);
    } else if (choice < 80) {
      await this.#step(1 + random.below(8), store);
    } else if (choice < 88) {
      machine.scheduler.pass(random.below(1500));
    } else if (choice < 90) {
      machine.scheduler.pass(LONG_PAUSE_MS);
    } else if (choice < 97) {
      await this.#read(store);
    } else if (choice < 99) {
      await machine.attempt(() => machine.flush(store));
    } else if (choice < 105) {
      await this.#consume(store);
    } else {
      await this.#administer(store);
    }
    machine.observe(store);
  }

  /** What happens now and then. */
  async #administer(store: MessageStore): Promise<void> {
    const random = this.#random;
    const machine = this.#machine;
    const choice = random.below(5);
    if (choice === 0) {
      const topic = random.pick(this.#plan.topics);
      for (const group of this.#groups) group.forget(topic);
      await machine.attempt(() => machine.deleteTopic(store, topic));
    } else if (choice === 1) {
      await machine.attempt(() => machine.deleteExpired(store));
    } else if (choice === 2) {
      await machine.attempt(() => machine.cleanQueues(store));
    } else if (choice === 3) {
      machine.limitSpace(random.chance(0.5) ? random.pick(ROOM_BYTES) : undefined);
    } else {
      for (const group of this.#groups) group.flush(random.chance(0.3));
    }
  }

  /** A group reads what comes next to it in a queue, and commits. */
  async #consume(store: MessageStore): Promise<void> {
    const { topic, queueId } = pickQueue(this.#random, this.#plan);
    const group = this.#random.pick(this.#groups);
    const queue = store.queue(topic, queueId);
    const from = Math.max(queue.minOffset, group.get(topic, queueId) ?? 0);
    if (from >= queue.maxOffset) return;
    await this.#machine.attempt(async () => {
      const out = new GrowingBuffer(1024);
      const { nextBeginOffset } = await store.read(queue, from, BATCH, out);
      const entries = decodeRecords(out.take())
        .map((message) => this.#machine.history.entryAt(message.physicalOffset))
        .filter((entry): entry is Entry => entry !== undefined);
      group.consume(topic, queueId, entries, nextBeginOffset);
    });
  }

  async #step(count: number, store?: MessageStore): Promise<void> {
    for (let step = 0; step < count; step++) {
      await this.#machine.scheduler.step();
      if (store !== undefined) this.#machine.observe(store);
    }
  }

  async #read(store: MessageStore): Promise<void> {
    const { history } = this.#machine;
    const { topic, queueId } = pickQueue(this.#random, this.#plan);
    const life = history.life(topic, queueId);
    const queue = store.queue(topic, queueId);
    if (life === undefined || queue.maxOffset === queue.minOffset) return;
    const offset = queue.minOffset + this.#random.below(queue.maxOffset - queue.minOffset);
    await this.#machine.attempt(async () => {
      const record = await store.recordAt(queue, offset);
      if (record === undefined) {
        if (isRemoved(store.minPhysicalOffset, life, offset, history)) return;
        throw new Violation(`${queue.key}@${offset} is not served`);
      }
      const isSure = offset >= life.sureFrom;
      checkMessage(decodeRecord(record, 0), life, offset, isSure ? undefined : history);
    });
  }

  /** Stops, or crashes at any step of what is under way. */
  async #end(store: MessageStore): Promise<void> {
    const random = this.#random;
    const machine = this.#machine;
    const kind = random.pick(CRASHES);
    if (!random.chance(0.3)) {
      await this.#step(random.below(10), store);
    } else if (random.chance(0.5)) {
      store.close().catch(() => undefined);
      await this.#step(random.below(30), store);
    } else {
      await machine.attempt(() => machine.close(store));
      for (const group of this.#groups) group.flush(true);
    }
    machine.faults.heal();
    this.#crash(kind);
  }

  #crash(kind: CrashKind, when?: string): void {
    this.#machine.crash(kind, when);
    for (const group of this.#groups) group.crashed(kind, this.#random);
  }

  /** Lets a call that is to come fail, with a chance of `rate`. */
  #armFaults(rate = this.#plan.faultRate * 4): void {
    const random = this.#random;
    if (!random.chance(rate)) return;
    const calls = 1 + random.below(MAX_FAILING_CALLS);
    this.#machine.faults.failCall(1 + random.below(30), random.pick(['EIO', 'ENOSPC']), calls);
  }
}
