interface Work {
  /** Whom the work is for: what waits is dropped together with it. */
  readonly owner: object;
  readonly run: () => Promise<void>;
}

/** Work that was taken stands in the list until there is so much of it, and more than what waits. */
const COMPACT_FROM = 1_024;

/** Runs listeners, at most so many at a time, the longest waiting first. */
export class ConsumePool {
  readonly #maxConcurrency: number;
  #waiting: Work[] = [];
  /** Where the next work stands: taking from the front of a long list would move all the others. */
  #next = 0;
  #running = 0;
  #isClosed = false;
  #onIdle: (() => void)[] = [];

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  get waitingCount(): number {
    return this.#waiting.length - this.#next;
  }

  /**
   * Adds work that never rejects; nothing happens after {@link drain}. How much may wait is bounded by the
   * flow control of pulls, as long as owners that are given up are forgotten.
   */
  add(run: () => Promise<void>, owner: object = this): void {
    if (this.#isClosed) return;
    this.#waiting.push({ owner, run });
    this.#runNext();
  }

  /** Drops the owner's work that has not begun. */
  forget(owner: object): void {
    this.#waiting = this.#waiting.slice(this.#next).filter((work) => work.owner !== owner);
    this.#next = 0;
  }

  /** Drops what has not begun, and takes no more. @returns when what runs has ended */
  drain(): Promise<void> {
    this.#isClosed = true;
    this.#waiting = [];
    this.#next = 0;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #runNext(): void {
    while (this.#running < this.#maxConcurrency) {
      const work = this.#take();
      if (work === undefined) return;
      this.#running++;
      void work.run().finally(() => {
        this.#running--;
        this.#runNext();
        if (this.#running > 0) return;
        const waiting = this.#onIdle;
        this.#onIdle = [];
        for (const resolve of waiting) resolve();
      });
    }
  }

  #take(): Work | undefined {
    const work = this.#waiting[this.#next];
    if (work === undefined) {
      this.#waiting = [];
      this.#next = 0;
      return undefined;
    }
    this.#next++;
    if (this.#next >= COMPACT_FROM && this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return work;
  }
}
