/**
 * Delivers messages at the times they ask for.
 *
 * Messages wait in the timer topic. The service reads the topic in order and notes each message in the
 * timer log under the slot of its second; a slot is read into memory shortly before it begins, and each
 * message is stored in its own topic when it is due, to the millisecond. So memory holds what is due
 * within some seconds, whatever waits.
 *
 * The log of messages is the truth. After a crash the timer topic is read again from the last unit that
 * was written; messages that were delivered after the last note of the time (every 100 ms) come again.
 *
 * Source: TimerMessageStore.java.
 */
import { javaHashCode, type Logger, toError } from '@orbitmq/kernel';
import {
  PropertyName,
  SystemTopic,
  type TimerCheckpoint,
  type TimerMetricsSerializeWrapper,
} from '@orbitmq/protocol';
import type { Clock, Timer, Timers } from '@orbitmq/runtime';
import type { MessageStore, Queue } from '@orbitmq/store';
import { readQueue } from '../read-queue.ts';
import { DeliveryPipeline } from '../send/delivery-pipeline.ts';
import type { MessageWriter } from '../send/message-writer.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import type { DueTimer } from './due-heap.ts';
import { TimerDelivery } from './timer-delivery.ts';
import type { OpenTimerFiles } from './timer-files.ts';
import type { TimerConfig } from './timer-intake.ts';
import type { TimerMetrics } from './timer-metrics.ts';
import { TimerProgressNotes, type TimerReached } from './timer-progress.ts';
import { dueTimeOf, slotOf } from './timer-time.ts';
import { type TimerUnit, UnitMagic } from './timer-unit.ts';
import { TimerWindow } from './timer-window.ts';

/** Messages that are delivered at a time: the log takes them together. */
const BATCH = 512;
/** Messages that are taken in before what is due is looked at: some ten milliseconds of work. */
const TAKE_IN = 1_024;
/** Batches in a row, before what came meanwhile is taken in. */
const MAX_BATCHES = 16;
/** Longest wait until the next look. */
const LOOK_PERIOD_MS = 100;
/** After a failure the same messages are tried again. */
const RETRY_MS = 500;
/** When more is waiting to be written than may. */
const BUSY_MS = 10;
/** Appended and not safe: what 10 000 a second are in 400 ms, which a disk may take to sync. */
const MAX_UNSAFE = 4_096;
/** Units in memory that are not written: the disk does not keep up, and is waited for. */
const MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024;
/** A unit says in 32 bits how long its message waits. */
const MAX_WAIT_MS = 0x7fff_ffff;

export interface TimerServiceOptions {
  readonly store: MessageStore;
  readonly files: OpenTimerFiles;
  readonly metrics: TimerMetrics;
  readonly writer: MessageWriter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export interface TimerCounters {
  readonly takenIn: number;
  readonly delivered: number;
}

export class TimerService {
  readonly #options: TimerServiceOptions;
  /** Of the timer topic. */
  readonly queue: Queue;
  readonly #precisionMs: number;
  readonly #window: TimerWindow;
  readonly #delivery: TimerDelivery;
  readonly #pipeline: DeliveryPipeline;
  readonly #notes: TimerProgressNotes;
  #hasFailed = false;
  #isWritingUnits = false;
  #takenIn = 0;
  #queueOffset: number;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #isClosed = false;

