/**
 * A producer and consumers on a network that fails by a seed, and what must hold all the same. Everything runs
 * in memory on a clock of its own: a seed always does the same.
 */
import { SeededRandom } from '@orbitmq/testkit';
import type { ClientOptions } from '../src/client-options.ts';
import { CountedTimers } from './counted-timers.ts';
import { FaultyNet } from './faulty-net.ts';
import { FuzzConsumers } from './fuzz-consumers.ts';
import { ALL_SENT_MS, FuzzProducer } from './fuzz-producer.ts';
import { MemoryCluster, TOPIC } from './memory-cluster.ts';

/** Rounds of sends and trouble, each some virtual seconds long. */
const ROUNDS = 12;
const MAX_SENDS_A_ROUND = 6;
const MAX_ROUND_MS = 4_000;
/**
 * After the network has healed: a request that nobody answers takes up to 30 s, a lease of a queue that was
 * never given back 60 s, and a failed message comes again after some minutes at most.
 */
const MAX_RECOVERY_MS = 600_000;
/** A connection that is dead and does not say so is given up after a request has timed out, and made again after a pause. */
const MAX_RECONNECTION_MS = 30_000;
/** Look-ups, listeners, offsets and the good-bye, each with its bound. */
const MAX_CLOSE_MS = 60_000;
const STEP_MS = 500;

/** Something that must hold and did not. */
export class FuzzFailure extends Error {}

/** One run. Throws a {@link FuzzFailure} that says what did not hold. */
export async function fuzz(seed: number): Promise<void> {
  await new Run(seed).play();
}

class Run {
  readonly #random: SeededRandom;
  readonly #cluster: MemoryCluster;
  readonly #net: FaultyNet;
  readonly #timers: CountedTimers;
  readonly #producer: FuzzProducer;
  readonly #consumers: FuzzConsumers;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#cluster = new MemoryCluster(1 + this.#random.below(2));
    this.#net = new FaultyNet(this.#cluster.net, this.#cluster.time, this.#random);
    this.#timers = new CountedTimers(this.#cluster.time);
    const options = (instanceName: string): ClientOptions => this.#options(instanceName);
    this.#producer = new FuzzProducer(this.#random, this.#cluster, options);
    this.#consumers = new FuzzConsumers(this.#random, this.#cluster, options, (promise, what) => {
      return this.#within(promise, MAX_CLOSE_MS, what);
    });
  }

  async play(): Promise<void> {
    await this.#cluster.start();
    await this.#within(this.#producer.start(), MAX_CLOSE_MS, 'the producer to start');
    const members = 1 + this.#random.below(2);
    for (let member = 0; member < members; member++) await this.#consumers.join();
    for (let round = 0; round < ROUNDS; round++) await this.#round();
    this.#net.isFaulty = false;
    const last = this.#producer.sendUntilStored();
    await this.#within(last, MAX_RECONNECTION_MS, 'a send after the network healed');
    await this.#cluster.pass(ALL_SENT_MS);
    await this.#expectAllConsumed();
    this.#expectNone(this.#producer.problemsOf(this.#stored()));
    this.#net.isFaulty = this.#random.chance(0.5);
    const closing = Promise.all([this.#producer.close(), this.#consumers.close()]);
    await this.#within(closing, MAX_CLOSE_MS, 'all to close');
    this.#net.isFaulty = false;
    await this.#cluster.pass(STEP_MS);
    await this.#cluster.close();
    this.#expectNone([...this.#producer.problems, ...this.#consumers.problems]);
    this.#expectNothingLeft();
  }

  #options(instanceName: string): ClientOptions {
    return {
      ...this.#cluster.options(instanceName),
      timers: this.#timers,
      net: this.#net,
      random: this.#random,
    };
  }

  async #round(): Promise<void> {
    const sends = this.#random.below(MAX_SENDS_A_ROUND + 1);
    for (let index = 0; index < sends; index++) void this.#producer.send();
    if (this.#random.chance(0.1)) this.#net.cutAll();
    if (this.#random.chance(0.1)) {
      const broker = this.#random.pick(this.#cluster.brokers);
      await broker.stop();
      await this.#cluster.pass(this.#random.below(MAX_ROUND_MS));
      await broker.start();
    }
    if (this.#random.chance(0.1)) await this.#consumers.replaceOne();
    if (this.#random.chance(0.1)) await this.#consumers.meddle();
    if (this.#random.chance(0.05)) {
      await this.#within(this.#producer.replace(), MAX_CLOSE_MS, 'another producer');
    }
    await this.#cluster.pass(this.#random.below(MAX_ROUND_MS));
  }

  /** Whether acknowledged or not: what is stored reaches a listener, and every transaction ends. */
  async #expectAllConsumed(): Promise<void> {
    let missing: readonly string[] = [];
    let halves = 0;
    for (let passedMs = 0; passedMs < MAX_RECOVERY_MS; passedMs += STEP_MS) {
      missing = this.#consumers.missing(this.#stored());
      halves = this.#cluster.brokers.reduce((sum, broker) => sum + broker.openHalves, 0);
      if (missing.length === 0 && halves === 0) return;
      await this.#cluster.pass(STEP_MS);
    }
    const { kind } = this.#consumers;
    const what = `stored and not consumed (${kind}): ${missing.join(', ')}`;
    throw new FuzzFailure(`${what}; ${halves} transactions are open`);
  }

  #stored(): ReadonlySet<string> {
    return new Set(this.#cluster.brokers.flatMap((broker) => broker.bodies(TOPIC)));
  }

  #expectNone(problems: readonly string[]): void {
    if (problems.length > 0) throw new FuzzFailure(problems.join('; '));
  }

  #expectNothingLeft(): void {
    const { openSockets } = this.#net;
    if (openSockets > 0) throw new FuzzFailure(`${openSockets} sockets are open`);
    const [timer] = this.#timers.waiting;
    if (timer !== undefined) throw new FuzzFailure(`a timer is left after all closed: ${timer}`);
  }

  async #within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
    const startedMs = this.#cluster.time.monotonicMs();
    const timedOut = (): FuzzFailure => new FuzzFailure(`${what}: not within ${limitMs} ms`);
    return this.#cluster.outcome(promise, limitMs).catch((error: unknown) => {
      throw this.#cluster.time.monotonicMs() - startedMs >= limitMs ? timedOut() : error;
    });
  }
}
