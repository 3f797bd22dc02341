import {
  type AllocationStrategy,
  averagely,
  averagelyByCircle,
  byConsistentHash,
  configured,
  inMachineRooms,
  type MessageQueue,
  type Producer,
  type PushConsumer,
} from '@orbitmq/client';
import { RocketMqError, required } from '@orbitmq/kernel';
import { sleep, waitFor } from '../sdk/check.ts';
import { type Context, TIMEOUT_MS } from '../sdk/context.ts';
import type { Consumed, JavaMembers } from './java-members.ts';

export const QUEUES = 8;
const MESSAGES = 160;
/**
 * A queue whose lock an official consumer takes while it is closed is locked until its lease is over, after 60 s; a
 * busy machine and the next try come on top.
 */
const ORPHANED_LOCK_MS = 90_000;
/** How long what is too much is given to show. */
const SURPLUS_MS = 500;
/** Names of brokers say where they are, for the strategy that asks. */
const ROOM = 'room1';
export const BROKER_NAME = `${ROOM}@broker-a`;
export const JAVA_VERSIONS = ['4.9.7', '5.5.0'] as const;

/** How members divide queues: in our words, and in those of `judge.Members`. */
interface Strategy {
  readonly own: AllocationStrategy;
  readonly java: string;
}

/** By name, for the member of this number; its number matters where each has queues of its own. */
export const STRATEGIES: Readonly<
  Record<string, (member: number, queues: readonly MessageQueue[]) => Strategy>
> = {
  AVG: () => ({ own: averagely, java: 'AVG' }),
  AVG_BY_CIRCLE: () => ({ own: averagelyByCircle, java: 'AVG_BY_CIRCLE' }),
  CONSISTENT_HASH: () => ({ own: byConsistentHash(), java: 'CONSISTENT_HASH' }),
  MACHINE_ROOM: () => ({ own: inMachineRooms([ROOM]), java: `MACHINE_ROOM:${ROOM}` }),
  CONFIG: (member, queues) => {
    const own = queues.filter((_queue, index) => index % MEMBERS === member);
    const places = own.map(({ brokerName, queueId }) => `${brokerName}/${queueId}`);
    return { own: configured(own), java: `CONFIG:${places.join(',')}` };
  },
};
/** Two of ours, then one of each Java client. */
const OWN_MEMBERS = 2;
const MEMBERS = OWN_MEMBERS + JAVA_VERSIONS.length;

/** A member of ours, and what it got. */
interface OwnMember {
  readonly consumer: PushConsumer;
  readonly consumed: Consumed[];
  readonly strategy: Strategy;
}

/** What a round of the row is about. */
export interface Round {
  readonly strategy: string;
  readonly isOrderly: boolean;
}

export interface StrategyGroupOptions {
  readonly context: Context;
  /** A process of each version. */
  readonly java: readonly JavaMembers[];
  readonly producer: Producer;
  readonly queues: readonly MessageQueue[];
  readonly round: Round;
}

/** One group with two members of ours and one of each Java client. */
export class StrategyGroup {
  readonly #context: Context;
  readonly #java: readonly JavaMembers[];
  readonly #producer: Producer;
  readonly #queues: readonly MessageQueue[];
  readonly #group: string;
  readonly #round: Round;
  readonly #own: OwnMember[] = [];
  readonly #gone: Consumed[][] = [];
  readonly #present = new Set<JavaMembers>();
  #ownJoined = 0;
  #sent = 0;

  constructor({ context, java, producer, queues, round }: StrategyGroupOptions) {
    this.#context = context;
    this.#java = java;
    this.#producer = producer;
    this.#queues = queues;
    this.#round = round;
    this.#group = context.group(`${round.strategy}_${round.isOrderly ? 'orderly' : 'unordered'}`);
  }

