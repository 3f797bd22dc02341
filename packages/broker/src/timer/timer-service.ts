/**
 * Delivers messages at the times they ask for.
 *
 * Messages wait in the timer topic. The service reads the topic in order and notes each message in the
 * timer log under the slot of its second; a slot is read into memory a second before it begins, and each
 * message is stored in its own topic when it is due, to the millisecond. So memory holds what is due
 * within a second or two, whatever waits.
 *
 * The log of messages is the truth. After a crash the timer topic is read again from the last unit that
 * was written; messages that were delivered after the last note of the time (every 100 ms) come again.
 *
 * Source: TimerMessageStore.java.
 */
import { assert, javaHashCode, type Logger, toError } from '@orbitmq/kernel';
import { PropertyName, SystemTopic } from '@orbitmq/protocol';
import type { Clock, Timer, Timers } from '@orbitmq/runtime';
import { type AppendRecord, AppendStatus, type MessageStore, type Queue } from '@orbitmq/store';
import { readQueue } from '../read-queue.ts';
import { isStored, type MessageWriter, type StoredAt } from '../send/message-writer.ts';
import { setProperties } from '../send/record-properties.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import { DueHeap, type DueTimer } from './due-heap.ts';
import type { OpenTimerFiles } from './timer-files.ts';
import type { TimerConfig } from './timer-intake.ts';
import { dueTimeOf, slotOf } from './timer-time.ts';
import { type TimerUnit, UnitMagic } from './timer-unit.ts';

/** Slots are read into memory so long before they begin. */
const LOAD_AHEAD_MS = 1_000;
/** After a long stop slots are read until so many messages are in memory. */
const MAX_LOADED = 200_000;
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
/** The wheel's file and the timer log's end are brought up to date after so many units, or with the next flush when idle. */
const FLUSH_UNITS = 1_000_000;
const FLUSH_PERIOD_MS = 10_000;
/** A unit says in 32 bits how long its message waits. */
const MAX_WAIT_MS = 0x7fff_ffff;

