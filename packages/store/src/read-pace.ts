/**
 * How fast old parts of the log are read while messages come in. A reader that is hours behind takes what it is given: with
 * nothing to hold it back it keeps disk, processor and the system's thread pool busy, and senders wait for all three. While nobody
 * sends, it is given all there is.
 */
import { type Clock, delay, type Timers } from '@orbitmq/runtime';

/** Messages came in when one did so short ago: a lone send now and then slows nobody down. */
const SENDING_WITHIN_MS = 20;
/** One read then: a larger one is followed by as many answers at once, and sends wait until they are written. */
const MAX_BYTES_WHILE_SENDING = 128 * 1024;

export interface ReadPaceOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** What is read in a second while messages come in. */
  readonly bytesPerSecond: number;
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

  /** Waits until so many bytes may be read, then counts them. Callers wait one after the other. */
  async take(bytes: number): Promise<void> {
    const { clock, timers, bytesPerSecond } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#isSending) {
      this.#freeAtMs = nowMs;
      return;
    }
    const fromMs = Math.max(this.#freeAtMs, nowMs);
    this.#freeAtMs = fromMs + (bytes * 1000) / bytesPerSecond;
    if (fromMs > nowMs) await delay(timers, fromMs - nowMs);
  }

  get #isSending(): boolean {
    const { clock, appendedAtMs } = this.#options;
    return clock.monotonicMs() - appendedAtMs() <= SENDING_WITHIN_MS;
  }
}