  async joinOwn(): Promise<void> {
    const strategy = this.#strategyOf(this.#ownJoined++);
    const { isOrderly } = this.#round;
    const allocation = strategy.own;
    const consumer = this.#context.newConsumer(this.#group, { isOrderly, allocation });
    const consumed: Consumed[] = [];
    consumer.subscribe(this.#topic, '*', ({ queue: { queueId }, queueOffset }) => {
      consumed.push({ atMs: Date.now(), queueId, queueOffset });
    });
    this.#own.push({ consumer, consumed, strategy });
    await consumer.start();
  }

  /** @param index of the version */
  joinJava(index: number): void {
    const java = this.#javaAt(index);
    const { java: strategy } = this.#strategyOf(OWN_MEMBERS + index);
    java.join(this.#group, this.#topic, strategy, this.#round.isOrderly);
    this.#present.add(java);
  }

  async leaveOwn(): Promise<void> {
    const member = this.#own.shift();
    if (member === undefined) return;
    await member.consumer.close();
    this.#gone.push(member.consumed);
  }

  async leaveJava(index: number): Promise<void> {
    const java = this.#javaAt(index);
    if (!this.#present.has(java)) return;
    java.leave(this.#group);
    await waitFor({
      what: 'the Java member to leave',
      timeoutMs: TIMEOUT_MS,
      until: () => java.state(this.#group).hasLeft,
    });
    this.#gone.push([...java.state(this.#group).consumed]);
    this.#present.delete(java);
  }

  #javaAt(index: number): JavaMembers {
    return required(this.#java[index], 'a Java client of that number');
  }

  #strategyOf(member: number): Strategy {
    return required(STRATEGIES[this.#round.strategy], 'a strategy')(member, this.#queues);
  }

  get #topic(): string {
    return this.#queues[0]?.topic ?? '';
  }

  /** Every queue is with exactly one member, and with the one that the strategy says. */
  async expectShares(): Promise<void> {
    await waitFor({
      what: `shares by ${this.#round.strategy}`,
      timeoutMs: this.#round.isOrderly ? ORPHANED_LOCK_MS : TIMEOUT_MS,
      until: () => JSON.stringify(this.#shares()) === JSON.stringify(this.#expectedShares()),
      state: () => {
        return `they are ${JSON.stringify(this.#shares())}, not ${JSON.stringify(this.#expectedShares())}`;
      },
    });
  }

  /**
   * Messages that are sent while nobody comes or goes are consumed once each. Those before them may come
   * again: who takes a queue over may ask how far the group is before the other has told.
   */
  async expectOnceEach(): Promise<void> {
    // Where each member has queues of its own, those of one that is gone wait for it.
    const held = Object.values(this.#shares()).flat();
    if (held.length < QUEUES) return;
    await sleep(SURPLUS_MS);
    const before = this.#timesByPlace();
    await this.#context.sendAll(this.#producer, this.#topic, this.#sent, this.#sent + MESSAGES);
    this.#sent += MESSAGES;
    const isAllThere = (): boolean => this.#timesByPlace().size >= this.#sent;
    await waitFor({
      what: `${MESSAGES} messages more`,
      timeoutMs: TIMEOUT_MS,
      until: isAllThere,
      state: () => `got ${this.#timesByPlace().size} of ${this.#sent}`,
    });
    await sleep(SURPLUS_MS);
    for (const [place, times] of this.#timesByPlace()) {
      if (!before.has(place) && times !== 1) throw failed(`message ${place} came ${times} times`);
    }
  }

  #timesByPlace(): ReadonlyMap<string, number> {
    const times = new Map<string, number>();
    for (const { queueId, queueOffset } of this.#all()) {
      const place = `${queueId}:${queueOffset}`;
      times.set(place, (times.get(place) ?? 0) + 1);
    }
    return times;
  }

  /** No queue of orderly members went backwards, whoever had it. */
  expectOrder(): void {
    if (!this.#round.isOrderly) return;
    const last = new Map<number, number>();
    const inTime = this.#all().toSorted((left, right) => left.atMs - right.atMs);
    for (const { queueId, queueOffset } of inTime) {
      if (queueOffset < (last.get(queueId) ?? 0)) {
        throw failed(`queue ${queueId} went from ${last.get(queueId)} back to ${queueOffset}`);
      }
      last.set(queueId, queueOffset);
    }
  }

  async close(): Promise<void> {
    while (this.#own.length > 0) await this.leaveOwn();
    for (const index of this.#java.keys()) await this.leaveJava(index);
  }

  #all(): readonly Consumed[] {
    const now = this.#own.map(({ consumed }) => consumed);
    const java = [...this.#present].map((members) => members.state(this.#group).consumed);
    return [...this.#gone, ...now, ...java].flat();
  }

  #shares(): Record<string, readonly number[]> {
    const shares = this.#own.map(({ consumer }) => {
      const own = consumer.assignedQueues.filter(({ topic }) => topic === this.#topic);
      return [consumer.clientId, sorted(own.map(({ queueId }) => queueId))] as const;
    });
    for (const [index, java] of this.#java.entries()) {
      if (!this.#present.has(java)) continue;
      const { clientId = `Java ${JAVA_VERSIONS[index]} is not there yet`, queues } = java.state(
        this.#group,
      );
      shares.push([clientId, sorted(queues)]);
    }
    return Object.fromEntries(shares);
  }

  #expectedShares(): Record<string, readonly number[]> {
    const ids = Object.keys(this.#shares());
    const present = this.#java.flatMap((java, index) => (this.#present.has(java) ? [index] : []));
    const strategies = [
      ...this.#own.map(({ strategy }) => strategy),
      ...present.map((index) => this.#strategyOf(OWN_MEMBERS + index)),
    ];
    return Object.fromEntries(
      ids.map((id, index) => {
        const { own } = required(strategies[index], 'a strategy of every member');
        return [id, sorted(own(this.#queues, sorted(ids), id).map(({ queueId }) => queueId))];
      }),
    );
  }
}

function sorted<T>(values: readonly T[]): readonly T[] {
  return values.toSorted((left, right) => (left < right ? -1 : 1));
}

function failed(message: string): RocketMqError {
  return new RocketMqError(message, { code: 'ROW_FAILED' });
}
