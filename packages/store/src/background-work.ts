import { type Logger, toError } from '@orbitmq/kernel';
import type { Timer, Timers } from '@orbitmq/runtime';

/** Work on a store's files besides the log's writes: one after the other. */
export class BackgroundWork {
  readonly #timers: Timers;
  readonly #log: Logger;
  readonly #started: Timer[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(timers: Timers, log: Logger) {
    this.#timers = timers;
    this.#log = log;
  }

  /** Runs it after what was asked for before; its failure is the caller's. */
  run(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Runs it periodically, unless the time before is not over; failures are logged with a message. */
  every(periodMs: number, message: string, work: () => Promise<void>): void {
    let isPending = false;
    const tick = (): void => {
      if (isPending) return;
      isPending = true;
      this.run(work)
        .catch((error: unknown) => this.#log.error({ err: toError(error) }, message))
        .finally(() => {
          isPending = false;
        });
    };
    this.#started.push(this.#timers.every(periodMs, tick));
  }

  /** Nothing is begun by itself any more. */
  stop(): void {
    for (const timer of this.#started) timer.cancel();
  }

  /** Resolves when all that was asked for is done. */
  idle(): Promise<void> {
    return this.#last;
  }
}
