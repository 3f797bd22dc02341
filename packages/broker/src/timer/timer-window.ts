import { assert, toError } from '@orbitmq/kernel';
import { PropertyName, SystemTopic } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
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

export interface TimerWindowOptions {
  readonly store: MessageStore;
  readonly files: OpenTimerFiles;
  readonly precisionMs: number;
  readonly clock: Clock;
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
  /** Slots before it are in memory, or on their way there. */
  #loadedSlot: number;
  /** Slots before it are in memory. */
  #readySlot: number;
  /** The unit of the slot on its way that is read next: after a failure it goes on there. Below 0 behind the first. */
  #position: number | undefined;
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

  /** Takes out at most `limit` that are due until then. */
  take(untilMs: number, limit: number): DueTimer[] {
    const taken: DueTimer[] = [];
    while (taken.length < limit && this.#due.nextMs <= untilMs) {
      taken.push(this.#due.pop() as DueTimer);
    }
    return taken;
  }

  /** One that could not be delivered is to be tried again. */
  putBack(timer: DueTimer): void {
    this.#due.push(timer);
  }

  /** Whether a message's sender took it back. */
  isRecalled(timer: DueTimer, { properties, realTopic }: StoredRecord): boolean {
    if (this.#recalled.size === 0) return false;
    const keys = this.#recalled.get(slotOf(timer.dueMs, this.#options.precisionMs));
    return keys?.has(`${realTopic}+${properties[PropertyName.uniqueKey]}`) ?? false;
  }

  /** What was due until then, and is not in here any more, is delivered; slots that are over are forgotten. */
  advance(untilMs: number): void {
    const { files, precisionMs } = this.#options;
    this.#readTimeMs = Math.max(this.#readTimeMs, Math.min(untilMs, this.#due.nextMs - 1));
    const over = Math.floor(this.#readTimeMs / precisionMs);
    for (const slot of this.#recalled.keys()) if (slot < over) this.#recalled.delete(slot);
    for (; this.#forgottenSlot < over; this.#forgottenSlot++)
      files.wheel.remove(this.#forgottenSlot);
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

  async #loadSlots(): Promise<void> {
    const { clock, files, precisionMs } = this.#options;
    while (this.#position !== undefined || this.#due.size < MAX_LOADED) {
      if (this.#position === undefined) {
        const slot = this.#loadedSlot;
        if (slot * precisionMs - LOAD_AHEAD_MS > clock.now()) return;
        this.#position = files.wheel.get(slot)?.lastPosition ?? -1;
        this.#loadedSlot = slot + 1;
      }
      await this.#loadSlot(this.#readySlot);
      this.#position = undefined;
      this.#readySlot++;
    }
  }

  async #loadSlot(slot: number): Promise<void> {
    const { log } = this.#options.files;
    while (this.#position !== undefined && this.#position >= 0) {
      const read = log.unitAt(this.#position);
      const unit = read instanceof Promise ? await read : read;
      if (unit === undefined) return;
      assert(unit.prevPosition < this.#position, 'units of a slot lead back');
      const loaded = this.#loadUnit(slot, unit);
      if (loaded !== undefined) await loaded;
      this.#position = unit.prevPosition;
    }
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
