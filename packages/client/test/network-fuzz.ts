/**
 * A producer and consumers on a network that fails by a seed, and what must hold all the same. Everything runs
 * in memory on a clock of its own: a seed always does the same.
 */
import { RocketMqError } from '@orbitmq/kernel';
import { SeededRandom } from '@orbitmq/testkit';
import { LitePullConsumer, Producer, type PushConsumer } from '../src/index.ts';
import { CountedTimers } from './counted-timers.ts';
import { FaultyNet } from './faulty-net.ts';
import { MemoryCluster, TOPIC } from './memory-cluster.ts';

/** Rounds of sends and trouble, each some virtual seconds long. */
const ROUNDS = 12;
const MAX_SENDS_A_ROUND = 6;
const MAX_ROUND_MS = 4_000;
const SEND_TIMEOUT_MS = 3_000;
/** Requests time out in steps of 100 ms, and here time passes in such steps too. */
const SEND_SLACK_MS = 400;
/**
 * After the network has healed: a request that nobody answers takes up to 30 s, a lease of a queue that was
 * never given back 60 s, and a failed message comes again after some minutes at most.
 */
const MAX_RECOVERY_MS = 600_000;
/** Look-ups, listeners, offsets and the good-bye, each with its bound. */
const MAX_CLOSE_MS = 60_000;
const STEP_MS = 500;
const FAILS_AT_RANDOM = 0.05;

type Kind = 'unordered' | 'orderly' | 'lite';

/** Something that must hold and did not. */
export class FuzzFailure extends Error {}

interface Send {
  readonly body: string;
  readonly startedMs: number;
  isSettled: boolean;
}

/** One run. Throws a {@link FuzzFailure} that says what did not hold. */
export async function fuzz(seed: number): Promise<void> {
  await new Run(seed).play();
}