  constructor(options: TimerServiceOptions) {
    this.#options = options;
    const { store, files, config, clock, timers, log, writer, metrics } = options;
    this.queue = store.queue(SystemTopic.wheelTimer, 0);
    this.#precisionMs = config.timerPrecisionMs;
    const wanted = files.queueOffset ?? 0;
    this.#queueOffset = Math.min(Math.max(wanted, this.queue.minOffset), this.queue.maxOffset);
    const precisionMs = this.#precisionMs;
    this.#window = new TimerWindow({ store, files, precisionMs, clock, timers, log });
    this.#pipeline = new DeliveryPipeline({ writer, maxMessages: MAX_UNSAFE });
    this.#delivery = new TimerDelivery({
      ...options,
      queue: this.queue,
      isRecalled: (timer, message) => this.#window.isRecalled(timer, message),
    });
    this.#notes = new TimerProgressNotes({
      files,
      metrics,
      clock,
      log,
      queueOffset: this.#queueOffset,
      windowMs: () => (config.timerRollWindowSlot + 1) * precisionMs,
    });
  }

  /** Finds out where the topic is to be read from, and begins. */
  static async start(options: TimerServiceOptions): Promise<TimerService> {
    const service = new TimerService(options);
    await service.#findQueueOffset();
    service.#lookLater(0);
    return service;
  }

  /** Messages that wait in a slot. */
  slotCount(slot: number): number {
    return this.#options.files.wheel.get(slot)?.count ?? 0;
  }

  /** Messages that wait, those included that go round once more. */
  get waitingMessages(): number {
    return this.#options.files.wheel.count;
  }

  /** As slaves ask for it. */
  get checkpoint(): TimerCheckpoint {
    const lastTimerQueueOffset = this.#queueOffset;
    return {
      lastReadTimeMs: this.readTimeMs,
      lastTimerLogFlushPos: this.#notes.flushedPosition,
      lastTimerQueueOffset,
      masterTimerQueueOffset: lastTimerQueueOffset,
      dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
    };
  }

  /** Messages that wait, by topic. */
  get metrics(): TimerMetricsSerializeWrapper {
    return this.#options.metrics.wrapper();
  }

  /** Since the start. */
  get counters(): TimerCounters {
    return { takenIn: this.#takenIn, delivered: this.#delivery.delivered };
  }

  /** How far behind the topic's end the service is, in messages. */
  get behindMessages(): number {
    return this.queue.maxOffset - this.#queueOffset;
  }

  /** Everything due at or before it was delivered, milliseconds since the epoch. */
  get readTimeMs(): number {
    return this.#window.readTimeMs;
  }

  /** To be called when the timer topic has new messages. */
  onArrival(): void {
    this.#lookLater(0);
  }

  /** Stops after what is under way, and brings the files up to date. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#window.settled();
    await this.settled();
    const { log, wheel, checkpoint } = this.#options.files;
    try {
      await this.#notes.flush(this.#reached);
    } finally {
      await log.close();
      await wheel.close();
      await checkpoint.close();
    }
  }

  /** Resolves when what was delivered so far is safe, or is to be tried again. */
  settled(): Promise<void> {
    return this.#pipeline.settled();
  }

  /**
   * One look: takes in what came, appends what is due; that is safe some time later.
   *
   * @returns how long to wait for the next, in milliseconds
   */
  async look(): Promise<number> {
    const { config, log } = this.#options;
    try {
      if (!config.timerStopEnqueue) await this.#takeIn();
      const isRefused = !config.timerStopDequeue && (await this.#deliverDue()) === 'busy';
      this.#notes.note(this.#reached);
      return isRefused ? BUSY_MS : this.#waitMs();
    } catch (error) {
      log.error({ err: toError(error) }, 'timer messages could not be handled');
      return RETRY_MS;
    }
  }

  #lookLater(delayMs: number): void {
    if (this.#isClosed || this.#isRunning) return;
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(delayMs, () => {
      this.#isRunning = true;
      this.#running = this.#lookNow();
    });
  }

  async #lookNow(): Promise<void> {
    const waitMs = await this.look();
    this.#isRunning = false;
    // A pull that waited may have switched it off.
    this.queue.hasWaiters = true;
    this.#lookLater(this.behindMessages > 0 ? Math.min(waitMs, 1) : waitMs);
  }

  #waitMs(): number {
    const restMs = this.#window.nextWorkMs - this.#options.clock.now();
    return Math.min(LOOK_PERIOD_MS, Math.max(0, restMs));
  }

  /** Behind the message of the last unit. Source: TimerMessageStore.java (recover). */
  async #findQueueOffset(): Promise<void> {
    const { files, store } = this.#options;
    const { lastUnit, queueOffset } = files;
    if (queueOffset !== undefined || lastUnit === undefined) return;
    const bytes = await store.recordOfSize(lastUnit.physicalOffset, lastUnit.sizeBytes);
    const message = bytes && new StoredRecord(bytes);
    if (message?.topic !== SystemTopic.wheelTimer) return;
    this.#queueOffset = Math.min(message.queueOffset + 1, this.queue.maxOffset);
  }

  /** Notes new messages of the topic under their slots. */
  async #takeIn(): Promise<void> {
    const { store, files } = this.#options;
    const end = this.queue.maxOffset;
    if (this.#queueOffset >= end) return;
    let taken = 0;
    for await (const bytes of readQueue(store, this.queue, this.#queueOffset, end)) {
      const message = new StoredRecord(bytes);
      this.#takeInOne(message);
      this.#queueOffset = message.queueOffset + 1;
      // What is due meanwhile shall not wait for a long queue, nor the queue for what is always due.
      if (++taken % TAKE_IN === 0 && this.#window.nextDueMs <= this.#options.clock.now()) break;
    }
    if (files.log.endPosition - files.log.writtenPosition > MAX_UNWRITTEN_BYTES) {
      await files.log.write();
    } else {
      this.#writeUnits();
    }
  }

  /** Beside the work: a note of the time writes what is left, and tells of failures. */
  #writeUnits(): void {
    if (this.#isWritingUnits) return;
    this.#isWritingUnits = true;
    this.#options.files.log
      .write()
      .catch((error: unknown) => {
        this.#options.log.debug({ err: toError(error) }, 'timer units could not be written yet');
      })
      .finally(() => {
        this.#isWritingUnits = false;
      });
  }

  #takeInOne(message: StoredRecord): void {
    const { files, metrics, clock, config, log } = this.#options;
    const { properties, physicalOffset, sizeBytes } = message;
    const precisionMs = this.#precisionMs;
    const wantedMs = dueTimeOf(properties, message.storeTimestampMs, precisionMs);
    if (wantedMs === undefined) {
      log.warn({ queueOffset: message.queueOffset }, 'message of the timer topic has no time');
      return;
    }
    const nowMs = clock.now();
    const isRecall = properties[PropertyName.timerDeleteUniqueKey] !== undefined;
    let magic: number = isRecall ? UnitMagic.message | UnitMagic.delete : UnitMagic.message;
    let dueMs = Math.max(wantedMs, this.readTimeMs + 1);
    const windowMs = Math.min(config.timerRollWindowSlot * precisionMs, MAX_WAIT_MS);
    const beyondMs = dueMs - nowMs - windowMs;
    if (beyondMs >= 0) {
      // It goes round once more; one that would come back at once makes shorter rounds.
      magic |= UnitMagic.roll;
      dueMs = nowMs + (beyondMs < windowMs / 3 ? Math.floor(windowMs / 2) : windowMs);
    }
    const slot = slotOf(dueMs, precisionMs);
    const realTopic = message.realTopic ?? '';
    this.#takenIn++;
    if (!isRecall) metrics.add(realTopic, 1, nowMs);
    const unit: TimerUnit = {
      prevPosition: files.wheel.get(slot)?.lastPosition ?? -1,
      magic,
      writeTimeMs: nowMs,
      delayedTimeMs: dueMs - 1,
      physicalOffset,
      sizeBytes,
      topicHash: javaHashCode(realTopic),
    };
    files.wheel.add(slot, files.log.append(unit));
    this.#notes.countUnit();
    const timer = { dueMs, physicalOffset, sizeBytes, magic, writeTimeMs: nowMs };
    this.#window.add(slot, timer, message);
  }

  /** @returns `busy` when the store takes no more for now */
  async #deliverDue(): Promise<'busy' | undefined> {
    for (let round = 0; round < MAX_BATCHES; round++) {
      await this.#window.load();
      await this.#pipeline.room();
      if (this.#hasFailed) {
        this.#hasFailed = false;
        throw new Error('timer messages were not stored');
      }
      const batch = this.#window.take(Math.min(this.#nowMs, this.#window.readyMs), BATCH);
      if (batch.length > 0) {
        const { ends, refusal } = await this.#delivery.append(batch);
        this.#settleLater(ends, batch);
        if (refusal === 'busy') return 'busy';
        if (refusal !== undefined) throw refusal;
      }
      if (batch.length < BATCH && !this.#window.isBehind) return undefined;
    }
    return undefined;
  }

  /** @param ends of the first messages of the batch; the others are to be tried again */
  #settleLater(ends: readonly number[], batch: readonly DueTimer[]): void {
    this.#pipeline.add(ends, (safe) => {
      if (safe < ends.length) this.#hasFailed = true;
      this.#window.settle(batch.slice(safe));
    });
  }

  /** Nothing is to be stored with an earlier time than it is due at. */
  get #nowMs(): number {
    const { clock, store } = this.#options;
    return Math.min(clock.now(), store.nextStoreTimestampMs);
  }

  get #reached(): TimerReached {
    return { readTimeMs: this.readTimeMs, queueOffset: this.#queueOffset };
  }
}
