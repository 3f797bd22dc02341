import type { Timer, Timers } from '@orbitmq/runtime';

/** Timers of clients alone: which of them still wait. */
export class CountedTimers implements Timers {
  readonly #timers: Timers;
  readonly #waiting = new Map<Timer, Error>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Where the timers that wait were started. */
  get waiting(): readonly string[] {
    return [...this.#waiting.values()].map(({ stack = '' }) => stack);
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = this.#counted(
      this.#timers.after(delayMs, () => {
        this.#waiting.delete(timer);
        callback();
      }),
    );
    return timer;
  }

  every(periodMs: number, callback: () => void, firstMs?: number): Timer {
    return this.#counted(this.#timers.every(periodMs, callback, firstMs));
  }

  afterPoll(callback: () => void): void {
    this.#timers.afterPoll(callback);
  }

  #counted(timer: Timer): Timer {
    const counted: Timer = {
      cancel: () => {
        this.#waiting.delete(counted);
        timer.cancel();
      },
    };
    this.#waiting.set(counted, new Error(`a timer`));
    return counted;
  }
}
