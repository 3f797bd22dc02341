import type { Clock, Timer, Timers } from '@orbitmq/runtime';

/** Something that must happen by a time, or be given up. One wheel holds it at most once. */
export interface Expiring {
  /** On the clock's monotonic scale. Set by {@link TimeoutWheel.add}. */
  deadlineMs: number;
  nextExpiring: Expiring | undefined;
  previousExpiring: Expiring | undefined;
  /** Slot that holds it; -1 when none does. */
  expiringSlot: number;
  onExpired(): void;
}

/** How late a deadline is noticed at most; a timer of its own for each request costs a microsecond each. */
const TICK_MS = 20;
/** A turn of 10 s: most deadlines are met before their slot comes up once. */
const SLOTS = 512;

/**
 * The deadlines of many requests behind one timer, which runs only while there are any. Adding and
 * removing cost a few pointer writes; a slot holds all deadlines that are equal modulo one turn.
 */
export class TimeoutWheel {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #slots: (Expiring | undefined)[] = Array.from({ length: SLOTS });
  #size = 0;
  #lastTick = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: Expiring, timeoutMs: number): void {
    const now = this.#clock.monotonicMs();
    entry.deadlineMs = now + timeoutMs;
    // The tick after the deadline: nothing expires early.
    const slot = (Math.floor(entry.deadlineMs / TICK_MS) + 1) % SLOTS;
    const head = this.#slots[slot];
    entry.nextExpiring = head;
    entry.previousExpiring = undefined;
    entry.expiringSlot = slot;
    if (head !== undefined) head.previousExpiring = entry;
    this.#slots[slot] = entry;
    this.#size++;
    if (this.#timer === undefined) {
      this.#lastTick = Math.floor(now / TICK_MS);
      this.#timer = this.#timers.every(TICK_MS, () => this.#turn());
    }
  }

  /** Nothing happens for an entry that is not in the wheel. */
  remove(entry: Expiring): void {
    if (entry.expiringSlot < 0) return;
    const { nextExpiring, previousExpiring } = entry;
    if (previousExpiring === undefined) this.#slots[entry.expiringSlot] = nextExpiring;
    else previousExpiring.nextExpiring = nextExpiring;
    if (nextExpiring !== undefined) nextExpiring.previousExpiring = previousExpiring;
    entry.nextExpiring = undefined;
    entry.previousExpiring = undefined;
    entry.expiringSlot = -1;
    this.#size--;
  }

  /** Stops the timer; what is still in the wheel never expires. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #turn(): void {
    const now = this.#clock.monotonicMs();
    const tick = Math.floor(now / TICK_MS);
    // After a stall of more than a turn every slot is looked at once.
    const first = Math.max(this.#lastTick + 1, tick - SLOTS + 1);
    this.#lastTick = tick;
    for (let at = first; at <= tick; at++) this.#expireSlot(at % SLOTS, now);
    if (this.#size === 0) this.close();
  }

  #expireSlot(slot: number, now: number): void {
    const expired: Expiring[] = [];
    for (let entry = this.#slots[slot]; entry !== undefined; entry = entry.nextExpiring) {
      if (entry.deadlineMs <= now) expired.push(entry);
    }
    for (const entry of expired) {
      // An earlier one's callback may have taken a later one out.
      if (entry.expiringSlot !== slot) continue;
      this.remove(entry);
      entry.onExpired();
    }
  }
}
