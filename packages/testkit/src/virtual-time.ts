import type { Clock, Timer, Timers } from '@orbitmq/runtime';

interface Waiting {
  atMs: number;
  readonly periodMs: number | undefined;
  readonly callback: () => void;
}

/** A clock that moves when told to; what is to run after the poll runs with real immediates. */
export class VirtualTime implements Clock, Timers {
  #nowMs = 1_000;
  readonly #waiting = new Set<Waiting>();

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#add({ atMs: this.#nowMs + delayMs, periodMs: undefined, callback });
  }

  every(periodMs: number, callback: () => void, firstMs = periodMs): Timer {
    return this.#add({ atMs: this.#nowMs + firstMs, periodMs, callback });
  }

  afterPoll(callback: () => void): void {
    setImmediate(callback);
  }

  get timerCount(): number {
    return this.#waiting.size;
  }

  /** Lets `ms` pass: timers run at their times, in order. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      if (next.periodMs === undefined) this.#waiting.delete(next);
      else next.atMs += next.periodMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }

  /** Nothing that was started runs any more. */
  cancelAll(): void {
    this.#waiting.clear();
  }

  #next(endMs: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= endMs && (first === undefined || waiting.atMs < first.atMs))
        first = waiting;
    }
    return first;
  }

  #add(waiting: Waiting): Timer {
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }
}

/** Everything that is ready has been delivered. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
