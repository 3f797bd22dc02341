import { mkdir } from 'node:fs/promises';
import {
  type AllocationStrategy,
  averagely,
  averagelyByCircle,
  byConsistentHash,
  type MessageQueue,
  type Producer,
  type PushConsumer,
} from '@orbitmq/client';
import { RocketMqError } from '@orbitmq/kernel';
import { startCluster, type Target } from '../cluster.ts';
import { javaJudge } from '../judges/java.ts';
import type { CustomRow } from '../row.ts';
import { sleep, waitFor } from '../sdk/check.ts';
import { Context, TIMEOUT_MS } from '../sdk/context.ts';
import { type Consumed, JavaMembers } from './java-members.ts';

const QUEUES = 8;
const MESSAGES = 160;
/** How long what is too much is given to show. */
const SURPLUS_MS = 500;
const STRATEGIES: Readonly<Record<string, AllocationStrategy>> = {
  AVG: averagely,
  AVG_BY_CIRCLE: averagelyByCircle,
  CONSISTENT_HASH: byConsistentHash(),
};

/** A member of ours, and what it got. */
interface OwnMember {
  readonly consumer: PushConsumer;
  readonly consumed: Consumed[];
}

/** What a round of the row is about. */
interface Round {
  readonly strategy: string;
  readonly isOrderly: boolean;
}

const ROUNDS: readonly Round[] = [
  { strategy: 'AVG', isOrderly: false },
  { strategy: 'AVG_BY_CIRCLE', isOrderly: false },
  { strategy: 'CONSISTENT_HASH', isOrderly: false },
  { strategy: 'AVG', isOrderly: true },
];

interface GroupOptions {
  readonly context: Context;
  readonly java: JavaMembers;
  readonly producer: Producer;
  readonly queues: readonly MessageQueue[];
  readonly round: Round;
}

/** One group with two members of ours and one of Java's. */
class MixedGroup {
  readonly #context: Context;
  readonly #java: JavaMembers;
  readonly #producer: Producer;
  readonly #queues: readonly MessageQueue[];
  readonly #group: string;
  readonly #round: Round;
  readonly #own: OwnMember[] = [];
  readonly #gone: Consumed[][] = [];
  #hasJava = false;
  #sent = 0;

  constructor({ context, java, producer, queues, round }: GroupOptions) {
    this.#context = context;
    this.#java = java;
    this.#producer = producer;
    this.#queues = queues;
    this.#round = round;
    this.#group = context.group(`${round.strategy}_${round.isOrderly ? 'orderly' : 'unordered'}`);
  }

  async joinOwn(): Promise<void> {
    const { strategy, isOrderly } = this.#round;
    const allocation = STRATEGIES[strategy];
    const consumer = this.#context.newConsumer(this.#group, { isOrderly, allocation });
    const consumed: Consumed[] = [];
    consumer.subscribe(this.#topic, '*', ({ queue: { queueId }, queueOffset }) => {
      consumed.push({ atMs: Date.now(), queueId, queueOffset });
    });
    this.#own.push({ consumer, consumed });
    await consumer.start();
  }

  joinJava(): void {
    const { strategy, isOrderly } = this.#round;
    this.#java.join(this.#group, this.#topic, strategy, isOrderly);
    this.#hasJava = true;
  }

  async leaveOwn(): Promise<void> {
    const member = this.#own.shift();
    if (member === undefined) return;
    await member.consumer.close();
    this.#gone.push(member.consumed);
  }

  async leaveJava(): Promise<void> {
    this.#java.leave(this.#group);
    await waitFor({
      what: 'the Java member to leave',
      timeoutMs: TIMEOUT_MS,
      until: () => this.#java.state(this.#group).hasLeft,
    });
    this.#gone.push([...this.#java.state(this.#group).consumed]);
    this.#hasJava = false;
  }

  get #topic(): string {
    return this.#queues[0]?.topic ?? '';
  }

  /** Every queue is with exactly one member, and with the one that the strategy says. */
  async expectShares(): Promise<void> {
    await waitFor({
      what: `shares by ${this.#round.strategy}`,
      timeoutMs: TIMEOUT_MS,
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
    if (this.#hasJava) await this.leaveJava();
  }

  #all(): readonly Consumed[] {
    const now = this.#own.map(({ consumed }) => consumed);
    const java = this.#hasJava ? [this.#java.state(this.#group).consumed] : [];
    return [...this.#gone, ...now, ...java].flat();
  }

  #shares(): Record<string, readonly number[]> {
    const shares = this.#own.map(({ consumer }) => {
      const own = consumer.assignedQueues.filter(({ topic }) => topic === this.#topic);
      return [consumer.clientId, sorted(own.map(({ queueId }) => queueId))] as const;
    });
    if (this.#hasJava) {
      const { clientId = 'not there yet', queues } = this.#java.state(this.#group);
      shares.push([clientId, sorted(queues)]);
    }
    return Object.fromEntries(shares);
  }

  #expectedShares(): Record<string, readonly number[]> {
    const ids = Object.keys(this.#shares());
    const strategy = STRATEGIES[this.#round.strategy] as AllocationStrategy;
    return Object.fromEntries(
      ids.map((id) => {
        const share = strategy(this.#queues, sorted(ids), id).map(({ queueId }) => queueId);
        return [id, sorted(share)];
      }),
    );
  }
}

/** Members come and go; between that, messages must come once each. */
async function runRound(group: MixedGroup): Promise<void> {
  const check = async (): Promise<void> => {
    await group.expectShares();
    await group.expectOnceEach();
  };
  await group.joinOwn();
  group.joinJava();
  await group.joinOwn();
  await check();
  await group.leaveJava();
  await check();
  group.joinJava();
  await check();
  await group.leaveOwn();
  await check();
  group.expectOrder();
  await group.close();
}

/** Members of the official client and of ours share a topic. */
export const mixedStrategiesRow: CustomRow = {
  kind: 'custom',
  name: 'mixed-strategies',
  promise:
    'Java and TypeScript members of one group divide queues alike by each strategy, and hand them over in order',
  variants: ['orbit', 'apache-4.9.7', 'apache-5.5.0'],
  quickVariants: [],
  async run(target, { directory }) {
    const judge = await javaJudge(target === 'apache-5.5.0' ? '5.5.0' : '4.9.7', () => {});
    const cluster = await startCluster(target as Target, directory);
    const home = `${directory}/java`;
    await mkdir(home, { recursive: true });
    const java = new JavaMembers(judge, home, cluster.namesrv.address);
    const context = new Context('mixed', cluster.namesrv.address, new Map());
    try {
      const producer = await context.producer();
      for (const round of ROUNDS) {
        const topic = await context.topic(QUEUES);
        const queues = await producer.queues(topic);
        await runRound(new MixedGroup({ context, java, producer, queues, round }));
      }
      return `${ROUNDS.length} rounds`;
    } finally {
      await context.close();
      await java.close();
      await cluster.close();
    }
  },
};

function sorted<T>(values: readonly T[]): readonly T[] {
  return values.toSorted((left, right) => (left < right ? -1 : 1));
}

function failed(message: string): RocketMqError {
  return new RocketMqError(message, { code: 'ROW_FAILED' });
}
