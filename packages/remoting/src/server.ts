/**
 * A port that serves requests: connections, their bounds and their end.
 *
 * Source: NettyRemotingServer.java, NettyServerConfig.java.
 */
import { type Logger, silentLogger } from '@orbitmq/kernel';
import { type AnyCommandDefinition, FrameView } from '@orbitmq/protocol';
import {
  type Clock,
  type Disk,
  type Net,
  nodeDisk,
  nodeNet,
  type PortListener,
  type Socket,
  systemClock,
  systemTimers,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import { BoundedLog } from './bounded-log.ts';
import { type CloseReason, Connection, type ConnectionHost } from './connection.ts';
import {
  Dispatcher,
  type FrameHandler,
  type Handler,
  type RawHandler,
  type RequestObserver,
} from './dispatcher.ts';
import { InputBudget } from './frame-input.ts';
import { Greeting, type GreetingHost } from './greeting.ts';
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from './limits.ts';
import { Flusher } from './output.ts';
import { TimeoutWheel } from './timeout-wheel.ts';
import { TlsKeeper } from './tls-keeper.ts';
import { DEFAULT_TLS_SERVER_SETTINGS, type TlsServerSettings } from './tls-settings.ts';
import {
  closeIdleConnections,
  closeSlowestReaders,
  doneWithin,
  handshakeTimeout,
} from './watch.ts';

export interface RemotingServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** All interfaces, of both versions of IP, when it is absent or `0.0.0.0`, as Java has it; `bindAddress`. */
  readonly host?: string | undefined;
  readonly log?: Logger | undefined;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly tls?: TlsServerSettings | undefined;
  /**
   * Whether a connection may begin with a PROXY header. Off unless a proxy stands in front: whoever
   * reaches the port could otherwise claim any address, and addresses can be white-listed.
   */
  readonly acceptsProxyHeader?: boolean | undefined;
  /** Response codes for the codes of errors that handlers throw. */
  readonly errorCodes?: Readonly<Record<string, number>> | undefined;
  /** Looks at each request first; throws a `ResponseError` to refuse it. */
  readonly requestCheck?: RawHandler | undefined;
  readonly observer?: RequestObserver | undefined;
  /** What `close()` waits for besides registered handlers: work that raw handlers began. */
  readonly drain?: (() => Promise<void>) | undefined;
  readonly net?: Net | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly disk?: Disk | undefined;
}

const ANY_ADDRESS = '0.0.0.0';
const NEVER_MS = Number.POSITIVE_INFINITY;
const BACKLOG = 1024;
/** Often enough for bounds of seconds, and nothing to do for thousands of connections. */
const WATCH_PERIOD_MS = 1_000;

export type ConnectionClosedListener = (connection: Connection) => void;

export class RemotingServer {
  readonly #options: RemotingServerOptions;
  readonly #limits: ServerLimits;
  readonly #log: Logger;
  readonly #peerLog: BoundedLog;
  readonly #net: Net;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #tls: TlsServerSettings;
  readonly #tlsKeeper: TlsKeeper;
  readonly #dispatcher: Dispatcher;
  readonly #flusher: Flusher;
  readonly #wheel: TimeoutWheel;
  readonly #host: ConnectionHost;
  readonly #greetingHost: GreetingHost;
  readonly #greetings = new Set<Greeting>();
  readonly #connections = new Set<Connection>();
  readonly #closedListeners: ConnectionClosedListener[] = [];
  #port: PortListener | undefined;
  #watch: Timer | undefined;
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #onAllClosed: (() => void) | undefined;

