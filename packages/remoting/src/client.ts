/**
 * Calls to servers: one connection per address, made when it is first needed and again when it is lost.
 *
 * Source: NettyRemotingClient.java, NettyClientConfig.java.
 */
import { type Logger, RocketMqError, required, silentLogger } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  encodeFields,
  FrameView,
  type RequestOf,
  type SerializeType,
} from '@orbitmq/protocol';
import {
  type Clock,
  type Disk,
  type Net,
  nodeDisk,
  nodeNet,
  systemClock,
  systemTimers,
  type Timer,
  type Timers,
  type TlsClientOptions,
} from '@orbitmq/runtime';
import { parseAddress } from './address.ts';
import { BoundedLog } from './bounded-log.ts';
import { Channel, type ChannelHost } from './channel.ts';
import {
  type CloseReason,
  Connection,
  type ConnectionHost,
  type InvokeOptions,
  type OutgoingRequest,
} from './connection.ts';
import { Dispatcher, type Handler, type RawHandler } from './dispatcher.ts';
import { RemotingErrorCode, tooManyRequests } from './errors.ts';
import { Exchange, type ExchangeHost } from './exchange.ts';
import { InputBudget } from './frame-input.ts';
import { type ClientLimits, DEFAULT_CLIENT_LIMITS } from './limits.ts';
import { Flusher } from './output.ts';
import type { ReplyReceiver } from './pending-requests.ts';
import { PromisedReply, type Reply } from './reply.ts';
import { TimeoutWheel } from './timeout-wheel.ts';
import { loadTlsClientOptions, type TlsClientSettings } from './tls-settings.ts';
import { closeIdleConnections, doneWithin } from './watch.ts';

/** A request on its way out, as hooks see it; they may change its fields. */
export interface HookedRequest {
  readonly address: string;
  readonly code: number;
  readonly extFields: Record<string, string>;
  /** As it is sent. */
  readonly body: Buffer | undefined;
}

/** Looks at every request last, in the order of the list: namespaces first, the signature at the end. */
export type RequestHook = (request: HookedRequest) => void;

export interface RemotingClientOptions {
  readonly log?: Logger | undefined;
  readonly limits?: Partial<ClientLimits> | undefined;
  readonly tls?: TlsClientSettings | undefined;
  readonly hooks?: readonly RequestHook[] | undefined;
  /** Header encoding of requests; JSON when absent. */
  readonly serializeType?: SerializeType | undefined;
  readonly net?: Net | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly disk?: Disk | undefined;
}

export type DisconnectedListener = (address: string) => void;

const WATCH_PERIOD_MS = 1_000;

export class RemotingClient {
  readonly #limits: ClientLimits;
  readonly #log: Logger;
  readonly #peerLog: BoundedLog;
  readonly #net: Net;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #disk: Disk;
  readonly #tls: TlsClientSettings | undefined;
  readonly #hooks: readonly RequestHook[];
  readonly #serializeType: SerializeType | undefined;
  readonly #dispatcher: Dispatcher;
  readonly #flusher: Flusher;
  readonly #wheel: TimeoutWheel;
  readonly #host: ConnectionHost;
  readonly #channelHost: ChannelHost;
  readonly #exchangeHost: ExchangeHost;
  readonly #channels = new Map<string, Channel>();
  readonly #connections = new Set<Connection>();
  readonly #addresses = new WeakMap<Connection, string>();
  readonly #disconnectedListeners: DisconnectedListener[] = [];
  #tlsOptions: Promise<TlsClientOptions | undefined> | undefined;
  #watch: Timer | undefined;
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #onAllClosed: (() => void) | undefined;

