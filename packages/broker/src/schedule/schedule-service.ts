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
import { AppendStatus, type MessageStore, type QueueEntry } from '@orbitmq/store';
import { isStored, type MessageWriter, type StoredAt } from '../send/message-writer.ts';
import { StoredRecord } from '../send/stored-record.ts';
import { type BrokerStats, StatsName } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import type { DelayLevels } from './delay-levels.ts';

/** How often a level is looked at when nothing is known to be due sooner. */
const LOOK_PERIOD_MS = 100;
/** After a failure the same message is tried again. */
const RETRY_MS = 1_000;
/** Messages of one level that are delivered at a time: the log takes them together. */
const BATCH = 512;
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
  readonly #timers = new Map<number, Timer>();
  readonly #running = new Set<Promise<void>>();
  #savedMs: number;
  #isClosed = false;

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
    this.#savedMs = options.clock.monotonicMs();
    for (let level = 1; level <= options.levels.max; level++)
      this.#lookLater(level, LOOK_PERIOD_MS);
  }

  /** Stops after the deliveries under way. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    await Promise.all(this.#running);
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
      return await this.#deliverDue(level);
    } catch (error) {
      this.#options.log.error(
        { level, err: toError(error) },
        'delayed messages could not be delivered',
      );
      return RETRY_MS;
    }
  }

  async #deliverDue(level: number): Promise<number> {
    const { store, metadata } = this.#options;
    const queue = store.queue(SystemTopic.schedule, level - 1);
    const known = metadata.delayOffset(level) ?? 0;
    const offset = Math.min(Math.max(known, queue.minOffset), queue.maxOffset);
    const due: QueueEntry[] = [];
    let waitMs = LOOK_PERIOD_MS;
    while (offset + due.length < queue.maxOffset && due.length < BATCH) {
      const entry = await store.entryAt(queue, offset + due.length);
      if (entry === undefined) break;
      const restMs = this.#restMs(level, entry);
      if (restMs > 0) {
        waitMs = Math.min(LOOK_PERIOD_MS, restMs);
        break;
      }
      due.push(entry);
    }
    const delivered = await this.#deliver(due);
    if (offset + delivered !== known) metadata.setDelayOffset(level, offset + delivered);
    this.#saveSometimes();
    if (delivered < due.length) return RETRY_MS;
    return due.length === BATCH ? 0 : waitMs;
  }

  /** A due time beyond the level's delay comes of a clock that was set back. */
  #restMs(level: number, entry: QueueEntry): number {
    const { clock, levels } = this.#options;
    const restMs = entry.tagsCode - clock.now();
    return restMs > levels.delayMs(level) ? 0 : restMs;
  }

  /** @returns how many are delivered, or need not be, before the first that is not */
  async #deliver(entries: readonly QueueEntry[]): Promise<number> {
    const { store } = this.#options;
    const records = await Promise.all(
      entries.map((entry) => store.recordOfSize(entry.physicalOffset, entry.sizeBytes)),
    );
    // In order, and none behind one that the store refuses: it would come twice.
    const puts: Promise<boolean>[] = [];
    for (const record of records) {
      const put = record === undefined ? 'dropped' : this.#put(new StoredRecord(record));
      if (put === 'refused') break;
      puts.push(put === 'dropped' ? Promise.resolve(true) : put.then(isStored));
    }
    const failed = (await Promise.all(puts)).indexOf(false);
    return failed < 0 ? puts.length : failed;
  }

  #put(message: StoredRecord): Promise<StoredAt> | 'dropped' | 'refused' {
    const { store, writer, topics, stats, log } = this.#options;
    const name = message.realTopic;
    const topic = name === undefined ? undefined : topics.byName(name);
    if (topic === undefined || name === SystemTopic.transactionHalf) {
      const { physicalOffset } = message;
      log.error({ topic: name, physicalOffset }, 'delayed message dropped: no topic to go to');
      return 'dropped';
    }
    if (writer.isFull) return 'refused';
    const record = message.again();
    const stored = writer.put(topic.queue(message.realQueueId), record);
    if (stored instanceof Promise) {
      stats.countPut(topic.putStats, message.realQueueId, 1, store.appended.sizeBytes);
      this.#countRead(message);
      return stored;
    }
    if (stored !== AppendStatus.illegal) return 'refused';
    log.error({ topic: name }, 'delayed message dropped: it is too large');
    return 'dropped';
  }

  #countRead({ queueId, sizeBytes }: StoredRecord): void {
    const { stats, isCountingReads } = this.#options;
    if (!isCountingReads) return;
    const { schedule } = SystemTopic;
    stats.count(StatsName.queueGetNums, `${schedule}@${queueId}@${READER_GROUP}`);
    stats.count(StatsName.queueGetSize, `${schedule}@${queueId}@${READER_GROUP}`, sizeBytes);
    stats.count(StatsName.groupGetNums, `${schedule}@${READER_GROUP}`);
    stats.count(StatsName.groupGetSize, `${schedule}@${READER_GROUP}`, sizeBytes);
  }

  #saveSometimes(): void {
    const { clock, metadata } = this.#options;
    if (clock.monotonicMs() - this.#savedMs < SAVE_PERIOD_MS) return;
    this.#savedMs = clock.monotonicMs();
    metadata.flushDelayOffsets();
  }
}
