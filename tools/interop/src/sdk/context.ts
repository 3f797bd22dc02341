import { AdminCalls, BrokerAdmin, ClusterAdmin, GroupAdmin, TopicAdmin } from '@orbitmq/admin';
import {
  type ClientOptions,
  type Message,
  Producer,
  type ProducerOptions,
  PushConsumer,
  type PushConsumerOptions,
  type SendResult,
} from '@orbitmq/client';
import { RemotingClient } from '@orbitmq/remoting';
import { makeBody } from './body.ts';
import { check, checkEqual, sleep, waitFor } from './check.ts';
import { stderrLog } from './stderr-log.ts';
import type { Tally } from './tally.ts';

/** Enough for a busy two-core machine; what must be fast has limits of its own. */
export const TIMEOUT_MS = 60_000;
const ROUTE_POLL_MS = 1_000;
const SEND_TIMEOUT_MS = 10_000;
/** How long what is too much is given to show. */
const SURPLUS_MS = 300;
const READ_AND_WRITE = 6;

const ANY_CERTIFICATE = { isEnabled: true, isTestMode: true, authServer: false } as const;

/** What scenarios are made of: names of their own, clients that are closed at the end, facts to report. */
export class Context {
  /** A name that no other run has; part of every topic, group and body. */
  readonly run: string;
  readonly nameServers: readonly string[];
  readonly facts: Record<string, number | string> = {};
  readonly #parameters: ReadonlyMap<string, string>;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #calls: AdminCalls;
  readonly #tls: ClientOptions['tls'];
  #names = 0;

  constructor(scenario: string, namesrv: string, parameters: ReadonlyMap<string, string>) {
    this.run = `${scenario}_${Date.now().toString(36)}`;
    this.nameServers = namesrv.split(';');
    this.#parameters = parameters;
    this.#tls = parameters.get('tls') === 'true' ? ANY_CERTIFICATE : undefined;
    const remoting = new RemotingClient({ log: stderrLog('admin'), tls: this.#tls });
    this.#calls = new AdminCalls({ remoting, nameServers: this.nameServers });
    this.onClose(() => remoting.close());
  }

  parameter(name: string, otherwise: number): number {
    const text = this.#parameters.get(name);
    return text === undefined ? otherwise : Number(text);
  }

  /** Numbers parted by slashes. */
  numbers(name: string, otherwise: readonly number[]): readonly number[] {
    return this.#parameters.get(name)?.split('/').map(Number) ?? otherwise;
  }

  /** A parameter that must have been passed. */
  text(name: string): string {
    const text = this.#parameters.get(name);
    check(text !== undefined, `parameter ${name} is missing`);
    return text;
  }

  onClose(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  /** Closes all clients, the last one first. */
  async close(): Promise<void> {
    for (const closer of this.#closers.toReversed()) await closer();
  }

  group(suffix: string): string {
    return `g_${this.run}_${suffix}`;
  }

  get topics(): TopicAdmin {
    return new TopicAdmin(this.#calls);
  }

  get groups(): GroupAdmin {
    return new GroupAdmin(this.#calls);
  }

  get brokersAdmin(): BrokerAdmin {
    return new BrokerAdmin(this.#calls);
  }

  /** Addresses of all masters. */
  async brokers(): Promise<readonly string[]> {
    const brokers = await new ClusterAdmin(this.#calls).brokers();
    return brokers.filter(({ brokerId }) => brokerId === 0).map(({ address }) => address);
  }

  /** Creates a topic of this run and waits for its route. */
  async topic(queues: number): Promise<string> {
    const topic = `t_${this.run}_${++this.#names}`;
    await this.createTopic(topic, queues);
    return topic;
  }

  async createTopic(topicName: string, queues: number): Promise<void> {
    for (const broker of await this.brokers()) {
      await this.topics.put(broker, {
        topicName,
        readQueueNums: queues,
        writeQueueNums: queues,
        perm: READ_AND_WRITE,
        topicFilterType: 'SINGLE_TAG',
        topicSysFlag: 0,
        order: false,
      });
    }
    await waitFor({
      what: `a route of ${topicName}`,
      timeoutMs: TIMEOUT_MS,
      until: () => this.hasRoute(topicName),
    });
  }

  async hasRoute(topic: string): Promise<boolean> {
    const route = await this.topics.route(topic).catch(() => undefined);
    return route !== undefined && route.queueDatas.length > 0;
  }

  async producer(options: Partial<ProducerOptions> = {}): Promise<Producer> {
    const group = this.group(`p${++this.#names}`);
    const producer = new Producer({
      nameServers: this.nameServers,
      group,
      routeRefreshMs: ROUTE_POLL_MS,
      sendTimeoutMs: SEND_TIMEOUT_MS,
      log: stderrLog(group),
      tls: this.#tls,
      ...options,
    });
    await producer.start();
    this.onClose(() => producer.close());
    return producer;
  }

  /** A consumer that begins with the first message; to be subscribed and started. */
  newConsumer(group: string, options: Partial<PushConsumerOptions> = {}): PushConsumer {
    const consumer = new PushConsumer({
      nameServers: this.nameServers,
      group,
      routeRefreshMs: ROUTE_POLL_MS,
      consumeFrom: 'first',
      log: stderrLog(group),
      tls: this.#tls,
      ...options,
    });
    this.onClose(() => consumer.close());
    return consumer;
  }

  /** A started consumer that tells the tally of everything it gets. */
  async consumer(
    tally: Tally,
    from: { readonly group: string; readonly topic: string; readonly expression?: string },
    options: Partial<PushConsumerOptions> = {},
  ): Promise<PushConsumer> {
    const consumer = this.newConsumer(from.group, options);
    consumer.subscribe(from.topic, from.expression ?? '*', (message) => {
      tally.add(message);
    });
    await consumer.start();
    return consumer;
  }

  /** A message of this run, with its key. */
  message(
    topic: string,
    index: number,
    { tags = 'TagA', sizeBytes = 64 + (index % 512), run = this.run } = {},
  ): Message {
    return { topic, tags, keys: `k${index}`, body: makeBody(run, index, sizeBytes) };
  }

  /** Sends indexes from..to one after another; all must be stored. */
  async sendAll(producer: Producer, topic: string, from: number, to: number): Promise<void> {
    for (let index = from; index < to; index++) {
      stored(await producer.send(this.message(topic, index)));
    }
  }

  /** Waits until the tally holds that many, then a moment longer so that what is too much shows. */
  async awaitAll(tally: Tally, expected: number): Promise<void> {
    await waitFor({
      what: `${expected} messages`,
      timeoutMs: TIMEOUT_MS,
      until: () => tally.distinct >= expected,
      state: () => `got ${tally.distinct} (${tally.total} deliveries)`,
    });
    await sleep(SURPLUS_MS);
  }
}

/** The result itself, when the message is as safe as the broker is configured for. */
export function stored(result: SendResult): SendResult {
  checkEqual('send status', 'SEND_OK', result.status);
  return result;
}

/** Runs tasks 0..count, so many at a time; the first failure ends it. */
export async function runWindowed(
  count: number,
  window: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await task(index);
  };
  await Promise.all(Array.from({ length: window }, worker));
}
