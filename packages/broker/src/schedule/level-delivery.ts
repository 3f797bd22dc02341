import type { Logger } from '@orbitmq/kernel';
import type { BrokerMetadata } from '@orbitmq/metadata';
import { SystemTopic } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import { AppendStatus, type MessageStore, type QueueEntry } from '@orbitmq/store';
import { DeliveryPipeline, NOT_STORED } from '../send/delivery-pipeline.ts';
import type { MessageWriter } from '../send/message-writer.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats, ServiceReads } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import type { DelayLevels } from './delay-levels.ts';

/** How often a level is looked at when nothing is known to be due sooner. */
export const LOOK_PERIOD_MS = 100;
/** After a failure the same message is tried again. */
export const RETRY_MS = 1_000;
/** When more is waiting to be written than may. */
const BUSY_MS = 10;
/** Messages that are read and appended at a time. */
const BATCH = 512;
/** Appended and not safe: what 10 000 a second are in 400 ms, which a disk may take to sync. */
const MAX_UNSAFE = 4_096;

export interface LevelDeliveryOptions {
  readonly level: number;
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly writer: MessageWriter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  /** Counts deliveries as reads; undefined when they are not to be counted. */
  readonly reads: ServiceReads | undefined;
  readonly levels: DelayLevels;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Due {
  readonly entries: readonly QueueEntry[];
  /** Until there may be more, in milliseconds. */
  readonly waitMs: number;
}

type Put = 'put' | 'dropped' | 'busy' | 'unavailable';

interface Appended {
  /** As the pipeline takes them; fewer than there are entries when the log gave fewer, or the store refused one. */
  readonly ends: readonly number[];
  readonly refusal: 'busy' | 'unavailable' | undefined;
}

/**
 * Delivers the messages of one level. Its place in the metadata is behind what is safe; what is appended
 * beyond that is known here alone. When the disk fails it is delivered again from there.
 */
export class LevelDelivery {
  readonly #options: LevelDeliveryOptions;
  readonly #pipeline: DeliveryPipeline;
  /** Messages before it are appended; undefined when that is as far as the metadata say. */
  #nextOffset: number | undefined;
  #hasFailed = false;

  constructor(options: LevelDeliveryOptions) {
    this.#options = options;
    const { writer } = options;
    this.#pipeline = new DeliveryPipeline({ writer, maxMessages: MAX_UNSAFE });
  }

  /** Resolves when what was appended is safe, or is not going to be. */
  settled(): Promise<void> {
    return this.#pipeline.settled();
  }

  /**
   * Appends a batch of what is due; it is safe some time later. Calls must not overlap.
   *
   * @returns how long to wait before the next call, in milliseconds
   * @throws errors of the disk as they are
   */
  async deliver(): Promise<number> {
    if (this.#hasFailed) return this.#startOver();
    await this.#pipeline.room();
    const offset = this.#offset;
    const { entries, waitMs } = await this.#due(offset);
    const { ends, refusal } = await this.#append(entries);
    if (this.#hasFailed) return 0;
    if (ends.length > 0) {
      this.#nextOffset = offset + ends.length;
      this.#pipeline.add(ends, (safe) => this.#onSettled(offset, ends.length, safe));
    } else if (this.#pipeline.isEmpty) {
      this.#note(offset);
    }
    if (refusal !== undefined) return refusal === 'busy' ? BUSY_MS : RETRY_MS;
    return ends.length < entries.length || entries.length === BATCH ? 0 : waitMs;
  }

  /** Where the next message to be appended is. */
  get #offset(): number {
    const { store, metadata, level } = this.#options;
    const queue = store.queue(SystemTopic.schedule, level - 1);
    const known = this.#nextOffset ?? metadata.delayOffset(level) ?? 0;
    return Math.min(Math.max(known, queue.minOffset), queue.maxOffset);
  }

  async #startOver(): Promise<number> {
    await this.#pipeline.settled();
    this.#hasFailed = false;
    this.#nextOffset = undefined;
    return RETRY_MS;
  }

