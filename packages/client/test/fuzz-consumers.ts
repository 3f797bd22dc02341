/** The consuming side of the network fuzz: members of one group of any kind, which come and go. */
import { RocketMqError } from '@orbitmq/kernel';
import { CrashableDisk, type SeededRandom } from '@orbitmq/testkit';
import type { ClientOptions } from '../src/client-options.ts';
import { LitePullConsumer, type PushConsumer } from '../src/index.ts';
import { type MemoryCluster, TOPIC } from './memory-cluster.ts';

const FAILS_AT_RANDOM = 0.05;
export const CONSUMER_KINDS = ['unordered', 'orderly', 'broadcasting', 'lite', 'assigned'] as const;
export type ConsumerKind = (typeof CONSUMER_KINDS)[number];

interface Member {
  readonly name: string;
  readonly consumer: PushConsumer | LitePullConsumer;
}

/** Waits for something that has a bound. */
type Within = <T>(promise: Promise<T>, what: string) => Promise<T>;

export class FuzzConsumers {
  readonly kind: ConsumerKind;
  /** What did not hold. */
  readonly problems: string[] = [];
  readonly #random: SeededRandom;
  readonly #cluster: MemoryCluster;
  readonly #options: (instanceName: string) => ClientOptions;
  readonly #within: Within;
  readonly #disk = new CrashableDisk();
  readonly #members: Member[] = [];
  /** Bodies by who got them: everybody in one, but for broadcasting members. */
  readonly #consumed = new Map<string, Set<string>>();
  /** Of orderly consumers: the last offset consumed of each queue. */
  readonly #places = new Map<string, number>();
  #names = 0;

  constructor(
    random: SeededRandom,
    cluster: MemoryCluster,
    options: (instanceName: string) => ClientOptions,
    within: Within,
  ) {
    this.#random = random;
    this.#cluster = cluster;
    this.#options = options;
    this.#within = within;
    this.kind = random.pick(CONSUMER_KINDS);
  }

  /** A member that cannot start because of the network is made anew, as applications would. */
  async join(name = `member-${this.#names++}`): Promise<void> {
    for (;;) {
      const consumer = await this.#newConsumer(name);
      try {
        await this.#within(consumer.start(), 'a consumer to start');
        this.#members.push({ name, consumer });
        if (consumer instanceof LitePullConsumer) void this.#pollAll(name, consumer);
        return;
      } catch (error) {
        if (!(error instanceof RocketMqError)) throw error;
        await this.#within(consumer.close(), 'a consumer that did not start to close');
      }
    }
  }

  /** A member leaves, and another comes; a broadcasting one is the same again, and goes on where it was. */
  async replaceOne(): Promise<void> {
    const [leaving] = this.#members.splice(this.#random.below(this.#members.length), 1);
    if (leaving === undefined) return;
    await this.#within(leaving.consumer.close(), 'a member to leave');
    await this.join(this.kind === 'broadcasting' ? leaving.name : undefined);
  }

  /** What an application does with a consumer besides. Never rejects. */
  async meddle(): Promise<void> {
    const { consumer } = this.#random.pick(this.#members);
    if (!(consumer instanceof LitePullConsumer)) {
      consumer.suspend();
      await this.#cluster.pass(this.#random.below(2_000));
      consumer.resume();
      return;
    }
    const queues = consumer.assignedQueues;
    consumer.pause(queues);
    try {
      const [queue] = queues;
      if (queue !== undefined) await this.#within(consumer.seek(queue, 'begin'), 'a seek');
      await this.#within(consumer.commit(), 'a commit');
    } catch (error) {
      if (!(error instanceof RocketMqError)) this.problems.push(`failed with ${String(error)}`);
    }
    consumer.resume(queues);
  }

  /** Bodies that nobody got, or not every broadcasting member. */
  missing(stored: Iterable<string>): readonly string[] {
    const owners = this.kind === 'broadcasting' ? this.#members.map(({ name }) => name) : ['all'];
    const sets = owners.map((owner) => this.#consumed.get(owner));
    return [...stored].filter((body) => sets.some((set) => set?.has(body) !== true));
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ consumer }) => consumer.close()));
  }

  async #newConsumer(name: string): Promise<PushConsumer | LitePullConsumer> {
    const options = { ...this.#options(name), disk: this.#disk, offsetsDirectory: '/offsets' };
    if (this.kind === 'lite') {
      const lite = this.#cluster.litePullConsumer(name, options);
      lite.subscribe(TOPIC);
      return lite;
    }
    if (this.kind === 'assigned') {
      const lite = this.#cluster.litePullConsumer(name, options);
      lite.assign(this.#cluster.queues(TOPIC));
      return lite;
    }
    const isOrderly = this.kind === 'orderly';
    const messageModel = this.kind === 'broadcasting' ? 'broadcasting' : 'clustering';
    const own = { isOrderly, messageModel, suspendMs: 1_000 } as const;
    const push = this.#cluster.pushConsumer(name, { ...options, ...own });
    push.subscribe(TOPIC, '*', ({ body, queue, queueOffset }) => {
      if (messageModel === 'clustering' && this.#random.chance(FAILS_AT_RANDOM)) {
        return 'reconsume-later';
      }
      if (isOrderly) this.#noteOrder(`${queue.brokerName}:${queue.queueId}`, queueOffset);
      this.#note(name, body.toString());
      return 'success';
    });
    return push;
  }

  async #pollAll(name: string, consumer: LitePullConsumer): Promise<void> {
    try {
      for await (const batch of consumer) {
        for (const { body } of batch) this.#note(name, body.toString());
      }
    } catch (error) {
      this.problems.push(`polling failed: ${String(error)}`);
    }
  }

  #note(name: string, body: string): void {
    const owner = this.kind === 'broadcasting' ? name : 'all';
    const bodies = this.#consumed.get(owner) ?? new Set();
    this.#consumed.set(owner, bodies.add(body));
  }

  /** A queue may go back, to where a member that had it before has told its place; it never leaves one out. */
  #noteOrder(queue: string, queueOffset: number): void {
    const last = this.#places.get(queue) ?? -1;
    if (queueOffset > last + 1) this.problems.push(`${queue} went from ${last} to ${queueOffset}`);
    this.#places.set(queue, queueOffset);
  }
}
