import { AclFiles } from '@orbitmq/auth';
import { type Logger, RocketMqError, silentLogger, toError } from '@orbitmq/kernel';
import { BrokerMetadata } from '@orbitmq/metadata';
import { encodeHost, RequestCode } from '@orbitmq/protocol';
import { RemotingClient, type RemotingServer, type TlsServerSettings } from '@orbitmq/remoting';
import {
  type Clock,
  type Disk,
  nodeDisk,
  systemClock,
  systemTimers,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import { MessageStore } from '@orbitmq/store';
import { accessGate } from './acl/access-gate.ts';
import type { BrokerConfig } from './broker-config.ts';
import type { BrokerContext } from './broker-context.ts';
import { BrokerPorts } from './broker-ports.ts';
import { BrokerStatus, STATUS_SAMPLE_PERIOD_MS } from './broker-status.ts';
import { CLIENT_EXPIRY_MS, CLIENT_SCAN_PERIOD_MS } from './clients/client-info.ts';
import { ConsumerGroups } from './clients/consumer-groups.ts';
import { MemberNotices } from './clients/member-notices.ts';
import { ProducerGroups } from './clients/producer-groups.ts';
import { QueueLocks } from './clients/queue-locks.ts';
import { BROKER_ERROR_CODES } from './error-codes.ts';
import { GroupTable } from './groups/group-table.ts';
import { registerAclHandlers } from './handlers/acl-handlers.ts';
import { type ConfigAccess, registerBrokerHandlers } from './handlers/broker-handlers.ts';
import { registerCleaningHandlers } from './handlers/cleaning-handlers.ts';
import { registerClientHandlers } from './handlers/client-handlers.ts';
import { registerConsumerHandlers } from './handlers/consumer-handlers.ts';
import { registerGroupHandlers } from './handlers/group-handlers.ts';
import { registerLockHandlers } from './handlers/lock-handlers.ts';
import { registerMessageHandlers } from './handlers/message-handlers.ts';
import { registerMetadataHandlers } from './handlers/metadata-handlers.ts';
import { registerOffsetHandlers } from './handlers/offset-handlers.ts';
import { registerQueryHandler } from './handlers/query-handler.ts';
import { registerReplyMessageHandlers } from './handlers/reply-message-handlers.ts';
import { registerResetHandlers } from './handlers/reset-handlers.ts';
import { registerSendBackHandler } from './handlers/send-back-handler.ts';
import { registerStatsHandlers } from './handlers/stats-handlers.ts';
import { registerTimeSpanHandler } from './handlers/time-span-handler.ts';
import { registerTopicHandlers } from './handlers/topic-handlers.ts';
import { PendingResets } from './offsets/pending-resets.ts';
import { HOLD_SWEEP_PERIOD_MS, PullHandler } from './pull/pull-handler.ts';
import { Registration } from './registration.ts';
import { DelayLevels } from './schedule/delay-levels.ts';
import { MessagePutter } from './send/message-putter.ts';
import { FLUSH_TIMEOUT_SWEEP_MS, MessageWriter } from './send/message-writer.ts';
import { SendHandler } from './send/send-handler.ts';
import { startFailure } from './start-failure.ts';
import { BrokerStats } from './stats/broker-stats.ts';
import {
  HOURS_SAMPLE_PERIOD_MS,
  MINUTES_SAMPLE_PERIOD_MS,
  SECONDS_SAMPLE_PERIOD_MS,
} from './stats/stats-item.ts';
import { logDirectories, storeSettings } from './store-settings.ts';
import { checkStoreSupport } from './store-support.ts';
import { systemTopicConfigs } from './topics/system-topics.ts';
import { TopicTable } from './topics/topic-table.ts';
import { WaitingMessages } from './waiting-messages.ts';

/**
 * How long a stop waits for what is under way, and then for the answers to be taken: one dead client keeps a port from
 * being closed so long. With what comes before, it leaves the store time to close within `shutdownTimeoutMillis`.
 */
const CLOSE_PORTS_MS = 2_500;
const DRAIN_POLL_MS = 5;

export interface BrokerOptions {
  readonly config: BrokerConfig;
  /** The same configuration as tools see and change it. */
  readonly configAccess: ConfigAccess;
  readonly log?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly disk?: Disk | undefined;
  readonly tls?: TlsServerSettings | undefined;
}

/** Offsets to say in the log; the others are counted. */
const MAX_OFFSETS_LOGGED = 10;

/** After a power cut the log may end before where groups went on. */
function correctOffsets(metadata: BrokerMetadata, store: MessageStore, log: Logger): void {
  const ahead = metadata.correctOffsets((topic, queueId) => store.queueEnd(topic, queueId));
  if (ahead.length === 0) return;
  log.warn(
    { count: ahead.length, offsets: ahead.slice(0, MAX_OFFSETS_LOGGED) },
    'offsets of consumer groups were beyond the ends of their queues, and are there now',
  );
}

/** The parts that are made once the store is open. */
interface Parts {
  readonly config: BrokerConfig;
  readonly configAccess: ConfigAccess;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly disk: Disk;
  readonly tls: TlsServerSettings | undefined;
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly delayLevels: DelayLevels;
  readonly storeHost: Buffer;
  /** Undefined while `aclEnable` is false. */
  readonly acl: AclFiles | undefined;
}

/**
 * A master broker: its store, its port, and its place in the name servers' tables.
 *
 * Source: BrokerController.java.
 */
export class Broker implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #context: BrokerContext;
  readonly #ports: BrokerPorts;
  readonly #client: RemotingClient;
  readonly #writer: MessageWriter;
  readonly #pulls: PullHandler;
  readonly #status: BrokerStatus;
  readonly #locks = new QueueLocks();
  readonly #putter: MessagePutter;
  readonly #waiting: WaitingMessages;
  readonly #timers: Timer[] = [];
  #registration: Registration | undefined;
  #port = 0;
  #configVersion: { readonly counter: number; readonly timestamp: number };
  /** `brokerPermission` as the name servers were told it. */
  #permission: number;
  #closing: Promise<void> | undefined;

  /**
   * Opens store and metadata, opens the port, and registers.
   *
   * @throws {RocketMqError} of the store or the metadata, or when the port is taken: each names what to change
   */
  static start(options: BrokerOptions): Promise<Broker> {
    const { config, disk = nodeDisk } = options;
    return Broker.#start(options).catch(async (error: unknown) => {
      throw await startFailure(error, config.storePathRootDir, disk);
    });
  }

  static async #start(options: BrokerOptions): Promise<Broker> {
    const { config, log = silentLogger, disk = nodeDisk } = options;
    const { clock = systemClock, timers = systemTimers } = options;
    checkStoreSupport(config, log);
    const delayLevels = DelayLevels.parse(config.messageDelayLevel);
    const storeHost = storeHostOf(config);
    const store = await MessageStore.open({
      disk,
      clock,
      timers,
      log: log.child({ part: 'store' }),
      directory: config.storePathRootDir,
      ...logDirectories(config),
      storeHost,
      settings: storeSettings(config, delayLevels.all()),
    });
    let metadata: BrokerMetadata | undefined;
    let acl: AclFiles | undefined;
    let broker: Broker | undefined;
    try {
      metadata = await BrokerMetadata.open({
        directory: `${config.storePathRootDir}/config`,
        clock,
        timers,
        disk,
        log: log.child({ part: 'metadata' }),
        flushIntervalMs: config.flushConsumerOffsetInterval,
      });
      correctOffsets(metadata, store, log);
      acl = config.aclEnable
        ? await AclFiles.open({ home: config.rocketmqHome, disk, clock, timers, log })
        : undefined;
      const { configAccess, tls } = options;
      const shared = { config, configAccess, log, clock, timers, disk, tls };
      broker = new Broker({ ...shared, store, metadata, delayLevels, storeHost, acl });
      await broker.#listen();
      return broker;
    } catch (error) {
      // A broker that was made closes all its parts: its ports and timers too.
      for (const started of broker === undefined ? [acl, metadata, store] : [broker]) {
        await started?.close().catch((failure: unknown) => {
          log.warn(
            { err: toError(failure) },
            'a part of the broker that did not start was not closed',
          );
        });
      }
      throw error;
    }
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { config, log, clock, timers } = parts;
    this.#configVersion = { counter: 0, timestamp: clock.now() };
    this.#permission = config.brokerPermission;
    this.#client = new RemotingClient({ log, clock, timers });
    this.#context = this.#makeContext();
    this.#writer = new MessageWriter({
      store: parts.store,
      clock,
      answers: {
        storeHost: parts.storeHost,
        regionId: config.regionId,
        isTraceOn: config.traceOn,
      },
      isSyncFlush: config.flushDiskType === 'SYNC_FLUSH',
      syncFlushTimeoutMs: config.syncFlushTimeout,
      maxPending: config.sendThreadPoolQueueCapacity,
    });
    const { topics, stats } = this.#context;
    parts.store.onAppendFailed((_fromOffset, _error, takenBack) => {
      for (const { queue, messages, bytes } of takenBack) {
        const topic = topics.byName(queue.topic);
        if (topic !== undefined) stats.takeBack(topic.putStats, queue.queueId, messages, bytes);
      }
    });
    this.#putter = new MessagePutter(this.#writer, topics, stats);
    this.#waiting = new WaitingMessages({
      context: this.#context,
      writer: this.#writer,
      delayLevels: parts.delayLevels,
      disk: parts.disk,
      storeHost: parts.storeHost,
    });
    this.#pulls = new PullHandler(this.#context);
    parts.store.onArrival((queue) => this.#pulls.onArrival(queue));
    this.#status = new BrokerStatus(this.#context, parts.disk, () => ({
      pendingSends: this.#writer.pending,
      sendHeadWaitMs: this.#writer.headWaitMs,
      heldPulls: this.#pulls.heldPulls,
      longestGetMs: this.#pulls.longestGetMs,
      timers: this.#waiting.timers,
      putTimes: this.#writer.putTimes,
    }));
    this.#ports = new BrokerPorts({
      port: config.listenPort,
      host: config.bindAddress,
      log,
      clock,
      timers,
      limits: {
        closeMs: CLOSE_PORTS_MS,
        idleMs: config.serverChannelMaxIdleTimeSeconds * 1000,
      },
      tls: parts.tls,
      errorCodes: BROKER_ERROR_CODES,
      requestCheck: parts.acl && accessGate(parts.acl, log, clock),
      drain: () => this.#drain(),
    });
    const sends = new SendHandler(this.#context, this.#writer, this.#waiting.router);
    this.#ports.register((server, takesPulls) => {
      this.#registerHandlers(server, sends);
      if (takesPulls) this.#registerPulls(server);
    });
    this.#startTimers();
  }

  /** Port that was opened; another than configured only when that was 0. */
  get port(): number {
    return this.#port;
  }

  get context(): BrokerContext {
    return this.#context;
  }

  /** `host:port` under which clients reach the broker. */
  get address(): string {
    return this.#context.brokerAddress;
  }

  /** Answers what is under way, takes the broker out of the name servers, closes store and metadata. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(): Promise<void> {
    const { config, log } = this.#parts;
    this.#port = await this.#ports.listen();
    await this.#waiting.start();
    const registration = new Registration({
      client: this.#client,
      timers: this.#parts.timers,
      log,
      nameServers: () => splitAddresses(config.namesrvAddr),
      identity: {
        brokerName: config.brokerName,
        brokerAddr: this.#context.brokerAddress,
        clusterName: config.brokerClusterName,
        haServerAddr: `${config.brokerIP2}:${config.haListenPort}`,
        brokerId: config.brokerId,
      },
      topics: () => this.#parts.metadata.topics(),
      topicsVersion: () => this.#parts.metadata.topicsVersion,
      permission: () => config.brokerPermission,
      periodMs: config.registerNameServerPeriod,
      timeoutMs: config.registerBrokerTimeoutMills,
    });
    this.#registration = registration;
    await registration.register();
  }

  #makeContext(): BrokerContext {
    const { config, log, clock, timers, store, metadata } = this.#parts;
    const stats = new BrokerStats({
      clusterName: config.brokerClusterName,
      isDetailed: config.enableDetailStat,
    });
    for (const topic of systemTopicConfigs(config)) {
      if (metadata.topic(topic.topicName) === undefined) metadata.putTopic(topic);
    }
    const notices = new MemberNotices({
      timers,
      log,
      isWanted: (group) =>
        config.notifyConsumerIdsChangedEnable &&
        metadata.group(group)?.notifyConsumerIdsChangedEnable !== false,
    });
    return {
      config,
      log,
      clock,
      timers,
      store,
      metadata,
      stats,
      topics: new TopicTable({
        configs: metadata,
        store,
        stats,
        log,
        isAutoCreateEnabled: () => config.autoCreateTopicEnable,
        onChanged: () => this.#registration?.onTopicChanged(),
      }),
      groups: new GroupTable({
        configs: metadata,
        log,
        isAutoCreateEnabled: () => config.autoCreateSubscriptionGroup,
      }),
      consumers: new ConsumerGroups({ log, onChanged: (group) => notices.onChanged(group) }),
      producers: new ProducerGroups(),
      resets: new PendingResets(),
      registerNow: () => this.#registration?.register() ?? Promise.resolve(),
      brokerAddress: `${config.brokerIP1}:${config.listenPort}`,
    };
  }

  #registerPulls(server: RemotingServer): void {
    for (const code of PULL_CODES) {
      server.registerRaw(code, (connection, frame) => this.#pulls.handle(connection, frame));
    }
  }

  #registerHandlers(server: RemotingServer, sends: SendHandler): void {
    const context = this.#context;
    const { delayLevels } = this.#parts;
    for (const code of SEND_CODES) {
      server.registerRaw(code, (connection, frame) => sends.handle(connection, frame));
    }
    registerBrokerHandlers(server, {
      config: this.#parts.configAccess,
      configVersion: () => this.#configVersion,
      runtimeInfo: () => this.#status.info(),
      onUpdated: () => this.#onConfigUpdated(),
    });
    registerAclHandlers(server, context, this.#parts.acl);
    registerCleaningHandlers(server, context);
    registerClientHandlers(server, context);
    registerConsumerHandlers(server, context);
    registerGroupHandlers(server, context);
    registerLockHandlers(server, context, this.#locks);
    registerMessageHandlers(server, context);
    registerMetadataHandlers(server, context);
    registerOffsetHandlers(server, context);
    const { storeHost } = this.#parts;
    registerReplyMessageHandlers(server, { context, writer: this.#writer, storeHost });
    registerResetHandlers(server, context);
    registerQueryHandler(server, context);
    registerSendBackHandler(server, { context, putter: this.#putter, levels: delayLevels });
    registerStatsHandlers(server, context);
    registerTimeSpanHandler(server, context);
    registerTopicHandlers(server, context);
    this.#waiting.register(server);
    server.onConnectionClosed((connection) => {
      context.producers.remove(connection);
      context.consumers.remove(connection);
    });
  }

  #startTimers(): void {
    const { timers, clock } = this.#parts;
    const { stats } = this.#context;
    this.#timers.push(
      timers.every(FLUSH_TIMEOUT_SWEEP_MS, () => this.#writer.sweep()),
      timers.every(STATUS_SAMPLE_PERIOD_MS, () => this.#status.sample()),
      timers.every(HOLD_SWEEP_PERIOD_MS, () => this.#pulls.sweep()),
      timers.every(CLIENT_SCAN_PERIOD_MS, () => this.#closeSilentClients()),
      timers.every(SECONDS_SAMPLE_PERIOD_MS, () => stats.sampleSeconds(clock.now())),
      timers.every(MINUTES_SAMPLE_PERIOD_MS, () => stats.sampleMinutes(clock.now())),
      timers.every(HOURS_SAMPLE_PERIOD_MS, () => stats.sampleHours(clock.now())),
    );
  }

  #closeSilentClients(): void {
    const { consumers, producers, clock, log } = this.#context;
    const limitMs = clock.monotonicMs() - CLIENT_EXPIRY_MS;
    for (const connection of [
      ...producers.silentSince(limitMs),
      ...consumers.silentSince(limitMs),
    ]) {
      log.warn({ peer: connection.remoteAddress }, 'client sent no heartbeat for 120 s, closed');
      connection.close();
    }
    this.#locks.sweep(clock.monotonicMs());
  }

  /** Name servers learn the permissions of topics with a new data version alone. */
  #onConfigUpdated(): void {
    const { config, clock, metadata } = this.#parts;
    this.#configVersion = { counter: this.#configVersion.counter + 1, timestamp: clock.now() };
    if (config.brokerPermission === this.#permission) return;
    this.#permission = config.brokerPermission;
    metadata.advanceTopicsVersion();
    void this.#registration?.register();
  }

  /** Waits until what was appended is acknowledged. */
  async #drain(): Promise<void> {
    const { clock } = this.#parts;
    const deadlineMs = clock.monotonicMs() + CLOSE_PORTS_MS;
    this.#pulls.releaseAll();
    while (this.#writer.pending > 0 && clock.monotonicMs() < deadlineMs) {
      await new Promise((resolve) => {
        this.#parts.timers.after(DRAIN_POLL_MS, () => resolve(undefined));
      });
    }
  }

  /** What fails to close keeps nothing behind it from being closed: the store and the offsets come last. */
  async #closeOnce(): Promise<void> {
    const { acl, store, metadata, log } = this.#parts;
    const failures: Error[] = [];
    const steps: (() => Promise<void> | void)[] = [
      async () => await this.#registration?.close(),
      () => this.#waiting.stopDelivering(),
      () => this.#ports.close(),
      () => this.#waiting.close(),
      () => this.#stopTimers(),
      () => this.#client.close(),
      async () => await acl?.close(),
      () => store.close(),
      () => metadata.close(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(toError(error));
        log.error({ err: toError(error) }, 'a part of the broker was not closed in order');
      }
    }
    const [first] = failures;
    if (first !== undefined) throw first;
  }

  #stopTimers(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}

const SEND_CODES = [
  RequestCode.SEND_MESSAGE,
  RequestCode.SEND_MESSAGE_V2,
  RequestCode.SEND_BATCH_MESSAGE,
];
const PULL_CODES = [RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE];

/** @throws {RocketMqError} CONFIG_UNSUPPORTED for a host name, which a record has no place for */
function storeHostOf({ brokerIP1, listenPort }: BrokerConfig): Buffer {
  try {
    return encodeHost({ ip: brokerIP1, port: listenPort });
  } catch (error) {
    throw new RocketMqError(`brokerIP1 is ${JSON.stringify(brokerIP1)}, expected an IP address`, {
      code: 'CONFIG_UNSUPPORTED',
      cause: error,
    });
  }
}

/** Addresses separated by `;`, as Apache has it, or `,`. */
export function splitAddresses(text: string): readonly string[] {
  return text
    .split(/[;,]/)
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