  // oxlint-disable-next-line max-params -- what became of one batch
  #onSettled(offset: number, count: number, safe: number): void {
    if (!this.#hasFailed) this.#note(offset + safe);
    if (safe < count) this.#hasFailed = true;
  }

  #note(offset: number): void {
    const { metadata, level } = this.#options;
    if (offset !== (metadata.delayOffset(level) ?? 0)) metadata.setDelayOffset(level, offset);
  }

  async #due(offset: number): Promise<Due> {
    const { store, level } = this.#options;
    const queue = store.queue(SystemTopic.schedule, level - 1);
    const entries: QueueEntry[] = [];
    while (offset + entries.length < queue.maxOffset && entries.length < BATCH) {
      const entry = await store.entryAt(queue, offset + entries.length);
      if (entry === undefined) break;
      const restMs = this.#restMs(entry);
      if (restMs > 0) return { entries, waitMs: Math.min(LOOK_PERIOD_MS, restMs) };
      entries.push(entry);
    }
    return { entries, waitMs: LOOK_PERIOD_MS };
  }

  /** A due time beyond the level's delay comes of a clock that was set back. */
  #restMs(entry: QueueEntry): number {
    const { clock, store, levels, level } = this.#options;
    // Nothing is to be stored with an earlier time than it is due at.
    const restMs = entry.tagsCode - Math.min(clock.now(), store.nextStoreTimestampMs);
    return restMs > levels.delayMs(level) ? 0 : restMs;
  }

  /** Appends as many as memory holds at a time, in order, and none behind one that the store refuses. */
  async #append(entries: readonly QueueEntry[]): Promise<Appended> {
    const ends: number[] = [];
    if (entries.length === 0) return { ends, refusal: undefined };
    const { store, log } = this.#options;
    const records = await store.recordsOf(entries);
    // What failed meanwhile is to be delivered before these.
    if (this.#hasFailed) return { ends, refusal: undefined };
    let missing = 0;
    let refusal: Appended['refusal'];
    for (const record of records) {
      if (record === undefined) missing++;
      const put =
        record === undefined
          ? 'dropped'
          : this.#put(new StoredRecord(record.buffer, record.start, record.end));
      if (put === 'busy' || put === 'unavailable') {
        refusal = put;
        break;
      }
      ends.push(put === 'put' ? store.appended.endOffset : NOT_STORED);
    }
    if (missing > 0) {
      const { physicalOffset } = entries[0] as QueueEntry;
      log.error(
        { missing, physicalOffset },
        'delayed messages dropped: the log has no whole record',
      );
    }
    return { ends, refusal };
  }

  #put(message: StoredRecord): Put {
    const { store, writer, topics, stats, log } = this.#options;
    const topic = message.realTopicIn(topics);
    if (topic === undefined || topic.name === SystemTopic.transactionHalf) {
      const { realTopic, physicalOffset } = message;
      log.error({ topic: realTopic, physicalOffset }, 'delayed message dropped: no topic to go to');
      return 'dropped';
    }
    if (writer.isFull) return 'busy';
    const { realQueueId } = message;
    const status = writer.appendOwn(topic.queue(realQueueId), message.again());
    if (status === AppendStatus.ok) {
      const { sizeBytes } = store.appended;
      stats.countPut(topic.putStats, realQueueId, 1, sizeBytes);
      this.#countRead(message.queueId, sizeBytes);
      return 'put';
    }
    if (status === AppendStatus.busy) return 'busy';
    if (status !== AppendStatus.illegal) return 'unavailable';
    log.error({ topic: topic.name }, 'delayed message dropped: it is too large');
    return 'dropped';
  }

  /** @param sizeBytes of the record that was delivered, as the reference counts it */
  #countRead(queueId: number, sizeBytes: number): void {
    const { reads } = this.#options;
    if (reads === undefined) return;
    reads.nums.add(1, 1);
    reads.size.add(sizeBytes, 1);
    const queue = reads.queue(queueId);
    queue.nums.add(1, 1);
    queue.size.add(sizeBytes, 1);
  }
}
