import { RocketMqError } from '@orbitmq/kernel';

export interface TurnsOptions {
  /** Work that is under way at the same time. */
  readonly limit: number;
  /** Work that waits; one more is refused. No bound when absent: those who ask are bounded elsewhere. */
  readonly maxWaiting?: number;
  /** Names what is refused. */
  readonly code: string;
}

/** Lets so much work run at the same time; the rest waits, first come first served. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Work would begin at once. */
  get hasRoom(): boolean {
    return this.#running < this.#options.limit;
  }

  /** @throws {RocketMqError} the options' code when too many wait */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.limit) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    const { maxWaiting = Number.POSITIVE_INFINITY, code } = this.#options;
    if (this.#waiting.length >= maxWaiting) {
      const details = { running: this.#running, waiting: this.#waiting.length };
      throw new RocketMqError('too much work of this kind waits, try again later', {
        code,
        isRetryable: true,
        details,
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
