import { type Logger, silentLogger } from '@orbitmq/kernel';
import { getRouteInfoByTopic, printTopicRouteData, ResponseCode } from '@orbitmq/protocol';
import { RemotingServer, reply } from '@orbitmq/remoting';
import { MemoryNet, settled, VirtualTime } from '@orbitmq/testkit';
import type { ClientOptions } from '../src/client-options.ts';
import { LitePullConsumer } from '../src/lite-pull-consumer.ts';
import type { LitePullConsumerOptions } from '../src/lite-pull-options.ts';
import type { MessageQueue } from '../src/message.ts';
import { PushConsumer } from '../src/push-consumer.ts';
import type { PushConsumerOptions } from '../src/push-options.ts';
import { MemoryBroker } from './memory-broker.ts';

/** Group of the consumers that a cluster makes, and the topic it has from the beginning: two queues a broker. */
export const GROUP = 'G';
export const TOPIC = 'T';

const NAME_SERVER_PORT = 9_876;
const FIRST_BROKER_PORT = 10_911;
/** Time passes in steps, and what becomes ready in each is delivered before the next. */
const STEP_MS = 100;
/** Some seconds of a machine that does nothing else. */
const MAX_TURNS = 200_000;

/** Name server and brokers in memory, on a clock that moves when told to. */
export class MemoryCluster {
  readonly net = new MemoryNet();
  readonly time = new VirtualTime();
  readonly brokers: readonly MemoryBroker[];
  /** Queues of each topic on every broker; `%RETRY%` topics are there when their group is. */
  readonly topics = new Map([[TOPIC, 2]]);
  /** What clients logged as warnings and errors. */
  readonly complaints: string[] = [];
  readonly #nameServer: RemotingServer;
  readonly #clients: AsyncDisposable[] = [];
  readonly #log: Logger = {
    ...silentLogger,
    warn: (fields, message) => void this.complaints.push(`${message} ${String(fields['err'])}`),
    error: (fields, message) => void this.complaints.push(`${message} ${String(fields['err'])}`),
    child: () => this.#log,
  };

  constructor(brokers = 1) {
    const { net, time } = this;
    this.brokers = Array.from({ length: brokers }, (_, index) => {
      return new MemoryBroker(`broker-${index}`, FIRST_BROKER_PORT + 10 * index, net, time);
    });
    this.#nameServer = new RemotingServer({
      port: NAME_SERVER_PORT,
      net,
      clock: time,
      timers: time,
    });
    this.#nameServer.register(getRouteInfoByTopic, ({ topic }) => {
      const queues = this.topics.get(topic) ?? (this.#isRetryTopic(topic) ? 1 : undefined);
      if (queues === undefined) return reply({ code: ResponseCode.TOPIC_NOT_EXIST });
      return reply({ body: printTopicRouteData(this.#route(queues)) });
    });
  }

  get broker(): MemoryBroker {
    return this.brokers[0] as MemoryBroker;
  }

  async start(): Promise<this> {
    await this.#nameServer.listen();
    for (const broker of this.brokers) await broker.start();
    return this;
  }

  /** Options of clients of this cluster. */
  options(instanceName: string): ClientOptions {
    const { net, time } = this;
    return {
      nameServers: [`127.0.0.1:${NAME_SERVER_PORT}`],
      instanceName,
      net,
      clock: time,
      timers: time,
      log: this.#log,
    };
  }

  /** Queues of a topic on all brokers. */
  queues(topic: string): readonly MessageQueue[] {
    const count = this.topics.get(topic) ?? 0;
    return this.brokers.flatMap(({ name }) => {
      return Array.from({ length: count }, (_, queueId) => ({ topic, brokerName: name, queueId }));
    });
  }

  /** Closes the client together with the cluster. */
  adopt<C extends AsyncDisposable>(client: C): C {
    this.#clients.push(client);
    return client;
  }

  /** A consumer of this cluster that begins with what is there. */
  pushConsumer(instanceName: string, options: Partial<PushConsumerOptions> = {}): PushConsumer {
    const own = { group: GROUP, consumeFrom: 'first' } as const;
    return this.adopt(new PushConsumer({ ...this.options(instanceName), ...own, ...options }));
  }

  /** As {@link pushConsumer}. */
  litePullConsumer(
    instanceName: string,
    options: Partial<LitePullConsumerOptions> = {},
  ): LitePullConsumer {
    const own = { group: GROUP, consumeFrom: 'first' } as const;
    return this.adopt(new LitePullConsumer({ ...this.options(instanceName), ...own, ...options }));
  }

  /** Lets time pass, and everything that becomes ready be delivered. */
  async pass(ms: number): Promise<void> {
    await settled();
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
      this.time.pass(Math.min(STEP_MS, ms - passedMs));
      await settled();
    }
  }

  /** What a promise comes to while time passes, for so long at most. */
  async outcome<T>(promise: Promise<T>, withinMs = 60_000): Promise<T> {
    const state = { isSettled: false };
    const settle = (): void => {
      state.isSettled = true;
    };
    promise.then(settle, settle);
    for (let passedMs = 0; !state.isSettled && passedMs < withinMs; passedMs += STEP_MS) {
      await this.pass(STEP_MS);
    }
    if (!state.isSettled) throw new Error(`nothing came of it within ${withinMs} ms`);
    return promise;
  }

  /** Waits for work that virtual time does not drive, as that of the thread pool. */
  async until(isTrue: () => boolean): Promise<void> {
    for (let turn = 0; !isTrue(); turn++) {
      if (turn > MAX_TURNS) throw new Error('it did not come to be');
      await settled();
    }
  }

  /** Clients first: they take their leave. */
  async close(): Promise<void> {
    await this.outcome(Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]())));
    for (const broker of this.brokers) await broker.stop();
    await this.outcome(this.#nameServer.close());
  }

  #isRetryTopic(topic: string): boolean {
    const group = topic.replace(/^%RETRY%/, '');
    return group !== topic && this.brokers.some((broker) => broker.members.has(group));
  }

  #route(queues: number) {
    return {
      brokerDatas: this.brokers.map(({ name, address }) => ({
        brokerName: name,
        cluster: 'fake',
        brokerAddrs: new Map([[0, address]]),
      })),
      filterServerTable: new Map<string, string[]>(),
      queueDatas: this.brokers.map(({ name }) => ({
        brokerName: name,
        perm: 6,
        readQueueNums: queues,
        topicSysFlag: 0,
        writeQueueNums: queues,
      })),
    };
  }
}