  constructor(options: RemotingClientOptions = {}) {
    this.#limits = { ...DEFAULT_CLIENT_LIMITS, ...options.limits };
    this.#log = options.log ?? silentLogger;
    this.#net = options.net ?? nodeNet;
    this.#clock = options.clock ?? systemClock;
    this.#timers = options.timers ?? systemTimers;
    this.#disk = options.disk ?? nodeDisk;
    this.#tls = options.tls;
    this.#hooks = options.hooks ?? [];
    this.#serializeType = options.serializeType;
    this.#peerLog = new BoundedLog(this.#log, this.#clock);
    this.#dispatcher = new Dispatcher({
      limits: this.#limits,
      log: this.#log,
      peerLog: this.#peerLog,
      clock: this.#clock,
    });
    this.#flusher = new Flusher(this.#timers);
    this.#wheel = new TimeoutWheel(this.#clock, this.#timers);
    this.#host = this.#makeHost();
    this.#exchangeHost = { clock: this.#clock, wheel: this.#wheel };
    this.#channelHost = {
      clock: this.#clock,
      firstBackoffMs: this.#limits.firstBackoffMs,
      maxBackoffMs: this.#limits.maxBackoffMs,
      open: (address) => this.#open(address),
    };
  }

  /** Serves what servers ask of their clients. */
  register<D extends AnyCommandDefinition>(definition: D, handler: Handler<D>): void {
    this.#dispatcher.register(definition, handler);
  }

  /** As {@link register}, on the hot path. */
  registerRaw(code: number, handler: RawHandler): void {
    this.#dispatcher.registerRaw(code, handler);
  }

  /** Called when a connection that had been made has ended. */
  onDisconnected(listener: DisconnectedListener): void {
    this.#disconnectedListeners.push(listener);
  }

  /** Whether requests to this address go out at once. */
  isConnected(address: string): boolean {
    return this.#channels.get(address)?.connection !== undefined;
  }

  /**
   * Asks a server. Resolves with its answer, whatever the answer's code. Rejects with a `RocketMqError`
   * of one of {@link RemotingErrorCode}; a retry is the caller's, who knows which requests may be repeated.
   */
  invoke<D extends AnyCommandDefinition>(
    address: string,
    definition: D,
    values: RequestOf<D>,
    options: InvokeOptions,
  ): Promise<Reply<D>> {
    return new Promise((resolve, reject) => {
      const extFields = encodeFields(definition.request, values as never);
      const request = { code: definition.code, extFields, body: options.body };
      const receiver = new PromisedReply(definition, resolve, reject);
      this.request(address, request, options.timeoutMs, receiver);
    });
  }

  /**
   * Tells a server something without an answer. Resolves when it was written; nobody learns whether it
   * arrived. Rejects with REMOTING_CONNECT_FAILED, REMOTING_TOO_MANY_REQUESTS ...
   */
  async notify<D extends AnyCommandDefinition>(
    address: string,
    definition: D,
    values: RequestOf<D>,
    body?: Buffer,
  ): Promise<void> {
    const extFields = encodeFields(definition.request, values as never);
    const request = this.#prepare(address, { code: definition.code, extFields, body });
    if (this.#closing !== undefined) throw closedHere();
    const channel = this.#channelTo(address);
    const connection = channel.connection ?? (await channel.connect());
    connection.sendOneway(request);
  }

  /**
   * As {@link invoke}, without a promise: for callers that send very many.
   *
   * @throws {RocketMqError} FRAME_TOO_LARGE, REMOTING_ADDRESS_INVALID; the receiver is not called then
   */
  request(
    address: string,
    request: OutgoingRequest,
    timeoutMs: number,
    receiver: ReplyReceiver,
  ): void {
    if (this.#closing !== undefined) {
      receiver.onFailure(closedHere());
      return;
    }
    const { maxPendingTotal } = this.#limits;
    if (this.#wheel.size >= maxPendingTotal) {
      receiver.onFailure(tooManyRequests(address, maxPendingTotal));
      return;
    }
    const prepared = this.#prepare(address, request);
    const channel = this.#channelTo(address);
    const call = { request: prepared, timeoutMs };
    const exchange = new Exchange(this.#exchangeHost, channel, call, receiver);
    const { connection } = channel;
    if (connection !== undefined) exchange.send(connection, timeoutMs);
    else void exchange.sendWhenConnected();
  }

  /** Takes no more calls, sends what was written, fails what waits for an answer, closes. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #shutDown(): Promise<void> {
    for (const connection of this.#connections) connection.end('client was closed');
    await doneWithin(this.#timers, this.#allClosed(), this.#limits.closeMs);
    for (const connection of this.#connections) connection.close();
    this.#watch?.cancel();
    this.#wheel.close();
  }

  #allClosed(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAllClosed = resolve;
    });
  }

  /** The request as it is sent: encoding chosen, hooks applied. */
  #prepare(address: string, request: OutgoingRequest): OutgoingRequest {
    const { code, body, serializeType = this.#serializeType } = request;
    if (this.#hooks.length === 0)
      return { code, extFields: request.extFields, body, serializeType };
    const extFields = { ...request.extFields };
    for (const hook of this.#hooks) hook({ address, code, extFields, body });
    return { code, extFields, body, serializeType };
  }

  /** @throws {RocketMqError} REMOTING_ADDRESS_INVALID */
  #channelTo(address: string): Channel {
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      parseAddress(address);
      channel = new Channel(address, this.#channelHost);
      this.#channels.set(address, channel);
      this.#watch ??= this.#timers.every(WATCH_PERIOD_MS, () => this.#watchConnections());
    }
    return channel;
  }

  async #open(address: string): Promise<Connection> {
    const { host, port } = parseAddress(address);
    const timeoutMs = this.#limits.connectMs;
    const socket = await this.#net.connect({ host, port, timeoutMs, tls: await this.#loadTls() });
    if (this.#closing !== undefined) {
      socket.destroy();
      throw closedHere();
    }
    const connection = new Connection(this.#nextId++, socket, this.#host);
    connection.lastActiveMs = this.#clock.monotonicMs();
    this.#connections.add(connection);
    this.#addresses.set(connection, address);
    socket.start(connection);
    return connection;
  }

  #loadTls(): Promise<TlsClientOptions | undefined> {
    if (this.#tls === undefined) return Promise.resolve(undefined);
    this.#tlsOptions ??= loadTlsClientOptions(this.#tls, this.#disk);
    return this.#tlsOptions;
  }

  #onClosed(connection: Connection, { reason, error, isPeersFault }: CloseReason): void {
    this.#connections.delete(connection);
    const address = required(this.#addresses.get(connection), 'address of a connection');
    this.#channels.get(address)?.onClosed(connection);
    if (isPeersFault)
      this.#peerLog.warn({ address, reason, err: error }, 'connection closed for its bytes');
    else if (this.#log.isDebug())
      this.#log.debug({ address, reason, err: error }, 'connection closed');
    for (const listener of this.#disconnectedListeners) listener(address);
    if (this.#connections.size === 0) this.#onAllClosed?.();
  }

  #watchConnections(): void {
    const now = this.#clock.monotonicMs();
    closeIdleConnections(this.#connections, now, this.#limits.idleMs);
    for (const [address, channel] of this.#channels) {
      if (channel.isUnused(now)) this.#channels.delete(address);
    }
    if (this.#channels.size > 0 || this.#connections.size > 0) return;
    this.#watch?.cancel();
    this.#watch = undefined;
  }

  #makeHost(): ConnectionHost {
    return {
      limits: this.#limits,
      flusher: this.#flusher,
      wheel: this.#wheel,
      view: new FrameView(),
      inputBudget: new InputBudget(this.#limits.maxPartialBytes),
      closesSilentPeers: true,
      onRequest: (connection, frame) => this.#dispatcher.dispatch(connection, frame),
      // An answer that comes after its time is no news.
      onStrayAnswer: ({ remoteAddress }, { opaque }) => {
        if (this.#log.isDebug())
          this.#log.debug({ remoteAddress, opaque }, 'answer nobody waits for');
      },
      onClosed: (connection, reason) => this.#onClosed(connection, reason),
    };
  }
}

function closedHere(): RocketMqError {
  return new RocketMqError('the client is closed', { code: RemotingErrorCode.closed });
}
