import { join } from 'node:path';
import type { RemotingServer } from '@orbitmq/remoting';
import { type Disk, type Random, systemRandom } from '@orbitmq/runtime';
import type { BrokerContext } from './broker-context.ts';
import { registerRecallHandler } from './handlers/recall-handler.ts';
import { registerTimerHandlers } from './handlers/timer-handlers.ts';
import { registerTransactionHandlers } from './handlers/transaction-handlers.ts';
import type { DelayLevels } from './schedule/delay-levels.ts';
import { ScheduleService } from './schedule/schedule-service.ts';
import { MessageRouter } from './send/message-router.ts';
import type { MessageWriter } from './send/message-writer.ts';
import { openTimerFiles } from './timer/timer-files.ts';
import { TimerIntake } from './timer/timer-intake.ts';
import { TimerMetrics } from './timer/timer-metrics.ts';
import { TimerService } from './timer/timer-service.ts';
import { HalfMessages } from './transaction/half-messages.ts';
import { TransactionChecker } from './transaction/transaction-checker.ts';

export interface WaitingMessagesOptions {
  readonly context: BrokerContext;
  readonly writer: MessageWriter;
  readonly delayLevels: DelayLevels;
  readonly disk: Disk;
  /** As `encodeHost` gives it. */
  readonly storeHost: Buffer;
  readonly random?: Random | undefined;
}

/**
 * Messages that wait before they can be consumed: for a delay, for a time, for their producer's word. The
 * router sends them aside, the services here bring them on.
 */
export class WaitingMessages {
  readonly #options: WaitingMessagesOptions;
  readonly #halfMessages: HalfMessages;
  readonly router: MessageRouter;
  #schedule: ScheduleService | undefined;
  #transactionChecker: TransactionChecker | undefined;
  #timerService: TimerService | undefined;

  constructor(options: WaitingMessagesOptions) {
    this.#options = options;
    this.router = this.#makeRouter();
    const { context, writer, storeHost } = options;
    const { store, metadata, topics, stats, clock } = context;
    const log = context.log.child({ part: 'transactions' });
    const { router } = this;
    const shared = { store, metadata, writer, router, topics, stats, clock, log, storeHost };
    this.#halfMessages = new HalfMessages(shared);
  }

  register(server: RemotingServer): void {
    const { context, writer } = this.#options;
    registerTransactionHandlers(server, context, this.#halfMessages);
    registerRecallHandler(server, { context, writer, router: this.router });
    registerTimerHandlers(server, () => this.#timerService);
  }

  /** Undefined where `timerWheelEnable` is off, and before {@link start}. */
  get timers(): TimerService | undefined {
    return this.#timerService;
  }

  /** Begins to deliver. @throws errors of the disk as they are */
  async start(): Promise<void> {
    const { context, writer, delayLevels: levels } = this.#options;
    const { store, metadata, topics, stats, clock, timers, log, config, producers } = context;
    if (config.timerWheelEnable) await this.#startTimers();
    const isCountingReads = config.enableScheduleMessageStats;
    const shared = {
      store,
      metadata,
      writer,
      topics,
      stats,
      levels,
      clock,
      timers,
      isCountingReads,
    };
    this.#schedule = new ScheduleService({ ...shared, log: log.child({ part: 'schedule' }) });
    this.#transactionChecker = new TransactionChecker({
      halfMessages: this.#halfMessages,
      producers,
      config,
      clock,
      timers,
      log: log.child({ part: 'transactions' }),
    });
  }

  /** Stops delivering, before the port is closed. Idempotent. */
  async stopDelivering(): Promise<void> {
    await this.#schedule?.close();
    await this.#timerService?.close();
  }

  /** Notes how far everything is; nobody settles transactions any more. Idempotent. */
  async close(): Promise<void> {
    await this.stopDelivering();
    await this.#transactionChecker?.close();
  }

  async #startTimers(): Promise<void> {
    const { context, writer, disk } = this.#options;
    const { store, topics, stats, config, clock, timers } = context;
    const log = context.log.child({ part: 'timers' });
    const files = await openTimerFiles({
      disk,
      directory: config.storePathRootDir,
      logFileBytes: config.mappedFileSizeTimerLog,
      precisionMs: config.timerPrecisionMs,
      maxPhysicalOffset: store.maxPhysicalOffset,
      nowMs: clock.now(),
      log,
    });
    const directory = join(config.storePathRootDir, 'config');
    const metrics = await TimerMetrics.open(disk, directory, log);
    const parts = { store, files, metrics, writer, topics, stats, config, clock, timers, log };
    const service = await TimerService.start(parts);
    this.#timerService = service;
    store.onArrival((queue) => {
      if (queue === service.queue) service.onArrival();
    });
  }

  #makeRouter(): MessageRouter {
    const { context, delayLevels, random = systemRandom } = this.#options;
    const { topics, groups, config, clock, brokerAddress } = context;
    return new MessageRouter({
      topics,
      groups,
      delayLevels,
      clock,
      brokerAddress,
      transactions: {
        isRejected: () => config.rejectTransactionMessage,
        isFull: () => this.#halfMessages.isFull,
      },
      timers: new TimerIntake({
        config,
        clock,
        random,
        slotCount: (slot) => this.#timerService?.slotCount(slot) ?? 0,
      }),
    });
  }
}
