import { RocketMqError, required } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  getRouteInfoByTopic,
  parseTopicRouteData,
  type RequestOf,
  ResponseCode,
  type TopicRouteData,
} from '@orbitmq/protocol';
import type { RemotingClient, Reply } from '@orbitmq/remoting';
import { AdminError, ClientCode } from './admin-error.ts';

/** What Apache's admin client waits for an answer. */
export const DEFAULT_TIMEOUT_MS = 5_000;

export interface AdminCallsOptions {
  readonly remoting: RemotingClient;
  /** `host:port` of each name server. */
  readonly nameServers: readonly string[];
  readonly timeoutMs?: number | undefined;
}

export interface CallOptions {
  readonly body?: Buffer | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Requests to name servers and brokers, checked for success; what all operations are made of. */
export class AdminCalls {
  readonly nameServers: readonly string[];
  readonly #remoting: RemotingClient;
  readonly #timeoutMs: number;
  /** Where the last request to any name server was answered. */
  #chosen = 0;

  constructor(options: AdminCallsOptions) {
    this.#remoting = options.remoting;
    this.nameServers = options.nameServers;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /**
   * Asks one server.
   *
   * @throws {AdminError} when it refuses; a `RocketMqError` of remoting when it cannot be reached or is silent
   */
  async call<D extends AnyCommandDefinition>(
    address: string,
    definition: D,
    values: RequestOf<D>,
    options: CallOptions = {},
  ): Promise<Reply<D>> {
    const reply = await this.ask(address, definition, values, options);
    if (reply.code !== ResponseCode.SUCCESS) {
      throw new AdminError(reply.code, reply.remark ?? '', address);
    }
    return reply;
  }

  /** As {@link call}, for requests of which other answers than success are expected. */
  ask<D extends AnyCommandDefinition>(
    address: string,
    definition: D,
    values: RequestOf<D>,
    options: CallOptions = {},
  ): Promise<Reply<D>> {
    return this.#remoting.invoke(address, definition, values, {
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      ...(options.body === undefined ? {} : { body: options.body }),
    });
  }

  /** Asks any name server: the one that answered last, the others when it cannot be reached. */
  async callAnyNameServer<D extends AnyCommandDefinition>(
    definition: D,
    values: RequestOf<D>,
  ): Promise<Reply<D>> {
    this.#requireNameServers();
    let failure: unknown;
    for (let attempt = 0; attempt < this.nameServers.length; attempt++) {
      const index = (this.#chosen + attempt) % this.nameServers.length;
      const address = required(this.nameServers[index], 'the index is within the list');
      try {
        const reply = await this.call(address, definition, values);
        this.#chosen = index;
        return reply;
      } catch (error) {
        if (error instanceof AdminError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Asks every name server, in their order; stops at the first that fails. */
  async callEveryNameServer<D extends AnyCommandDefinition>(
    definition: D,
    values: RequestOf<D>,
    options: CallOptions = {},
  ): Promise<ReadonlyMap<string, Reply<D>>> {
    this.#requireNameServers();
    const replies = new Map<string, Reply<D>>();
    for (const address of this.nameServers) {
      replies.set(address, await this.call(address, definition, values, options));
    }
    return replies;
  }

  /**
   * Where a topic is.
   *
   * @throws {AdminError} 17 when no name server knows
   */
  async route(topic: string): Promise<TopicRouteData> {
    try {
      const values = { topic, acceptStandardJsonOnly: true };
      const reply = await this.callAnyNameServer(getRouteInfoByTopic, values);
      return parseTopicRouteData(reply.body);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      if (error.responseCode !== ClientCode.routeMissing) throw error;
      throw new AdminError(ClientCode.routeMissing, error.description);
    }
  }

  #requireNameServers(): void {
    if (this.nameServers.length > 0) return;
    throw new RocketMqError('connect to null failed', { code: 'REMOTING_CONNECT_FAILED' });
  }
}
