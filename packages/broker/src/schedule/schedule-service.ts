/**
 * Delivers delayed messages: each level's queue of SCHEDULE_TOPIC_XXXX is read in order, and what is due
 * is stored again in the topic it was sent to, as it is but for its new place.
 *
 * The level's place is kept in the metadata. The end of the process delivers again what was delivered in
 * the last 200 ms, a power cut what was since the metadata were synced; nothing is left out: a level stays
 * at a message that the store does not take.
 *
 * Source: ScheduleMessageService.java.
 */
import { type Logger, toError } from '@orbitmq/kernel';
import type { BrokerMetadata } from '@orbitmq/metadata';
import { SystemTopic } from '@orbitmq/protocol';
import type { Clock, Timer, Timers } from '@orbitmq/runtime';
import type { MessageStore } from '@orbitmq/store';
import type { MessageWriter } from '../send/message-writer.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import type { DelayLevels } from './delay-levels.ts';
import { LevelDelivery, LOOK_PERIOD_MS, RETRY_MS } from './level-delivery.ts';

/** How old the places of the levels on the disk may be. */
const SAVE_PERIOD_MS = 200;
/** Whom deliveries are counted for. */
const READER_GROUP = 'SCHEDULE_CONSUMER';

export interface ScheduleServiceOptions {
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly writer: MessageWriter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  /** `enableScheduleMessageStats`: whether the service counts as a group that reads the levels' queues. */
  readonly isCountingReads: boolean;
  readonly levels: DelayLevels;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class ScheduleService {
  readonly #options: ScheduleServiceOptions;
  /** Level 1 stands first. */
  readonly #deliveries: readonly LevelDelivery[];
  readonly #timers = new Map<number, Timer>();
  readonly #running = new Set<Promise<void>>();
  #savedMs: number;
  #isClosed = false;

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
    const { isCountingReads, stats, levels, clock } = options;
    const reads = isCountingReads
      ? stats.serviceReads(SystemTopic.schedule, READER_GROUP)
      : undefined;
    this.#deliveries = levels
      .all()
      .map((_, index) => new LevelDelivery({ ...options, level: index + 1, reads }));
    this.#savedMs = clock.monotonicMs();
    for (let level = 1; level <= levels.max; level++) this.#lookLater(level, LOOK_PERIOD_MS);
  }

  /** Stops after the deliveries under way. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    await Promise.all(this.#running);
    await this.settled();
  }

  /** Resolves when what was delivered so far is safe, or is not going to be. */
  async settled(): Promise<void> {
    await Promise.all(this.#deliveries.map((delivery) => delivery.settled()));
  }

  #lookLater(level: number, delayMs: number): void {
    if (this.#isClosed) return;
    const timer = this.#options.timers.after(delayMs, () => {
      const run = this.look(level)
        .then((waitMs) => this.#lookLater(level, waitMs))
        .finally(() => this.#running.delete(run));
      this.#running.add(run);
    });
    this.#timers.set(level, timer);
  }

  /**
   * Delivers a batch of what is due in a level; looks at one level must not overlap. Never rejects.
   *
   * @returns how long to wait before the next look, in milliseconds
   */
  async look(level: number): Promise<number> {
    try {
      const waitMs = (await this.#deliveries[level - 1]?.deliver()) ?? RETRY_MS;
      this.#saveSometimes();
      return waitMs;
    } catch (error) {
      this.#options.log.error(
        { level, err: toError(error) },
        'delayed messages could not be delivered',
      );
      return RETRY_MS;
    }
  }

  #saveSometimes(): void {
    const { clock, metadata } = this.#options;
    if (clock.monotonicMs() - this.#savedMs < SAVE_PERIOD_MS) return;
    this.#savedMs = clock.monotonicMs();
    metadata.flushDelayOffsets();
  }
}
