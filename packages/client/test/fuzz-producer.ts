/** The sending side of the network fuzz: every way to send, and what must hold of what was sent. */
import { RocketMqError } from '@orbitmq/kernel';
import { delay } from '@orbitmq/runtime';
import type { SeededRandom } from '@orbitmq/testkit';
import { Producer, type TransactionListener, type TransactionState } from '../src/index.ts';
import type { ProducerOptions } from '../src/producer-options.ts';
import { type MemoryCluster, TOPIC } from './memory-cluster.ts';

const SEND_TIMEOUT_MS = 3_000;
/** Requests time out in steps, and here time passes in steps of 100 ms. */
const SEND_SLACK_MS = 400;
/** After which every send has ended. */
export const ALL_SENT_MS = 2 * SEND_TIMEOUT_MS + SEND_SLACK_MS;
/** Before a message that could not be sent is sent again. */
const PAUSE_MS = 500;
const MAX_BATCH = 5;
const FAILS_AT_RANDOM = 0.1;

type Way = 'single' | 'batch' | 'oneway' | 'transaction';

export class FuzzProducer {
  /** What did not hold. */
  readonly problems: string[] = [];
  readonly #random: SeededRandom;
  readonly #cluster: MemoryCluster;
  readonly #options: (instanceName: string) => Omit<ProducerOptions, 'group'>;
  readonly #acknowledged: string[] = [];
  readonly #batches: (readonly string[])[] = [];
  /** What the application decided about its transactions, by their ids; it survives its processes. */
  readonly #decided = new Map<string, { readonly body: string; readonly isCommitted: boolean }>();
  readonly #open = new Set<string>();
  #producer: Producer;
  #bodies = 0;
  #lives = 0;

  constructor(
    random: SeededRandom,
    cluster: MemoryCluster,
    options: (instanceName: string) => Omit<ProducerOptions, 'group'>,
  ) {
    this.#random = random;
    this.#cluster = cluster;
    this.#options = options;
    this.#producer = this.#newProducer();
  }

  start(): Promise<void> {
    return this.#producer.start();
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  /** Another process of the group takes over: brokers ask it about transactions of the one that is gone. */
  async replace(): Promise<void> {
    const gone = this.#producer;
    this.#producer = this.#newProducer();
    await this.#producer.start();
    await gone.close();
  }

  /** Sends something, in any way. Never rejects. */
  async send(): Promise<void> {
    const way = this.#random.pick(['single', 'single', 'batch', 'oneway', 'transaction'] as const);
    const bodies = Array.from({ length: way === 'batch' ? 1 + this.#random.below(MAX_BATCH) : 1 });
    const names = bodies.map(() => `${way} ${this.#bodies++}`);
    const [name = ''] = names;
    this.#open.add(name);
    const startedMs = this.#cluster.time.monotonicMs();
    try {
      await this.#sendBy(way, names);
    } catch (error) {
      if (!(error instanceof RocketMqError)) {
        this.problems.push(`${name} failed with ${String(error)}`);
      }
    }
    this.#open.delete(name);
    const tookMs = this.#cluster.time.monotonicMs() - startedMs;
    // The word that ends a transaction has as much time again.
    const limitMs = (way === 'transaction' ? 2 : 1) * SEND_TIMEOUT_MS + SEND_SLACK_MS;
    if (tookMs > limitMs) this.problems.push(`${name} took ${tookMs} ms`);
  }

  /** Sends until a broker has it, as an application that goes on. Brokers hear of producers that send. */
  async sendUntilStored(): Promise<void> {
    const body = `last ${this.#bodies++}`;
    while (!(await this.#isSent(body))) await delay(this.#cluster.time, PAUSE_MS);
    this.#acknowledged.push(body);
  }

  /** @param stored bodies that brokers have; nothing is under way, and transactions are over */
  problemsOf(stored: ReadonlySet<string>): readonly string[] {
    const found = [...this.#open].map((name) => `${name} never ended`);
    for (const name of this.#acknowledged) {
      if (!stored.has(name)) found.push(`${name} was acknowledged and is not stored`);
    }
    for (const batch of this.#batches) {
      const count = batch.filter((name) => stored.has(name)).length;
      if (count > 0 && count < batch.length) found.push(`of ${batch.join()} ${count} are stored`);
    }
    for (const { body, isCommitted } of this.#decided.values()) {
      if (isCommitted !== stored.has(body)) {
        found.push(`${body} is ${isCommitted ? 'committed and not' : 'rolled back and'} stored`);
      }
    }
    for (const body of stored) {
      const isTransaction = body.startsWith('transaction');
      const isKnown = [...this.#decided.values()].some((decided) => decided.body === body);
      if (isTransaction && !isKnown) found.push(`${body} was never decided and is stored`);
    }
    return found;
  }

  async #isSent(body: string): Promise<boolean> {
    try {
      await this.#producer.send({ topic: TOPIC, body });
      return true;
    } catch (error) {
      if (error instanceof RocketMqError) return false;
      throw error;
    }
  }

  async #sendBy(way: Way, names: readonly string[]): Promise<void> {
    const messages = names.map((body) => ({ topic: TOPIC, body }));
    const [message] = messages as [{ readonly topic: string; readonly body: string }];
    if (way === 'oneway') {
      await this.#producer.sendOneway(message);
    } else if (way === 'transaction') {
      await this.#producer.sendInTransaction(message);
    } else if (way === 'batch') {
      this.#batches.push(names);
      await this.#producer.sendBatch(messages);
      this.#acknowledged.push(...names);
    } else {
      await this.#producer.send(message);
      this.#acknowledged.push(message.body);
    }
  }

  #newProducer(): Producer {
    return new Producer({
      ...this.#options(`producer-${this.#lives++}`),
      group: 'P',
      sendTimeoutMs: SEND_TIMEOUT_MS,
      retries: this.#random.below(4),
      attemptTimeoutMs: this.#random.chance(0.5) ? 1_000 : undefined,
      avoidsSlowBrokers: this.#random.chance(0.5),
      transactionListener: this.#listener(),
    });
  }

  #listener(): TransactionListener {
    const sayOrNot = (isCommitted: boolean): TransactionState => {
      if (this.#random.chance(FAILS_AT_RANDOM)) throw new Error('the database does not answer');
      if (this.#random.chance(FAILS_AT_RANDOM)) return 'unknown';
      return isCommitted ? 'commit' : 'rollback';
    };
    return {
      executeLocal: ({ body }, _argument, id) => {
        const isCommitted = this.#random.chance(0.5);
        this.#decided.set(id, { body: body.toString(), isCommitted });
        return sayOrNot(isCommitted);
      },
      // What was never begun is no more begun.
      check: ({ messageId }) => sayOrNot(this.#decided.get(messageId)?.isCommitted === true),
    };
  }
}
