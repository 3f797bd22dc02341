/** What producers and consumers share: name servers, routes, brokers, heartbeats. Source: MQClientInstance.java. */
import { networkInterfaces } from 'node:os';
import { signRequests } from '@orbitmq/auth';
import { type Logger, RocketMqError, silentLogger, toError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  type HeartbeatData,
  heartBeat,
  printHeartbeatData,
  type RequestOf,
  ResponseCode,
  SystemTopic,
  type TopicRouteData,
} from '@orbitmq/protocol';
import { RemotingClient, type Reply } from '@orbitmq/remoting';
import {
  type Clock,
  type Disk,
  nodeDisk,
  type Random,
  systemClock,
  systemRandom,
  systemTimers,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import { loggerOf } from './application-calls.ts';
import { brokerRefused, ClientErrorCode } from './client-error.ts';
import type { ClientOptions } from './client-options.ts';
import type { MessageQueue } from './message.ts';
import { NameServers, nameServerList } from './name-servers.ts';
import { namespaceOf } from './namespace.ts';
import { DAY_MS, inRange, MIN_PERIOD_MS } from './option-checks.ts';
import {
  allAddresses,
  masterAddress,
  masterAddresses,
  readAddress,
  routeForNewTopic,
} from './routes.ts';

const MASTER = 0;
const NO_ROUTE: TopicRouteData = {
  brokerDatas: [],
  queueDatas: [],
  filterServerTable: new Map(),
};
const DEFAULT_PERIOD_MS = 30_000;
const HEARTBEAT_TIMEOUT_MS = 3_000;
/** After a connection was lost the broker hears of us again so soon, and again until it answers. */
const GREET_AGAIN_MS = 1_000;
/** A route that a failed send has shown to be stale is asked for again at most so often. */
const STALE_ROUTE_MS = 500;
/** No topic has this name. */
const TEMPLATE_KEY = ' template';
/** Queues of a topic that a send creates (`defaultTopicQueueNums`). */
export const NEW_TOPIC_QUEUES = 4;

export class ClientCore {
  readonly remoting: RemotingClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly nameServers: readonly string[];
  readonly clientId: string;
  readonly namespace: string | undefined;
  readonly #routeRefreshMs: number;
  readonly #heartbeatMs: number;
  readonly #routes = new Map<string, TopicRouteData>();
  readonly #fetching = new Map<string, Promise<TopicRouteData | undefined>>();
  readonly #refreshedMs = new Map<string, number>();
  /** Brokers that heard of us over the connection there is now. */
  readonly #greeted = new Set<string>();
  readonly #timers: Timer[] = [];
  /** Of brokers that are to hear of us again; bounded by the brokers there are. */
  readonly #greetings = new Map<string, Timer>();
  readonly #nameServers: NameServers;
  #heartbeat: (() => HeartbeatData) | undefined;
  #isClosed = false;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: ClientOptions) {
    const nameServers = nameServerList(options.nameServers);
    const { routeRefreshMs = DEFAULT_PERIOD_MS, heartbeatMs = DEFAULT_PERIOD_MS } = options;
    this.#routeRefreshMs = inRange('routeRefreshMs', routeRefreshMs, MIN_PERIOD_MS, DAY_MS);
    this.#heartbeatMs = inRange('heartbeatMs', heartbeatMs, MIN_PERIOD_MS, DAY_MS);
    this.log = options.log === undefined ? silentLogger : loggerOf(options.log);
    this.clock = options.clock ?? systemClock;
    this.timers = options.timers ?? systemTimers;
    this.random = options.random ?? systemRandom;
    this.disk = options.disk ?? nodeDisk;
    this.namespace = namespaceOf(options);
    const { log, clock, timers, disk } = this;
    const { net, tls, credentials } = options;
    const hooks = credentials === undefined ? [] : [signRequests(credentials)];
    this.remoting = new RemotingClient({ log, clock, timers, net, disk, tls, hooks });
    this.remoting.onDisconnected((address) => this.#onDisconnected(address));
    this.nameServers = nameServers;
    this.#nameServers = new NameServers(this.remoting, nameServers, this.random);
    const instance =
      options.instanceName ?? `${process.pid}#${Math.floor(this.random.next() * 2 ** 48)}`;
    this.clientId = `${localIp()}@${instance}`;
  }

  /** Begins to refresh routes and to send heartbeats. */
  start(heartbeat: () => HeartbeatData): void {
    this.#heartbeat = heartbeat;
    this.#timers.push(
      this.timers.every(this.#routeRefreshMs, () => void this.#refreshRoutes()),
      this.timers.every(this.#heartbeatMs, () => void this.sendHeartbeats()),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of [...this.#timers, ...this.#greetings.values()]) timer.cancel();
    await this.remoting.close();
  }

  /** The route as it is known, without asking. */
  knownRoute(topic: string): TopicRouteData | undefined {
    return this.#routes.get(topic);
  }

  /**
   * The topic's route, asked for when it is not known.
   *
   * @returns undefined when no name server knows the topic
   * @throws {RocketMqError} CLIENT_NO_NAME_SERVER when none answers
   */
  async route(topic: string): Promise<TopicRouteData | undefined> {
    return this.#routes.get(topic) ?? (await this.refreshRoute(topic));
  }

  /** Asks for the route, one question at a time for each topic. A route that is gone stays known. */
  refreshRoute(topic: string): Promise<TopicRouteData | undefined> {
    const fetching = this.#fetching.get(topic);
    if (fetching !== undefined) return fetching;
    const started = this.#fetchRoute(topic).finally(() => {
      this.#fetching.delete(topic);
      this.#refreshedMs.set(topic, this.clock.monotonicMs());
    });
    this.#fetching.set(topic, started);
    return started;
  }

  /** Asks for a route that proved wrong, unless that was done just now. Never rejects. */
  async refreshStaleRoute(topic: string): Promise<void> {
    const refreshedMs = this.#refreshedMs.get(topic) ?? Number.NEGATIVE_INFINITY;
    const isFresh = this.clock.monotonicMs() - refreshedMs < STALE_ROUTE_MS;
    if (isFresh && !this.#fetching.has(topic)) return;
    try {
      await this.refreshRoute(topic);
    } catch (error) {
      this.log.warn({ topic, err: toError(error) }, 'route could not be refreshed');
    }
  }

  /** The route to send to: of the topic, or while it does not exist that of the template it is made from. */
  async publishRoute(topic: string): Promise<TopicRouteData | undefined> {
    const known = await this.route(topic);
    if (known !== undefined) return known;
    const template = await this.#askForTemplate();
    return template === undefined ? undefined : routeForNewTopic(template, NEW_TOPIC_QUEUES);
  }

  /** @throws {RocketMqError} CLIENT_BROKER_NOT_FOUND */
  masterOf(route: TopicRouteData, brokerName: string): string {
    const address = masterAddress(route, brokerName);
    if (address !== undefined) return address;
    throw new RocketMqError(`broker ${brokerName} has no master address`, {
      code: ClientErrorCode.brokerNotFound,
      isRetryable: true,
      details: { brokerName },
    });
  }

  /** Where the master of the queue's broker is. @throws {RocketMqError} CLIENT_BROKER_NOT_FOUND */
  masterAddressOf(queue: MessageQueue): Promise<string> {
    return this.#addressOf(queue, masterAddress);
  }

  /** Where the queue's broker is: its master, or any of its slaves without one. @throws as {@link masterAddressOf} */
  anyAddressOf(queue: MessageQueue): Promise<string> {
    return this.#addressOf(queue, (route, brokerName) => readAddress(route, brokerName, MASTER));
  }

  /** Asks a broker. @throws {RocketMqError} CLIENT_BROKER_REFUSED for any code but success, REMOTING_… */
  async call<D extends AnyCommandDefinition>(
    address: string,
    definition: D,
    values: RequestOf<D>,
    options: { readonly timeoutMs: number; readonly body?: Buffer | undefined },
  ): Promise<Reply<D>> {
    const reply = await this.remoting.invoke(address, definition, values, options);
    if (reply.code !== ResponseCode.SUCCESS) throw brokerRefused(address, reply.code, reply.remark);
    return reply;
  }

  /** Tells all brokers of the known routes who we are; slaves matter to consumers only. Never rejects. */
  async sendHeartbeats(): Promise<void> {
    const data = this.#heartbeat?.();
    if (data === undefined) return;
    const body = printHeartbeatData(data);
    const addresses = this.#addressesToTell(data);
    await Promise.all([...addresses].map((address) => this.#sendHeartbeat(address, body)));
  }

  /** Sees to it that these brokers know us over the connections there are now. Never rejects. */
  async greet(addresses: readonly string[]): Promise<void> {
    const strangers = addresses.filter((address) => !this.#greeted.has(address));
    const data = strangers.length === 0 ? undefined : this.#heartbeat?.();
    if (data === undefined) return;
    const body = printHeartbeatData(data);
    await Promise.all(strangers.map((address) => this.#sendHeartbeat(address, body)));
  }

  /** Tells all brokers of the known routes that we leave. Never rejects. */
  async leaveBrokers<D extends AnyCommandDefinition>(
    definition: D,
    values: RequestOf<D>,
    timeoutMs: number,
  ): Promise<void> {
    const addresses = new Set([...this.#routes.values()].flatMap(allAddresses));
    await Promise.all(
      [...addresses].map(async (address) => {
        try {
          if (this.remoting.isConnected(address)) {
            await this.call(address, definition, values, { timeoutMs });
          }
        } catch (error) {
          this.log.debug({ address, err: toError(error) }, 'a broker was not told that we leave');
        }
      }),
    );
  }

  async #addressOf(
    { topic, brokerName }: MessageQueue,
    choose: (route: TopicRouteData, brokerName: string) => string | undefined,
  ): Promise<string> {
    const route = await this.route(topic);
    const address = route && choose(route, brokerName);
    if (address !== undefined) return address;
    return this.masterOf((await this.refreshRoute(topic)) ?? NO_ROUTE, brokerName);
  }

  async #refreshRoutes(): Promise<void> {
    for (const topic of this.#routes.keys()) {
      try {
        await this.refreshRoute(topic);
      } catch (error) {
        this.log.warn({ topic, err: toError(error) }, 'route could not be refreshed');
      }
    }
  }

  async #fetchRoute(topic: string): Promise<TopicRouteData | undefined> {
    const route = await this.#nameServers.route(topic);
    if (route !== undefined) this.#routes.set(topic, route);
    return route ?? this.#routes.get(topic);
  }

  /** The template's route, asked for once however many sends wait for it. */
  #askForTemplate(): Promise<TopicRouteData | undefined> {
    const asking = this.#fetching.get(TEMPLATE_KEY);
    if (asking !== undefined) return asking;
    const started = this.#nameServers.route(SystemTopic.autoCreateTemplate).finally(() => {
      this.#fetching.delete(TEMPLATE_KEY);
    });
    this.#fetching.set(TEMPLATE_KEY, started);
    return started;
  }

  #addressesToTell({ consumerDataSet }: HeartbeatData): ReadonlySet<string> {
    const select = consumerDataSet.length === 0 ? masterAddresses : allAddresses;
    return new Set([...this.#routes.values()].flatMap(select));
  }

  async #sendHeartbeat(address: string, body: Buffer): Promise<void> {
    try {
      await this.call(address, heartBeat, {}, { timeoutMs: HEARTBEAT_TIMEOUT_MS, body });
      this.#greeted.add(address);
    } catch (error) {
      this.log.warn({ address, err: toError(error) }, 'heartbeat failed');
    }
  }

  /** Brokers know clients by their connections: over a new one they have to be told again. */
  #onDisconnected(address: string): void {
    if (this.#greeted.delete(address) && !this.#isClosed) this.#greetLater(address);
  }

  #greetLater(address: string): void {
    this.#greetings.get(address)?.cancel();
    const timer = this.timers.after(GREET_AGAIN_MS, () => {
      this.#greetings.delete(address);
      void this.#greetAgain(address);
    });
    this.#greetings.set(address, timer);
  }

  async #greetAgain(address: string): Promise<void> {
    const data = this.#heartbeat?.();
    if (data === undefined || !this.#addressesToTell(data).has(address)) return;
    await this.greet([address]);
    if (!this.#greeted.has(address) && !this.#isClosed) this.#greetLater(address);
  }
}

/** First address of this machine that others could reach; the loopback when there is none. */
export function localIp(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) {
      if (family === 'IPv4' && !internal) return address;
    }
  }
  return '127.0.0.1';
}
