import { type Logger, toError } from '@orbitmq/kernel';
import { PropertyName, SystemTopic } from '@orbitmq/protocol';
import type { Clock, Timers } from '@orbitmq/runtime';
import type { MessageStore } from '@orbitmq/store';
import { StoredRecord } from '../send/stored-record.ts';
import { DueHeap, type DueTimer } from './due-heap.ts';
import type { OpenTimerFiles } from './timer-files.ts';
import { dueTimeOf, slotOf } from './timer-time.ts';
import { type TimerUnit, UnitMagic } from './timer-unit.ts';

/** Slots are read into memory so long before they begin: the units of a busy one lie scattered in the log. */
const LOAD_AHEAD_MS = 2_000;
/** After a long stop slots are read until so many messages are in memory. */
const MAX_LOADED = 200_000;
/** Units that are read without a break: some milliseconds, for which nothing else goes on. */
const UNITS_AT_ONCE = 1_024;

export interface TimerWindowOptions {
  readonly store: MessageStore;
  readonly files: OpenTimerFiles;
  readonly precisionMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/**
 * What is due soon, in memory: whatever waits, the messages of some seconds. Slots are read from the timer
 * log beside the delivery of those that were read before.
 */
export class TimerWindow {
  readonly #options: TimerWindowOptions;
  readonly #due = new DueHeap();
  /** By slot: what messages in it are recalled, as `topic+key`. */
  readonly #recalled = new Map<number, Set<string>>();
  /** Of the batches that were taken out and are not settled, when their first messages are due. */
  readonly #takenDueMs: number[] = [];
  /** What is due at or before it was taken out, if it was in memory. */
  #takenUntilMs: number;
  /** Slots before it are in memory, or on their way there. */
  #loadedSlot: number;
  /** Slots before it are in memory. */
  #readySlot: number;
  /** The unit of the slot on its way that is read next: after a failure it goes on there. Below 0 behind the first. */
  #position: number | undefined;
  /** Units before it may be of the slot on its way: those that came later were added to it in memory. */
  #unreadBefore = 0;
  /** Slots before it are out of the wheel. */
  #forgottenSlot: number;
  /** Everything due at or before it was delivered. */
  #readTimeMs: number;
  #loading: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(options: TimerWindowOptions) {
    this.#options = options;
    const { files, precisionMs } = options;
    this.#readTimeMs = files.readTimeMs;
    this.#takenUntilMs = files.readTimeMs;
    this.#loadedSlot = Math.floor(files.readTimeMs / precisionMs);
    this.#readySlot = this.#loadedSlot;
    this.#forgottenSlot = this.#loadedSlot;
  }

  /** Everything due at or before it was delivered, milliseconds since the epoch. */
  get readTimeMs(): number {
    return this.#readTimeMs;
  }

  /** When the first in memory is due; infinite when there is none. */
  get nextDueMs(): number {
    return this.#due.nextMs;
  }

