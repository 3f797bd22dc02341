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
import { isStored, type MessageWriter } from '../send/message-writer.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats, ServiceReads } from '../stats/broker-stats.ts';
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

interface Delivered {
  /** Messages that are delivered, or need not be, before the first that is not. */
  readonly count: number;
  /** The store did not take the next one. */
  readonly isRefused: boolean;
}

const NOTHING: Delivered = { count: 0, isRefused: false };

export class ScheduleService {
  readonly #options: ScheduleServiceOptions;
  readonly #reads: ServiceReads;
  readonly #timers = new Map<number, Timer>();
  readonly #running = new Set<Promise<void>>();
  #savedMs: number;
  #isClosed = false;

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
    this.#reads = options.stats.serviceReads(SystemTopic.schedule, READER_GROUP);
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
    const { count, isRefused } = await this.#deliver(due);
    if (offset + count !== known) metadata.setDelayOffset(level, offset + count);
    this.#saveSometimes();
    if (isRefused) return RETRY_MS;
    return count < due.length || due.length === BATCH ? 0 : waitMs;
  }

  /** A due time beyond the level's delay comes of a clock that was set back. */
  #restMs(level: number, entry: QueueEntry): number {
    const { clock, levels } = this.#options;
    const restMs = entry.tagsCode - clock.now();
    return restMs > levels.delayMs(level) ? 0 : restMs;
  }

  /** Delivers as many as memory holds at a time. */
  async #deliver(entries: readonly QueueEntry[]): Promise<Delivered> {
    if (entries.length === 0) return NOTHING;
    const { store, writer, log } = this.#options;
    const records = await store.recordsOf(entries);
    /** Of what was appended, where its record ends in the log. */
    const ends: number[] = [];
    let missing = 0;
    let isAnyPut = false;
    // In order, and none behind one that the store refuses: it would come twice.
    for (const record of records) {
      if (record === undefined) missing++;
      const put =
        record === undefined
          ? 'dropped'
          : this.#put(new StoredRecord(record.buffer, record.start, record.end));
      if (put === 'refused') break;
      if (put === 'put') isAnyPut = true;
      ends.push(put === 'put' ? store.appended.endOffset : 0);
    }
    if (missing > 0) {
      const { physicalOffset } = entries[0] as QueueEntry;
      log.error(
        { missing, physicalOffset },
        'delayed messages dropped: the log has no whole record',
      );
    }
    const isRefused = ends.length < records.length;
    if (!isAnyPut || isStored(await writer.settled())) return { count: ends.length, isRefused };
    const unsafe = ends.findIndex((end) => end > writer.safeOffset);
    return { count: unsafe < 0 ? ends.length : unsafe, isRefused: true };
  }

  #put(message: StoredRecord): 'put' | 'dropped' | 'refused' {
    const { store, writer, topics, stats, log } = this.#options;
    const topic = message.realTopicIn(topics);
    if (topic === undefined || topic.name === SystemTopic.transactionHalf) {
      const { realTopic, physicalOffset } = message;
      log.error({ topic: realTopic, physicalOffset }, 'delayed message dropped: no topic to go to');
      return 'dropped';
    }
    if (writer.isFull) return 'refused';
    const { realQueueId } = message;
    const status = writer.appendOwn(topic.queue(realQueueId), message.again());
    if (status === AppendStatus.ok) {
      stats.countPut(topic.putStats, realQueueId, 1, store.appended.sizeBytes);
      this.#countRead(message);
      return 'put';
    }
    if (status !== AppendStatus.illegal) return 'refused';
    log.error({ topic: topic.name }, 'delayed message dropped: it is too large');
    return 'dropped';
  }

  #countRead({ queueId, sizeBytes }: StoredRecord): void {
    const { isCountingReads } = this.#options;
    if (!isCountingReads) return;
    const reads = this.#reads;
    reads.nums.add(1, 1);
    reads.size.add(sizeBytes, 1);
    const queue = reads.queue(queueId);
    queue.nums.add(1, 1);
    queue.size.add(sizeBytes, 1);
  }

  #saveSometimes(): void {
    const { clock, metadata } = this.#options;
    if (clock.monotonicMs() - this.#savedMs < SAVE_PERIOD_MS) return;
    this.#savedMs = clock.monotonicMs();
    metadata.flushDelayOffsets();
  }
}
