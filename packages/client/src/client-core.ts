/** What producers and consumers share: name servers, routes, brokers, heartbeats. Source: MQClientInstance.java. */
import { networkInterfaces } from 'node:os';
import { type Logger, RocketMqError, silentLogger, toError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  getRouteInfoByTopic,
  type HeartbeatData,
  heartBeat,
  parseTopicRouteData,
  printHeartbeatData,
  type RequestOf,
  ResponseCode,
  SystemTopic,
  type TopicRouteData,
} from '@orbitmq/protocol';
import { RemotingClient, type Reply, type TlsClientSettings } from '@orbitmq/remoting';
import {
  type Clock,
  type Random,
  systemClock,
  systemRandom,
  systemTimers,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import { brokerRefused, ClientErrorCode, invalidArgument } from './client-error.ts';
import { allAddresses, masterAddress, routeForNewTopic } from './routes.ts';

/** Options of every client. */
export interface ClientOptions {
  /** `host:port` of the name servers. */
  readonly nameServers: readonly string[];
  /** Part of the client id; one that no other client on the machine has is made when it is absent. */
  readonly instanceName?: string | undefined;
  /** How often routes are asked for again; 30 000 when absent. */
  readonly routeRefreshMs?: number | undefined;
  /** How often brokers hear of the client; 30 000 when absent. They forget it after 120 s. */
  readonly heartbeatMs?: number | undefined;
  readonly tls?: TlsClientSettings | undefined;
  readonly log?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly random?: Random | undefined;
}

const DEFAULT_PERIOD_MS = 30_000;
const ROUTE_TIMEOUT_MS = 3_000;
const HEARTBEAT_TIMEOUT_MS = 3_000;
/** Queues of a topic that a send creates (`defaultTopicQueueNums`). */
export const NEW_TOPIC_QUEUES = 4;

export class ClientCore {
  readonly remoting: RemotingClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly clientId: string;
  readonly #options: ClientOptions;
  readonly #routes = new Map<string, TopicRouteData>();
  readonly #fetching = new Map<string, Promise<TopicRouteData | undefined>>();
  readonly #timers: Timer[] = [];
  #nextNameServer: number;
  #heartbeat: (() => HeartbeatData) | undefined;

  constructor(options: ClientOptions) {
    if (options.nameServers.length === 0) {
      throw invalidArgument('nameServers is empty, expected at least one host:port');
    }
    this.#options = options;
    this.log = options.log ?? silentLogger;
    this.clock = options.clock ?? systemClock;
    this.timers = options.timers ?? systemTimers;
    this.random = options.random ?? systemRandom;
    const { log, clock, timers } = this;
    this.remoting = new RemotingClient({ log, clock, timers, tls: options.tls });
    this.#nextNameServer = this.random.below(1000);
    const instance =
      options.instanceName ?? `${process.pid}#${Math.floor(this.random.next() * 2 ** 48)}`;
    this.clientId = `${localIp()}@${instance}`;
  }

  /** Begins to refresh routes and to send heartbeats. */
  start(heartbeat: () => HeartbeatData): void {
    this.#heartbeat = heartbeat;
    const { routeRefreshMs = DEFAULT_PERIOD_MS, heartbeatMs = DEFAULT_PERIOD_MS } = this.#options;
    this.#timers.push(
      this.timers.every(routeRefreshMs, () => void this.#refreshRoutes()),
      this.timers.every(heartbeatMs, () => void this.sendHeartbeats()),
    );
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
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
    });
    this.#fetching.set(topic, started);
    return started;
  }

  /** The route to send to: of the topic, or while it does not exist that of the template it is made from. */
  async publishRoute(topic: string): Promise<TopicRouteData | undefined> {
    const known = await this.route(topic);
    if (known !== undefined) return known;
    const template = await this.#askForRoute(SystemTopic.autoCreateTemplate);
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

  /** Tells all brokers of the known routes who we are. Never rejects. */
  async sendHeartbeats(): Promise<void> {
    const data = this.#heartbeat?.();
    if (data === undefined) return;
    const body = printHeartbeatData(data);
    const addresses = new Set([...this.#routes.values()].flatMap(allAddresses));
    await Promise.all(
      [...addresses].map(async (address) => {
        try {
          await this.call(address, heartBeat, {}, { timeoutMs: HEARTBEAT_TIMEOUT_MS, body });
        } catch (error) {
          this.log.warn({ address, err: toError(error) }, 'heartbeat failed');
        }
      }),
    );
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
    const route = await this.#askForRoute(topic);
    if (route !== undefined) this.#routes.set(topic, route);
    return route ?? this.#routes.get(topic);
  }

  /** Asks one name server after the other, first the one that answered last. */
  async #askForRoute(topic: string): Promise<TopicRouteData | undefined> {
    const { nameServers } = this.#options;
    let failure: unknown;
    for (let attempt = 0; attempt < nameServers.length; attempt++) {
      const address = nameServers[this.#nextNameServer % nameServers.length] as string;
      try {
        const reply = await this.remoting.invoke(
          address,
          getRouteInfoByTopic,
          { topic },
          { timeoutMs: ROUTE_TIMEOUT_MS },
        );
        if (reply.code === ResponseCode.SUCCESS) return parseTopicRouteData(reply.body);
        if (reply.code === ResponseCode.TOPIC_NOT_EXIST) return undefined;
        failure = brokerRefused(address, reply.code, reply.remark);
      } catch (error) {
        failure = error;
      }
      this.#nextNameServer++;
    }
    throw new RocketMqError(`no name server answered: ${nameServers.join(', ')}`, {
      code: ClientErrorCode.noNameServer,
      isRetryable: true,
      details: { topic },
      cause: failure,
    });
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
