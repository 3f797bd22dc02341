/**
 * How fast old parts of the log are read while messages come in. A reader that is hours behind takes what it is given: with
 * nothing to hold it back it keeps disk, processor and the system's thread pool busy, and senders wait for all three. While nobody
 * sends, it is given all there is.
 */
import { type Clock, delay, type Timers } from '@orbitmq/runtime';

/** Messages came in when one did so short ago: a lone send now and then slows nobody down. */
const SENDING_WITHIN_MS = 20;
/** One read then: a larger one is followed by as many answers at once, and sends wait until they are written. */
const MAX_BYTES_WHILE_SENDING = 64 * 1024;

export interface ReadPaceOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** What is read in a second while messages come in. */
  readonly coldBytesPerSecond: number;
  /** When the last message came in, on the monotonic clock. */
  readonly appendedAtMs: () => number;
}

export class ReadPace {
  readonly #options: ReadPaceOptions;
  /** When what was read so far is paid for. */
  #freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReadPaceOptions) {
    this.#options = options;
  }

  /** Bytes that may be read at once. */
  get maxBytes(): number {
    return this.#isSending ? MAX_BYTES_WHILE_SENDING : Number.POSITIVE_INFINITY;
  }

  /** Whoever asks now would not wait, and nobody does. */
  get isFree(): boolean {
    return !this.#isSending || this.#freeAtMs <= this.#options.clock.monotonicMs();
  }

  /**
   * Counts bytes that are about to be read.
   *
   * @returns what to wait for first; undefined when they may be read now. Those who wait do so one after the other
   */
  take(bytes: number): Promise<void> | undefined {
    const { clock, timers, coldBytesPerSecond } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#isSending) {
      this.#freeAtMs = nowMs;
      return undefined;
    }
    const fromMs = Math.max(this.#freeAtMs, nowMs);
    this.#freeAtMs = fromMs + (bytes * 1000) / coldBytesPerSecond;
    return fromMs > nowMs ? delay(timers, fromMs - nowMs) : undefined;
  }

  get #isSending(): boolean {
    const { clock, appendedAtMs } = this.#options;
    return clock.monotonicMs() - appendedAtMs() <= SENDING_WITHIN_MS;
  }
}
