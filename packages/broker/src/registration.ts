/**
 * Keeps the name servers informed: at the start, whenever a topic changes, every 30 s, and at the end.
 *
 * Source: BrokerController.java, BrokerOuterAPI.java.
 */
import { crc32, type Logger, toError } from '@orbitmq/kernel';
import {
  type DataVersion,
  Permission,
  printRegisterBrokerBody,
  ResponseCode,
  registerBroker,
  type TopicConfig,
  unregisterBroker,
} from '@orbitmq/protocol';
import type { RemotingClient } from '@orbitmq/remoting';
import { delay, type Timer, type Timers } from '@orbitmq/runtime';

/** `registerBrokerTimeoutMills`. */
const DEFAULT_TIMEOUT_MS = 6_000;
const MIN_PERIOD_MS = 10_000;
const MAX_PERIOD_MS = 60_000;
/** Changes that come together are registered together. */
const CHANGE_DELAY_MS = 20;
/**
 * How long a stop waits for a registration under way, and then for the name servers to take the broker out: one that
 * hangs must not keep the store from being closed in order. They find out by the connection's end too.
 */
const CLOSE_WAIT_MS = 500;
const UNREGISTER_TIMEOUT_MS = 1_500;

export interface RegistrationOptions {
  readonly client: RemotingClient;
  readonly timers: Timers;
  readonly log: Logger;
  readonly nameServers: () => readonly string[];
  readonly identity: BrokerIdentity;
  readonly topics: () => Iterable<TopicConfig>;
  readonly topicsVersion: () => DataVersion;
  /** `brokerPermission`. */
  readonly permission: () => number;
  /** `registerNameServerPeriod`. */
  readonly periodMs: number;
  readonly timeoutMs?: number;
}

export interface BrokerIdentity {
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly clusterName: string;
  readonly haServerAddr: string;
  /** 0 is the master. */
  readonly brokerId: number;
}

/** The broker's registration with every name server. */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #periodic: Timer;
  /** Of name servers at which the last try failed, what was logged: a lasting failure is one line, not one a period. */
  readonly #failures = new Map<string, string>();
  #pendingChange: Timer | undefined;
  #running: Promise<void> | undefined;
  /** The one behind it, for what changed meanwhile. */
  #next: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    const periodMs = Math.min(MAX_PERIOD_MS, Math.max(MIN_PERIOD_MS, options.periodMs));
    this.#periodic = options.timers.every(periodMs, () => void this.register());
  }

  /**
   * Registers what holds now with all name servers. Resolves when they know, whatever changes meanwhile. Never rejects:
   * what fails is logged and done again with the next period.
   */
  register(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (this.#running === undefined) return this.#start();
    // The one that runs may have begun before what is to be told.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.register();
    });
    return this.#next;
  }

  /** A topic came, changed or went. */
  onTopicChanged(): void {
    this.#pendingChange ??= this.#options.timers.after(CHANGE_DELAY_MS, () => {
      this.#pendingChange = undefined;
      void this.register();
    });
  }

  /** Takes the broker out of the name servers' tables. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#periodic.cancel();
    this.#pendingChange?.cancel();
    await Promise.race([this.#running, delay(this.#options.timers, CLOSE_WAIT_MS)]);
    await this.#onAll('unregistration failed', (address) => this.#unregisterAt(address));
  }

  #start(): Promise<void> {
    this.#running = this.#registerAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #registerAll(): Promise<void> {
    // Thousands of topics take a while to print: not for nobody.
    if (this.#options.nameServers().length > 0) {
      const body = this.#body();
      await this.#onAll('registration failed', (address) => this.#registerAt(address, body));
    }
    this.#forgetFormerNameServers();
  }

  async #onAll(message: string, action: (address: string) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#options.nameServers().map(async (address) => {
        try {
          await action(address);
        } catch (thrown) {
          const error = toError(thrown);
          const { log } = this.#options;
          this.#noteFailure(address, `${message}: ${error.message}`, () =>
            log.warn({ nameServer: address, err: error }, message),
          );
        }
      }),
    );
  }

  #noteFailure(nameServer: string, failure: string, logIt: () => void): void {
    if (this.#failures.get(nameServer) === failure) return;
    this.#failures.set(nameServer, failure);
    logIt();
  }

  #noteSuccess(nameServer: string): void {
    if (this.#failures.delete(nameServer)) {
      this.#options.log.info({ nameServer }, 'registered again');
    }
  }

  #forgetFormerNameServers(): void {
    const current = new Set(this.#options.nameServers());
    for (const address of this.#failures.keys()) {
      if (!current.has(address)) this.#failures.delete(address);
    }
  }

  async #registerAt(nameServer: string, body: Buffer): Promise<void> {
    const { client, identity, timeoutMs = DEFAULT_TIMEOUT_MS, log } = this.#options;
    const answer = await client.invoke(
      nameServer,
      registerBroker,
      { ...identity, compressed: false, bodyCrc32: crc32(body) & 0x7fffffff },
      { timeoutMs, body },
    );
    const { code, remark } = answer;
    if (code === ResponseCode.SUCCESS) {
      this.#noteSuccess(nameServer);
    } else {
      this.#noteFailure(nameServer, `${code} ${remark}`, () =>
        log.warn({ nameServer, code, remark }, 'registration refused'),
      );
    }
  }

  async #unregisterAt(nameServer: string): Promise<void> {
    const { client, identity } = this.#options;
    const { haServerAddr: _, ...header } = identity;
    await client.invoke(nameServer, unregisterBroker, header, { timeoutMs: UNREGISTER_TIMEOUT_MS });
  }

  #body(): Buffer {
    const permission = this.#options.permission();
    const isFull = (permission & READ_WRITE) === READ_WRITE;
    const topicConfigTable = new Map<string, TopicConfig>();
    for (const { attributes: _, ...config } of this.#options.topics()) {
      topicConfigTable.set(
        config.topicName,
        isFull ? config : { ...config, perm: config.perm & permission },
      );
    }
    const { counter, timestamp } = this.#options.topicsVersion();
    return printRegisterBrokerBody({
      filterServerList: [],
      topicConfigSerializeWrapper: { dataVersion: { counter, timestamp }, topicConfigTable },
    });
  }
}

const READ_WRITE = Permission.read | Permission.write;
