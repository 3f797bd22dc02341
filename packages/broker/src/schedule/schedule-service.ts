/**
 * Delivers delayed messages: each level's queue of SCHEDULE_TOPIC_XXXX is read in order, and what is due
 * is stored again in the topic it was sent to.
 *
 * The level's place is kept in the metadata. A crash delivers again what was delivered since the last
 * flush of the offsets; nothing is left out.
 *
 * Source: ScheduleMessageService.java.
 */
import { type Logger, toError } from '@orbitmq/kernel';
import type { BrokerMetadata } from '@orbitmq/metadata';
import {
  decodeProperties,
  decodeRecord,
  PropertyName,
  type StoredMessage,
  SystemTopic,
} from '@orbitmq/protocol';
import type { Clock, Timer, Timers } from '@orbitmq/runtime';
import type { MessageStore } from '@orbitmq/store';
import type { MessagePutter } from '../send/message-putter.ts';
import { type BrokerStats, StatsName } from '../stats/broker-stats.ts';
import type { DelayLevels } from './delay-levels.ts';

/** How often a level is looked at when nothing is known to be due sooner. */
const LOOK_PERIOD_MS = 100;
/** After a failure the same message is tried again. */
const RETRY_MS = 1_000;
/** Messages of one level that are delivered at a time: the log takes them together. */
const BATCH = 256;
/** Whom deliveries are counted for. */
const READER_GROUP = 'SCHEDULE_CONSUMER';

export interface ScheduleServiceOptions {
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly putter: MessagePutter;
  readonly levels: DelayLevels;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  /** Undefined unless `enableScheduleMessageStats` is set. */
  readonly stats: BrokerStats | undefined;
}

export class ScheduleService {
  readonly #options: ScheduleServiceOptions;
  readonly #timers = new Map<number, Timer>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
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
      const run = this.#look(level).finally(() => this.#running.delete(run));
      this.#running.add(run);
    });
    this.#timers.set(level, timer);
  }

  async #look(level: number): Promise<void> {
    try {
      this.#lookLater(level, await this.#deliverDue(level));
    } catch (error) {
      this.#options.log.error(
        { level, err: toError(error) },
        'delayed messages could not be delivered',
      );
      this.#lookLater(level, RETRY_MS);
    }
  }

  /** @returns how long to wait before the next look, in milliseconds */
  async #deliverDue(level: number): Promise<number> {
    const { store, metadata, clock, levels } = this.#options;
    const queue = store.queue(SystemTopic.schedule, level - 1);
    const known = metadata.delayOffset(level) ?? 0;
    let offset = Math.min(Math.max(known, queue.minOffset), queue.maxOffset);
    const deliveries: Promise<boolean>[] = [];
    let waitMs = LOOK_PERIOD_MS;
    while (offset + deliveries.length < queue.maxOffset && deliveries.length < BATCH) {
      const entry = await store.entryAt(queue, offset + deliveries.length);
      if (entry === undefined) break;
      // A due time beyond the level's delay comes of a clock that was set back.
      const nowMs = clock.now();
      const restMs = Math.min(entry.tagsCode - nowMs, levels.delayMs(level));
      if (restMs > 0) {
        waitMs = Math.min(LOOK_PERIOD_MS, restMs);
        break;
      }
      const record = await store.recordAt(queue, offset + deliveries.length);
      deliveries.push(record === undefined ? Promise.resolve(true) : this.#deliver(record));
    }
    const outcomes = await Promise.all(deliveries);
    const failed = outcomes.indexOf(false);
    offset += failed < 0 ? outcomes.length : failed;
    if (offset !== known) metadata.setDelayOffset(level, offset);
    if (failed >= 0) return RETRY_MS;
    return deliveries.length === BATCH ? 0 : waitMs;
  }

  /** The service counts as a group that reads the levels' queues. */
  #count(queueId: number, bytes: number): void {
    const { stats } = this.#options;
    if (stats === undefined) return;
    const { schedule } = SystemTopic;
    stats.count(StatsName.queueGetNums, `${schedule}@${queueId}@${READER_GROUP}`);
    stats.count(StatsName.queueGetSize, `${schedule}@${queueId}@${READER_GROUP}`, bytes);
    stats.count(StatsName.groupGetNums, `${schedule}@${READER_GROUP}`);
    stats.count(StatsName.groupGetSize, `${schedule}@${READER_GROUP}`, bytes);
  }

  async #deliver(record: Buffer): Promise<boolean> {
    const { putter, log } = this.#options;
    const message = decodeRecord(record, 0);
    const topic = message.properties[PropertyName.realTopic];
    if (topic === undefined || topic === SystemTopic.transactionHalf) {
      log.error(
        { topic, physicalOffset: message.physicalOffset },
        'delayed message dropped: no topic to go to',
      );
      return true;
    }
    const code = await putter.put({
      ...originalOf(message),
      topic,
      queueId: Number(message.properties[PropertyName.realQueueId] ?? 0),
    });
    if (code === 'ok') this.#count(message.queueId, record.length);
    return code === 'ok' || code === 'illegal';
  }
}

/** What a message keeps when it is stored again, without its delay. */
function originalOf(message: StoredMessage) {
  const properties = decodeProperties('');
  for (const [name, value] of Object.entries(message.properties)) {
    if (name !== PropertyName.delayLevel) properties[name] = value;
  }
  const { flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body } = message;
  return {
    flag,
    sysFlag,
    bornTimestamp,
    bornHost,
    reconsumeTimes,
    body,
    properties,
    preparedTransactionOffset: 0,
  };
}