  /** When there will be something to do here, milliseconds since the epoch. */
  get nextWorkMs(): number {
    if (this.#loading !== undefined || this.#due.size >= MAX_LOADED) return this.#due.nextMs;
    const loadMs = this.#loadedSlot * this.#options.precisionMs - LOAD_AHEAD_MS;
    return Math.min(this.#due.nextMs, loadMs);
  }

  /** Times after it are not in memory. */
  get readyMs(): number {
    return this.#readySlot * this.#options.precisionMs;
  }

  /** Whether slots that are over, or begin now, are not in memory although there is room for them. */
  get isBehind(): boolean {
    return this.readyMs < this.#options.clock.now() && this.#due.size < MAX_LOADED;
  }

  /** A message whose unit was just appended: kept if its slot is in memory, or on its way there. */
  add(slot: number, timer: DueTimer, message: StoredRecord): void {
    if (slot >= this.#loadedSlot) return;
    this.#due.push(timer);
    if (isRecall(timer.magic)) this.#noteRecall(slot, message.properties);
  }

  /** Takes out at most `limit` that are due until then; they are under way until {@link settle}. */
  take(untilMs: number, limit: number): DueTimer[] {
    const taken: DueTimer[] = [];
    while (taken.length < limit && this.#due.nextMs <= untilMs) {
      taken.push(this.#due.pop() as DueTimer);
    }
    this.#takenUntilMs = untilMs;
    const first = taken[0];
    if (first === undefined) this.#advance();
    else this.#takenDueMs.push(first.dueMs);
    return taken;
  }

  /**
   * Of a batch that was taken out, what was not delivered is to be tried again. Batches are settled in the order
   * in which they were taken out.
   */
  settle(undelivered: readonly DueTimer[]): void {
    this.#takenDueMs.shift();
    for (const timer of undelivered) this.#due.push(timer);
    this.#advance();
  }

  /** Whether a message's sender took it back. */
  isRecalled(timer: DueTimer, { properties, realTopic }: StoredRecord): boolean {
    if (this.#recalled.size === 0) return false;
    const keys = this.#recalled.get(slotOf(timer.dueMs, this.#options.precisionMs));
    return keys?.has(`${realTopic}+${properties[PropertyName.uniqueKey]}`) ?? false;
  }

  /**
   * Reads slots that begin soon into memory. What is due now is waited for, the rest comes meanwhile.
   *
   * @throws errors of the disk as they are, also those of an earlier call
   */
  async load(): Promise<void> {
    this.#loading ??= this.#loadSlots()
      .catch((error: unknown) => {
        this.#failure = toError(error);
      })
      .finally(() => {
        this.#loading = undefined;
      });
    if (this.isBehind) await this.#loading;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** Waits for what is being read. */
  async settled(): Promise<void> {
    await this.#loading;
  }

  /** What is due before anything that is still here, or under way, is delivered; slots that are over are forgotten. */
  #advance(): void {
    const { files, precisionMs } = this.#options;
    const underWayMs = this.#takenDueMs[0] ?? Number.POSITIVE_INFINITY;
    const reachedMs = Math.min(this.#takenUntilMs, this.#due.nextMs - 1, underWayMs - 1);
    this.#readTimeMs = Math.max(this.#readTimeMs, reachedMs);
    const over = Math.floor(this.#readTimeMs / precisionMs);
    for (const slot of this.#recalled.keys()) if (slot < over) this.#recalled.delete(slot);
    for (; this.#forgottenSlot < over; this.#forgottenSlot++)
      files.wheel.remove(this.#forgottenSlot);
  }

  async #loadSlots(): Promise<void> {
    const { clock, files, precisionMs } = this.#options;
    while (this.#position !== undefined || this.#due.size < MAX_LOADED) {
      if (this.#position === undefined) {
        const slot = this.#loadedSlot;
        if (slot * precisionMs - LOAD_AHEAD_MS > clock.now()) return;
        this.#position = files.wheel.get(slot)?.lastPosition ?? -1;
        this.#unreadBefore = files.log.endPosition;
        this.#loadedSlot = slot + 1;
      }
      await this.#loadSlot(this.#readySlot);
      this.#position = undefined;
      this.#readySlot++;
    }
  }

  async #loadSlot(slot: number): Promise<void> {
    const { timers, files } = this.#options;
    const { log } = files;
    for (let units = 1; this.#position !== undefined && this.#position >= 0; units++) {
      if (units % UNITS_AT_ONCE === 0) {
        await new Promise<void>((resolve) => timers.afterPoll(resolve));
      }
      const read = log.unitAt(this.#position);
      const unit = read instanceof Promise ? await read : read;
      if (unit === undefined || !this.#isOf(slot, unit) || unit.prevPosition >= this.#position) {
        await this.#searchSlot(slot, this.#position);
        return;
      }
      const loaded = this.#loadUnit(slot, unit);
      if (loaded !== undefined) await loaded;
      this.#unreadBefore = this.#position;
      this.#position = unit.prevPosition;
    }
  }

  /** Units of a slot lead back to its first. Where they do not, a file is damaged, and all units are looked at. */
  async #searchSlot(slot: number, position: number): Promise<void> {
    const { files, log } = this.#options;
    const found: TimerUnit[] = [];
    for await (const unit of files.log.unitsBefore(this.#unreadBefore)) {
      if (this.#isOf(slot, unit)) found.push(unit);
    }
    log.error(
      { slot, position, found: found.length },
      'a timer file is damaged: messages were looked for in the whole timer log',
    );
    for (const unit of found) await this.#loadUnit(slot, unit);
  }

  #isOf(slot: number, { delayedTimeMs }: TimerUnit): boolean {
    return slotOf(delayedTimeMs + 1, this.#options.precisionMs) === slot;
  }

  /** @returns a promise when the message has to be read for more than its unit says */
  #loadUnit(slot: number, unit: TimerUnit): Promise<void> | undefined {
    // Apache notes the slot's start alone; the exact time is in the message.
    const isWithoutTime = unit.delayedTimeMs % this.#options.precisionMs === 0;
    if (isRecall(unit.magic) || isWithoutTime) return this.#loadMessage(slot, unit);
    this.#push(unit, unit.delayedTimeMs + 1);
    return undefined;
  }

  async #loadMessage(slot: number, unit: TimerUnit): Promise<void> {
    const { store, precisionMs } = this.#options;
    const bytes = await store.recordOfSize(unit.physicalOffset, unit.sizeBytes);
    const message = bytes && new StoredRecord(bytes);
    if (message?.topic !== SystemTopic.wheelTimer) return;
    const { properties, storeTimestampMs } = message;
    if (isRecall(unit.magic)) this.#noteRecall(slot, properties);
    const dueMs = unit.delayedTimeMs + 1;
    const wantedMs = dueTimeOf(properties, storeTimestampMs, precisionMs) ?? dueMs;
    this.#push(unit, slotOf(wantedMs, precisionMs) === slot ? wantedMs : dueMs);
  }

  #push({ physicalOffset, sizeBytes, magic, writeTimeMs }: TimerUnit, dueMs: number): void {
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
}

/** Whether a unit takes back a message of its own slot. */
export function isRecall(magic: number): boolean {
  return (magic & UnitMagic.delete) !== 0 && (magic & UnitMagic.roll) === 0;
}
