/** Runs listeners, at most so many at a time, the longest waiting first. */
export class ConsumePool {
  readonly #maxConcurrency: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  #onIdle: (() => void)[] = [];

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  /** Adds work that never rejects. How much may wait is bounded by the flow control of pulls. */
  add(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#runNext();
  }

  /** Drops what has not begun. @returns when what runs has ended */
  drain(): Promise<void> {
    this.#waiting.length = 0;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #runNext(): void {
    while (this.#running < this.#maxConcurrency) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      this.#running++;
      void work().finally(() => {
        this.#running--;
        this.#runNext();
        if (this.#running === 0) {
          const waiting = this.#onIdle;
          this.#onIdle = [];
          for (const resolve of waiting) resolve();
        }
      });
    }
  }
}