  constructor(options: RemotingServerOptions) {
    this.#options = options;
    const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
    this.#limits = { ...limits, idleMs: limits.idleMs === 0 ? NEVER_MS : limits.idleMs };
    this.#log = options.log ?? silentLogger;
    this.#net = options.net ?? nodeNet;
    this.#clock = options.clock ?? systemClock;
    this.#timers = options.timers ?? systemTimers;
    this.#tls = options.tls ?? DEFAULT_TLS_SERVER_SETTINGS;
    this.#tlsKeeper = new TlsKeeper({
      settings: this.#tls,
      net: this.#net,
      disk: options.disk ?? nodeDisk,
      clock: this.#clock,
      log: this.#log,
      handshakeMs: this.#limits.handshakeMs,
    });
    this.#peerLog = new BoundedLog(this.#log, this.#clock);
    this.#dispatcher = new Dispatcher({
      limits: this.#limits,
      log: this.#log,
      peerLog: this.#peerLog,
      clock: this.#clock,
      errorCodes: options.errorCodes,
      requestCheck: options.requestCheck,
      observer: options.observer,
    });
    this.#flusher = new Flusher(this.#timers);
    this.#wheel = new TimeoutWheel(this.#clock, this.#timers);
    this.#host = this.#makeHost();
    this.#greetingHost = this.#makeGreetingHost();
  }

  /** Connections that exist now. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Registered requests that handlers are working on. */
  get inFlight(): number {
    return this.#dispatcher.inFlight;
  }

  /** Serves a request: decoding, encoding, errors and timing are seen to. */
  register<D extends AnyCommandDefinition>(definition: D, handler: Handler<D>): void {
    this.#dispatcher.register(definition, handler);
  }

  /** The same for a handler that reads the header itself, since it is asked very often. */
  registerFrame<D extends AnyCommandDefinition>(definition: D, handle: FrameHandler<D>): void {
    this.#dispatcher.registerFrame(definition, handle);
  }

  /** Serves a code on the hot path; goes before a registered handler of the same code. */
  registerRaw(code: number, handler: RawHandler): void {
    this.#dispatcher.registerRaw(code, handler);
  }

  /** Called after a connection ended, for whatever reason. */
  onConnectionClosed(listener: ConnectionClosedListener): void {
    this.#closedListeners.push(listener);
  }

  /** Sends now what handlers wrote: for a batch that was finished outside of the loop's poll phase. */
  flush(): void {
    this.#flusher.flushNow();
  }

  /**
   * Opens the port.
   *
   * @throws {RocketMqError} TLS_SETTINGS_INVALID; EADDRINUSE, EACCES ... as the system says
   */
  async listen(): Promise<{ host: string; port: number }> {
    // Files that are not there shall stop the start; a self-signed key is made when somebody needs it.
    if (!this.#tls.isTestMode && this.#tls.mode !== 'disabled') await this.#tlsKeeper.acceptor();
    const { host: bound, port: wanted } = this.#options;
    this.#port = await this.#net.listen(
      { host: bound === ANY_ADDRESS ? undefined : bound, port: wanted, backlog: BACKLOG },
      (socket) => this.#accept(socket),
    );
    this.#watch = this.#timers.every(WATCH_PERIOD_MS, () => this.#watchConnections());
    const { host, port } = this.#port;
    this.#log.info({ host, port, tlsMode: this.#tls.mode }, 'listening');
    return { host, port };
  }

  /**
   * Accepts and reads no more, waits a bounded time for requests in flight and for their answers to
   * be taken, then closes every connection. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #shutDown(): Promise<void> {
    await this.#port?.close();
    for (const greeting of this.#greetings) greeting.close();
    for (const connection of this.#connections) connection.stopReading();
    const drained = this.#options.drain?.() ?? Promise.resolve();
    const isDrained = await this.#within(Promise.all([this.#dispatcher.idle(), drained]));
    if (!isDrained) this.#log.warn({ inFlight: this.inFlight }, 'closing with requests in flight');
    for (const connection of this.#connections) connection.end('server is shutting down');
    const isEmpty = await this.#within(this.#allClosed());
    if (!isEmpty) for (const connection of this.#connections) connection.close();
    this.#watch?.cancel();
    this.#wheel.close();
  }

  #within(work: Promise<unknown>): Promise<boolean> {
    return doneWithin(this.#timers, work, this.#limits.closeMs);
  }

  #allClosed(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAllClosed = resolve;
    });
  }

  #accept(socket: Socket): void {
    if (this.#closing !== undefined) {
      socket.destroy();
      return;
    }
    const { maxConnections } = this.#limits;
    if (this.#connections.size + this.#greetings.size >= maxConnections) {
      this.#peerLog.warn({ maxConnections, remote: socket.remote }, 'too many connections');
      socket.destroy();
      return;
    }
    const greeting = new Greeting(socket, this.#greetingHost);
    this.#greetings.add(greeting);
    socket.start(greeting);
  }

  #establish(greeting: Greeting, firstBytes: Buffer): void {
    this.#greetings.delete(greeting);
    const id = this.#nextId++;
    const connection = new Connection(id, greeting.socket, this.#host, greeting.remoteAddress);
    connection.lastActiveMs = this.#clock.monotonicMs();
    this.#connections.add(connection);
    connection.onData(firstBytes);
    greeting.socket.start(connection);
  }

  #onClosed(connection: Connection, { reason, error, isPeersFault }: CloseReason): void {
    this.#connections.delete(connection);
    const { remoteAddress } = connection;
    if (isPeersFault) {
      this.#peerLog.warn({ remoteAddress, reason, err: error }, 'connection closed for its bytes');
    } else if (this.#log.isDebug()) {
      this.#log.debug({ remoteAddress, reason, err: error }, 'connection closed');
    }
    for (const listener of this.#closedListeners) listener(connection);
    if (this.#connections.size === 0) this.#onAllClosed?.();
  }

  #watchConnections(): void {
    const now = this.#clock.monotonicMs();
    const { idleMs, handshakeMs, maxUnsentTotalBytes } = this.#limits;
    closeIdleConnections(this.#connections, now, idleMs);
    closeSlowestReaders(this.#connections, maxUnsentTotalBytes);
    void this.#tlsKeeper.refresh();
    for (const greeting of this.#greetings) {
      const limitMs = greeting.hasBegun ? handshakeMs : idleMs;
      if (now - greeting.startedMs >= limitMs) greeting.close(handshakeTimeout(limitMs));
    }
  }

  #makeHost(): ConnectionHost {
    return {
      limits: this.#limits,
      flusher: this.#flusher,
      wheel: this.#wheel,
      view: new FrameView(),
      inputBudget: new InputBudget(this.#limits.maxPartialBytes),
      closesSilentPeers: false,
      onRequest: (connection, frame) => this.#dispatcher.dispatch(connection, frame),
      onStrayAnswer: ({ remoteAddress }, { opaque }) => {
        this.#peerLog.warn({ remoteAddress, opaque }, 'answer that nobody waits for');
      },
      onClosed: (connection, reason) => this.#onClosed(connection, reason),
    };
  }

  #makeGreetingHost(): GreetingHost {
    return {
      clock: this.#clock,
      tlsMode: this.#tls.mode,
      acceptsProxyHeader: this.#options.acceptsProxyHeader ?? false,
      tlsAcceptor: () => this.#tlsKeeper.acceptor(),
      onFrames: (greeting, firstBytes) => this.#establish(greeting, firstBytes),
      onGreetingClosed: (greeting, error) => {
        this.#greetings.delete(greeting);
        if (error === undefined || this.#closing !== undefined) return;
        const { remoteAddress } = greeting;
        this.#peerLog.warn(
          { remoteAddress, err: error },
          'connection closed before its first frame',
        );
      },
    };
  }
}
