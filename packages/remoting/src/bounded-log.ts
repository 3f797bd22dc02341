import type { LogFields, Logger } from '@orbitmq/kernel';
import type { Clock } from '@orbitmq/runtime';

/** Lines about peers' misbehaviour in one window: enough to see what goes on, too few to fill a disk. */
const MAX_LINES = 20;
const WINDOW_MS = 10_000;

/** Warnings that peers can provoke, bounded in number; says how many it left out. */
export class BoundedLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  warn(fields: LogFields, message: string): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      const omittedLines = this.#lines - MAX_LINES;
      if (omittedLines > 0) this.#log.warn({ omittedLines }, 'warnings about peers were left out');
      this.#windowStartMs = now;
      this.#lines = 0;
    }
    this.#lines++;
    if (this.#lines <= MAX_LINES) this.#log.warn(fields, message);
  }
}