export interface TimerServiceOptions {
  readonly store: MessageStore;
  readonly files: OpenTimerFiles;
  readonly writer: MessageWriter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class TimerService {
  readonly #options: TimerServiceOptions;
  /** Of the timer topic. */
  readonly queue: Queue;
  readonly #precisionMs: number;
  readonly #due = new DueHeap();
  /** By slot: what messages in it are recalled, as `topic+key`. */
  readonly #recalled = new Map<number, Set<string>>();
  #queueOffset: number;
  /** Everything due at or before it was delivered. */
  #readTimeMs: number;
  #notedTimeMs: number;
  /** Slots before it are in memory, or on their way there. */
  #loadedSlot: number;
  /** Slots before it are in memory. */
  #readySlot: number;
  /** Slots before it are out of the wheel. */
  #forgottenSlot: number;
  #unitsSinceFlush = 0;
  #flushedMs: number;
  #flushed: { logPosition: number; queueOffset: number };
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #isClosed = false;

  constructor(options: TimerServiceOptions) {
    this.#options = options;
    const { store, files, config, clock } = options;
    this.queue = store.queue(SystemTopic.wheelTimer, 0);
    this.#precisionMs = config.timerPrecisionMs;
    this.#readTimeMs = files.readTimeMs;
    this.#notedTimeMs = files.readTimeMs;
    this.#loadedSlot = Math.floor(files.readTimeMs / this.#precisionMs);
    this.#readySlot = this.#loadedSlot;
    this.#forgottenSlot = this.#loadedSlot;
    const wanted = files.queueOffset ?? 0;
    this.#queueOffset = Math.min(Math.max(wanted, this.queue.minOffset), this.queue.maxOffset);
    this.#flushed = { logPosition: files.log.endPosition, queueOffset: this.#queueOffset };
    this.#flushedMs = clock.monotonicMs();
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

  /** How far behind the topic's end the service is, in messages. */
  get behindMessages(): number {
    return this.queue.maxOffset - this.#queueOffset;
  }

  /** Everything due at or before it was delivered, milliseconds since the epoch. */
  get readTimeMs(): number {
    return this.#readTimeMs;
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
    const { log, wheel, checkpoint } = this.#options.files;
    try {
      await this.#flush();
    } finally {
      await log.close();
      await wheel.close();
      await checkpoint.close();
    }
  }

  /** One look: takes in what came, delivers what is due. @returns how long to wait for the next, in milliseconds */
  async look(): Promise<number> {
    const { config, log } = this.#options;
    try {
      if (!config.timerStopEnqueue) await this.#takeIn();
      if (!config.timerStopDequeue) await this.#deliverDue();
      await this.#note();
      return this.#waitMs();
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
    const nextMs = Math.min(this.#due.nextMs, this.#loadedSlot * this.#precisionMs - LOAD_AHEAD_MS);
    return Math.min(LOOK_PERIOD_MS, Math.max(0, nextMs - this.#options.clock.now()));
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
      if (++taken % TAKE_IN === 0 && this.#due.nextMs <= this.#options.clock.now()) break;
    }
    await files.log.write();
  }

  #takeInOne(message: StoredRecord): void {
    const { files, clock, config, log } = this.#options;
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
    let dueMs = Math.max(wantedMs, this.#readTimeMs + 1);
    const windowMs = Math.min(config.timerRollWindowSlot * precisionMs, MAX_WAIT_MS);
    const beyondMs = dueMs - nowMs - windowMs;
    if (beyondMs >= 0) {
      // It goes round once more; one that would come back at once makes shorter rounds.
      magic |= UnitMagic.roll;
      dueMs = nowMs + (beyondMs < windowMs / 3 ? Math.floor(windowMs / 2) : windowMs);
    }
    const slot = slotOf(dueMs, precisionMs);
    const topicHash = javaHashCode(message.realTopic ?? '');
    const unit: TimerUnit = {
      prevPosition: files.wheel.get(slot)?.lastPosition ?? -1,
      magic,
      writeTimeMs: nowMs,
      delayedTimeMs: dueMs - 1,
      physicalOffset,
      sizeBytes,
      topicHash,
    };
    files.wheel.add(slot, files.log.append(unit));
    this.#unitsSinceFlush++;
    if (slot >= this.#loadedSlot) return;
    this.#due.push({ dueMs, physicalOffset, sizeBytes, magic, writeTimeMs: nowMs });
    if (isRecall && (magic & UnitMagic.roll) === 0) this.#noteRecall(slot, properties);
  }

  async #deliverDue(): Promise<void> {
    const { clock } = this.#options;
    for (let round = 0; round < MAX_BATCHES; round++) {
      await this.#loadSlots();
      const nowMs = clock.now();
      const untilMs = Math.min(nowMs, this.#readySlot * this.#precisionMs);
      const batch: DueTimer[] = [];
      while (batch.length < BATCH && this.#due.nextMs <= untilMs) {
        batch.push(this.#due.pop() as DueTimer);
      }
      const outcomes = await this.#deliver(batch);
      let failed = 0;
      for (const [index, isDone] of outcomes.entries()) {
        if (isDone) continue;
        this.#due.push(batch[index] as DueTimer);
        failed++;
      }
      this.#advance(untilMs);
      if (failed > 0) throw new Error(`${failed} timer messages were not taken by the store`);
      if (this.#readySlot * this.#precisionMs < nowMs && this.#due.size < MAX_LOADED) continue;
      if (batch.length < BATCH) return;
    }
  }

  #advance(untilMs: number): void {
    this.#readTimeMs = Math.max(this.#readTimeMs, Math.min(untilMs, this.#due.nextMs - 1));
    const over = Math.floor(this.#readTimeMs / this.#precisionMs);
    for (const slot of this.#recalled.keys()) if (slot < over) this.#recalled.delete(slot);
  }

  /** Reads slots that begin soon into memory, and forgets them in the wheel when they are over. */
  async #loadSlots(): Promise<void> {
    const { clock, files } = this.#options;
    const precisionMs = this.#precisionMs;
    while (
      this.#loadedSlot * precisionMs - LOAD_AHEAD_MS <= clock.now() &&
      this.#due.size < MAX_LOADED
    ) {
      const slot = this.#loadedSlot;
      const last = files.wheel.get(slot)?.lastPosition;
      this.#loadedSlot = slot + 1;
      if (last !== undefined) await this.#loadSlot(slot, last);
      this.#readySlot = slot + 1;
    }
    const over = Math.floor(this.#readTimeMs / precisionMs);
    for (; this.#forgottenSlot < over; this.#forgottenSlot++)
      files.wheel.remove(this.#forgottenSlot);
  }

  async #loadSlot(slot: number, lastPosition: number): Promise<void> {
    const { log } = this.#options.files;
    for (let position = lastPosition; position >= 0; ) {
      const read = log.unitAt(position);
      const unit = read instanceof Promise ? await read : read;
      if (unit === undefined) return;
      assert(unit.prevPosition < position, 'units of a slot lead back');
      await this.#loadUnit(slot, unit);
      position = unit.prevPosition;
    }
  }

  async #loadUnit(slot: number, unit: TimerUnit): Promise<void> {
    const { store } = this.#options;
    const { physicalOffset, sizeBytes, magic, writeTimeMs } = unit;
    let dueMs = unit.delayedTimeMs + 1;
    const isRecall = (magic & UnitMagic.delete) !== 0 && (magic & UnitMagic.roll) === 0;
    // Apache notes the slot's start alone; the exact time is in the message.
    const isWithoutTime = unit.delayedTimeMs % this.#precisionMs === 0;
    if (isRecall || isWithoutTime) {
      const bytes = await store.recordOfSize(physicalOffset, sizeBytes);
      const message = bytes && new StoredRecord(bytes);
      if (message?.topic !== SystemTopic.wheelTimer) return;
      const { properties, storeTimestampMs } = message;
      if (isRecall) this.#noteRecall(slot, properties);
      const wantedMs = dueTimeOf(properties, storeTimestampMs, this.#precisionMs) ?? dueMs;
      if (slotOf(wantedMs, this.#precisionMs) === slot) dueMs = wantedMs;
    }
    if (dueMs <= this.#readTimeMs) return;
    this.#due.push({ dueMs, physicalOffset, sizeBytes, magic, writeTimeMs });
  }

  #noteRecall(slot: number, properties: Readonly<Record<string, string>>): void {
    let keys = this.#recalled.get(slot);
    if (keys === undefined) {
      keys = new Set();
      this.#recalled.set(slot, keys);
    }
    keys.add(properties[PropertyName.timerDeleteUniqueKey] ?? '');
  }

  /** @returns for each whether it is delivered, or need not be; otherwise it is to be tried again */
  async #deliver(batch: readonly DueTimer[]): Promise<boolean[]> {
    const { store } = this.#options;
    const records = await Promise.all(
      batch.map((timer) => store.recordOfSize(timer.physicalOffset, timer.sizeBytes)),
    );
    // Read first, so that they are stored in the order of their times.
    const puts: Promise<boolean>[] = [];
    for (const [index, timer] of batch.entries()) {
      const bytes = records[index];
      const put = this.#put(timer, bytes && new StoredRecord(bytes));
      puts.push(put instanceof Promise ? put.then(isStored) : Promise.resolve(put));
    }
    return Promise.all(puts);
  }

  /** @returns true when it is not to be delivered, false when the store refuses it */
  #put(timer: DueTimer, message: StoredRecord | undefined): Promise<StoredAt> | boolean {
    const { log, writer, topics, stats, store } = this.#options;
    const isRoll = (timer.magic & UnitMagic.roll) !== 0;
    if (!isRoll && (timer.magic & UnitMagic.delete) !== 0) return true;
    if (message?.topic !== SystemTopic.wheelTimer) {
      log.warn(
        { physicalOffset: timer.physicalOffset },
        'timer message is not in the log any more',
      );
      return true;
    }
    if (!isRoll && this.#isRecalled(timer, message)) return true;
    const topic = message.realTopic === undefined ? undefined : topics.byName(message.realTopic);
    if (topic === undefined) {
      log.warn({ topic: message.realTopic }, 'timer message dropped: its topic does not exist');
      return true;
    }
    if (writer.isFull) return false;
    const queue = isRoll ? this.queue : topic.queue(message.realQueueId);
    const stored = writer.put(queue, this.#recordOf(timer, message, isRoll));
    if (stored === AppendStatus.illegal) {
      log.error({ topic: message.realTopic }, 'timer message dropped: it is too large');
      return true;
    }
    if (!(stored instanceof Promise)) return false;
    if (!isRoll) stats.countPut(topic.putStats, message.realQueueId, 1, store.appended.sizeBytes);
    return stored;
  }

  #recordOf(timer: DueTimer, message: StoredRecord, isRoll: boolean): AppendRecord {
    const record = message.again();
    const rounds = Number(message.properties[PropertyName.timerRollTimes] ?? 0) || 0;
    const isFitting = setProperties(record, {
      [PropertyName.timerEnqueueMs]: String(timer.writeTimeMs),
      [PropertyName.timerDequeueMs]: String(this.#options.clock.now()),
      ...(isRoll ? { [PropertyName.timerRollTimes]: String(rounds + 1) } : {}),
    });
    // Without the times it is the message all the same.
    return isFitting ? record : message.again();
  }

  #isRecalled(timer: DueTimer, { properties, realTopic }: StoredRecord): boolean {
    const keys = this.#recalled.get(slotOf(timer.dueMs, this.#precisionMs));
    return keys?.has(`${realTopic}+${properties[PropertyName.uniqueKey]}`) ?? false;
  }

  /** Notes how far everything is: the time at once, the other files when it is worth it. */
  async #note(): Promise<void> {
    const { clock } = this.#options;
    const ageMs = clock.monotonicMs() - this.#flushedMs;
    const isDue = this.#unitsSinceFlush > 0 && ageMs >= FLUSH_PERIOD_MS;
    if (isDue || this.#unitsSinceFlush >= FLUSH_UNITS) await this.#flush();
    else if (this.#readTimeMs - this.#notedTimeMs >= LOOK_PERIOD_MS) await this.#noteTime();
  }

  async #noteTime(): Promise<void> {
    const readTimeMs = this.#readTimeMs;
    await this.#options.files.checkpoint.write({ readTimeMs, ...this.#flushed });
    this.#notedTimeMs = readTimeMs;
  }

  async #flush(): Promise<void> {
    const { files, clock, config } = this.#options;
    const { log, wheel, checkpoint } = files;
    const queueOffset = this.#queueOffset;
    const units = this.#unitsSinceFlush;
    await log.write();
    const logPosition = log.writtenPosition;
    await log.sync();
    await wheel.flush();
    this.#flushed = { logPosition, queueOffset };
    await this.#noteTime();
    await checkpoint.sync();
    this.#unitsSinceFlush -= units;
    this.#flushedMs = clock.monotonicMs();
    const windowMs = config.timerRollWindowSlot * this.#precisionMs;
    await log.removeBefore(this.#readTimeMs - windowMs - this.#precisionMs);
  }
}