class Run {
  readonly #random: SeededRandom;
  readonly #cluster: MemoryCluster;
  readonly #net: FaultyNet;
  readonly #timers: CountedTimers;
  readonly #kind: Kind;
  readonly #acknowledged = new Set<string>();
  readonly #consumed = new Map<string, number>();
  readonly #sends: Send[] = [];
  readonly #consumers: (PushConsumer | LitePullConsumer)[] = [];
  readonly #problems: string[] = [];
  /** Of orderly consumers: the last offset consumed of each queue. */
  readonly #places = new Map<string, number>();
  #bodies = 0;
  #members = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#cluster = new MemoryCluster(1 + this.#random.below(2));
    this.#net = new FaultyNet(this.#cluster.net, this.#cluster.time, this.#random);
    this.#timers = new CountedTimers(this.#cluster.time);
    this.#kind = this.#random.pick(['unordered', 'orderly', 'lite'] as const);
  }

  async play(): Promise<void> {
    await this.#cluster.start();
    const producer = this.#newProducer();
    await this.#within(producer.start(), MAX_CLOSE_MS, 'the producer to start');
    const members = 1 + this.#random.below(2);
    for (let member = 0; member < members; member++) await this.#join();
    for (let round = 0; round < ROUNDS; round++) await this.#round(producer);
    await this.#heal();
    await this.#expectAllConsumed();
    const isFaultyAgain = this.#random.chance(0.5);
    this.#net.isFaulty = isFaultyAgain;
    await this.#within(this.#closeAll(producer), MAX_CLOSE_MS, 'all to close');
    this.#net.isFaulty = false;
    await this.#cluster.pass(STEP_MS);
    await this.#cluster.close();
    if (this.#net.openSockets > 0) this.#problems.push(`${this.#net.openSockets} sockets are open`);
    const [timer] = this.#timers.waiting;
    if (timer !== undefined) this.#problems.push(`a timer is left after all were closed: ${timer}`);
    if (this.#problems.length > 0) throw new FuzzFailure(this.#problems.join('; '));
  }

  #options(instanceName: string) {
    return {
      ...this.#cluster.options(instanceName),
      timers: this.#timers,
      net: this.#net,
      random: this.#random,
    };
  }

  #newProducer(): Producer {
    return new Producer({
      ...this.#options('producer'),
      group: 'P',
      sendTimeoutMs: SEND_TIMEOUT_MS,
      retries: this.#random.below(4),
      attemptTimeoutMs: this.#random.chance(0.5) ? 1_000 : undefined,
      avoidsSlowBrokers: this.#random.chance(0.5),
    });
  }

  /** A member that cannot start because of the network is made anew, as applications would. */
  async #join(): Promise<void> {
    for (;;) {
      const consumer = this.#newConsumer(`member-${this.#members++}`);
      try {
        await this.#within(consumer.start(), MAX_CLOSE_MS, 'a consumer to start');
        this.#consumers.push(consumer);
        if (consumer instanceof LitePullConsumer) void this.#pollAll(consumer);
        return;
      } catch (error) {
        if (!(error instanceof RocketMqError)) throw error;
      }
    }
  }

  #newConsumer(name: string): PushConsumer | LitePullConsumer {
    const options = this.#options(name);
    if (this.#kind === 'lite') {
      const lite = this.#cluster.litePullConsumer(name, options);
      lite.subscribe(TOPIC);
      return lite;
    }
    const isOrderly = this.#kind === 'orderly';
    const push = this.#cluster.pushConsumer(name, { ...options, isOrderly, suspendMs: 1_000 });
    push.subscribe(TOPIC, '*', ({ body, queue, queueOffset }) => {
      if (this.#random.chance(FAILS_AT_RANDOM)) return 'reconsume-later';
      if (isOrderly) this.#noteOrder(`${queue.brokerName}:${queue.queueId}`, queueOffset);
      this.#noteConsumed(body.toString());
      return 'success';
    });
    return push;
  }

  async #pollAll(consumer: LitePullConsumer): Promise<void> {
    try {
      for await (const batch of consumer) {
        for (const { body } of batch) this.#noteConsumed(body.toString());
      }
    } catch (error) {
      this.#problems.push(`polling failed: ${String(error)}`);
    }
  }

  #noteConsumed(body: string): void {
    this.#consumed.set(body, (this.#consumed.get(body) ?? 0) + 1);
  }

  /** A queue may go back, to where a member that had it before has told its place; it never leaves one out. */
  #noteOrder(queue: string, queueOffset: number): void {
    const last = this.#places.get(queue) ?? -1;
    if (queueOffset > last + 1) this.#problems.push(`${queue} went from ${last} to ${queueOffset}`);
    this.#places.set(queue, queueOffset);
  }

  async #round(producer: Producer): Promise<void> {
    const sends = this.#random.below(MAX_SENDS_A_ROUND + 1);
    for (let index = 0; index < sends; index++) void this.#send(producer);
    if (this.#random.chance(0.1)) this.#net.cutAll();
    if (this.#random.chance(0.1)) {
      const broker = this.#random.pick(this.#cluster.brokers);
      await broker.stop();
      await this.#pass(this.#random.below(MAX_ROUND_MS));
      await broker.start();
    }
    if (this.#random.chance(0.1)) {
      const [leaving] = this.#consumers.splice(this.#random.below(this.#consumers.length), 1);
      if (leaving !== undefined)
        await this.#within(leaving.close(), MAX_CLOSE_MS, 'a member to leave');
      await this.#join();
    }
    await this.#pass(this.#random.below(MAX_ROUND_MS));
  }

  async #send(producer: Producer): Promise<void> {
    const { time } = this.#cluster;
    const body = `m${this.#bodies++}`;
    const send = { body, startedMs: time.monotonicMs(), isSettled: false };
    this.#sends.push(send);
    try {
      await producer.send({ topic: TOPIC, body });
      this.#acknowledged.add(body);
    } catch (error) {
      if (!(error instanceof RocketMqError))
        this.#problems.push(`a send failed with ${String(error)}`);
    }
    send.isSettled = true;
    const tookMs = time.monotonicMs() - send.startedMs;
    if (tookMs > SEND_TIMEOUT_MS + SEND_SLACK_MS) {
      this.#problems.push(`the send of ${body} took ${tookMs} ms`);
    }
  }

  async #heal(): Promise<void> {
    this.#net.isFaulty = false;
    await this.#pass(SEND_TIMEOUT_MS + SEND_SLACK_MS);
    const open = this.#sends.filter(({ isSettled }) => !isSettled);
    if (open.length > 0) throw new FuzzFailure(`${open.length} sends never ended`);
    const stored = this.#storedBodies();
    const lost = [...this.#acknowledged].filter((body) => !stored.has(body));
    if (lost.length > 0) throw new FuzzFailure(`acknowledged and not stored: ${lost.join(', ')}`);
  }

  /** Whether acknowledged or not: what is stored reaches a listener. */
  async #expectAllConsumed(): Promise<void> {
    let missing: string[] = [];
    for (let passedMs = 0; passedMs < MAX_RECOVERY_MS; passedMs += STEP_MS) {
      missing = [...this.#storedBodies()].filter((body) => !this.#consumed.has(body));
      if (missing.length === 0) return;
      await this.#cluster.pass(STEP_MS);
    }
    throw new FuzzFailure(`stored and not consumed (${this.#kind}): ${missing.join(', ')}`);
  }

  #storedBodies(): ReadonlySet<string> {
    return new Set(this.#cluster.brokers.flatMap((broker) => broker.bodies(TOPIC)));
  }

  async #closeAll(producer: Producer): Promise<void> {
    await Promise.all([producer.close(), ...this.#consumers.map((consumer) => consumer.close())]);
  }

  #pass(ms: number): Promise<void> {
    return this.#cluster.pass(ms);
  }

  async #within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
    const startedMs = this.#cluster.time.monotonicMs();
    const timedOut = (): FuzzFailure => new FuzzFailure(`${what}: not within ${limitMs} ms`);
    return this.#cluster.outcome(promise, limitMs).catch((error: unknown) => {
      throw this.#cluster.time.monotonicMs() - startedMs >= limitMs ? timedOut() : error;
    });
  }
}
