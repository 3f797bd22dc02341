import { type Logger, silentLogger, toError } from '@orbitmq/kernel';
import { notifyMinBrokerIdChange, type RequestOf, ResponseCode } from '@orbitmq/protocol';
import {
  type Connection,
  RemotingClient,
  RemotingServer,
  type TlsServerSettings,
} from '@orbitmq/remoting';
import {
  type Clock,
  type Disk,
  nodeDisk,
  systemClock,
  systemTimers,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import type { NameServerConfig } from './config.ts';
import { registerHandlers } from './handlers/index.ts';
import { KvConfig } from './kv-config.ts';
import type { NameServerState } from './name-server-state.ts';
import {
  type BrokerIdentity,
  type MinBrokerIdChange,
  minIdOf,
  RouteTable,
} from './routes/route-table.ts';

export interface NameServerOptions {
  readonly config: NameServerConfig;
  readonly log?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly disk?: Disk | undefined;
  readonly tls?: TlsServerSettings | undefined;
}

/** Response codes for errors whose message the peer may read. */
const ERROR_CODES = {
  BODY_MALFORMED: ResponseCode.SYSTEM_ERROR,
  ROUTE_TABLE_FULL: ResponseCode.SYSTEM_ERROR,
  KV_CONFIG_FULL: ResponseCode.SYSTEM_ERROR,
  CONFIG_INVALID: ResponseCode.SYSTEM_ERROR,
  CONFIG_PROTECTED: ResponseCode.NO_PERMISSION,
};

/**
 * A name server: brokers tell it which topics they serve, clients ask it where topics are. Several
 * stand side by side and know nothing of each other; brokers register with each.
 *
 * Routes live in memory only. Brokers register every 30 s, so that a new name server knows all of
 * them after that time; the KV configuration alone is kept.
 *
 * Source: NamesrvController.java.
 */
export class NameServer implements AsyncDisposable {
  readonly #options: NameServerOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #routes = new RouteTable();
  #server: RemotingServer | undefined;
  #client: RemotingClient | undefined;
  #scan: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: NameServerOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#timers = options.timers ?? systemTimers;
  }

  /**
   * Reads the KV configuration and opens the port.
   *
   * @throws {RocketMqError} KV_CONFIG_CORRUPT, TLS_SETTINGS_INVALID; EADDRINUSE, EACCES ... as the system says
   */
  async start(): Promise<{ host: string; port: number }> {
    const { config, disk = nodeDisk } = this.#options;
    const kv = await KvConfig.open(disk, config.settings.kvConfigPath);
    const server = this.#makeServer();
    registerHandlers(server, this.#stateWith(kv));
    server.onConnectionClosed((connection) => this.#onConnectionClosed(connection));
    this.#server = server;
    const address = await server.listen();
    this.#scanLater();
    return address;
  }

  /** Answers what is under way and closes the port. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shutDown(): Promise<void> {
    this.#scan?.cancel();
    await this.#server?.close();
    await this.#client?.close();
  }

  #makeServer(): RemotingServer {
    const { config, tls, disk } = this.#options;
    const { settings } = config;
    return new RemotingServer({
      port: settings.listenPort,
      host: settings.bindAddress,
      log: this.#log,
      clock: this.#clock,
      timers: this.#timers,
      limits: { idleMs: settings.serverChannelMaxIdleTimeSeconds * 1000 },
      errorCodes: ERROR_CODES,
      tls,
      disk,
    });
  }

  #stateWith(kv: KvConfig): NameServerState {
    return {
      routes: this.#routes,
      kv,
      config: this.#options.config,
      clock: this.#clock,
      log: this.#log,
      startedMs: this.#clock.monotonicMs(),
      unregister: (brokers) => this.#unregister(brokers),
      announce: (change) => this.#announce(change),
    };
  }

  /** The interval may be changed while the name server runs: each scan asks for it anew. */
  #scanLater(): void {
    const { scanNotActiveBrokerInterval } = this.#options.config.settings;
    this.#scan = this.#timers.after(scanNotActiveBrokerInterval, () => {
      this.#dropSilentBrokers();
      this.#scanLater();
    });
  }

  #dropSilentBrokers(): void {
    const silent = this.#routes.live.silentAt(this.#clock.monotonicMs());
    if (silent.length === 0) return;
    const connectionIds = new Set(silent.map(({ connectionId }) => connectionId));
    for (const { brokerName, brokerId, brokerAddr, timeoutMs } of silent) {
      this.#log.warn({ brokerName, brokerId, brokerAddr, timeoutMs }, 'broker is silent, dropped');
    }
    this.#unregister(silent);
    for (const connection of this.#server?.connections ?? []) {
      if (connectionIds.has(connection.id)) {
        connection.close({ reason: 'broker is silent', isPeersFault: false });
      }
    }
  }

  #onConnectionClosed(connection: Connection): void {
    const brokers = this.#routes.live.ofConnection(connection.id);
    if (brokers.length === 0 || this.#closing !== undefined) return;
    for (const { brokerName, brokerId, brokerAddr } of brokers) {
      this.#log.warn({ brokerName, brokerId, brokerAddr }, 'connection of broker closed, dropped');
    }
    this.#unregister(brokers);
  }

  #unregister(brokers: readonly BrokerIdentity[]): void {
    for (const change of this.#routes.unregister(brokers)) this.#announce(change);
  }

  /** Those that were there before learn of a new member, those that are left learn of one that went. */
  #announce({ brokerName, members, offlineBrokerAddr, haBrokerAddr }: MinBrokerIdChange): void {
    if (!this.#options.config.settings.notifyMinBrokerIdChanged) return;
    const minBrokerId = minIdOf(members);
    const minBrokerAddr = members.get(minBrokerId);
    const values = { minBrokerId, brokerName, minBrokerAddr, offlineBrokerAddr, haBrokerAddr };
    for (const [id, address] of members) {
      if (offlineBrokerAddr !== undefined || id !== minBrokerId) this.#notify(address, values);
    }
  }

  #notify(address: string, values: RequestOf<typeof notifyMinBrokerIdChange>): void {
    this.#client ??= new RemotingClient({
      log: this.#log,
      clock: this.#clock,
      timers: this.#timers,
    });
    this.#client.notify(address, notifyMinBrokerIdChange, values).catch((error: unknown) => {
      this.#log.warn({ address, err: toError(error) }, 'broker not told of its new smallest id');
    });
  }
}
