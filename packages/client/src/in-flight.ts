import { RocketMqError } from '@orbitmq/kernel';
import { ClientErrorCode } from './client-error.ts';

/** Sends under way: how many there may be, and when the last one is done. */
export class InFlight {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #count = 0;
  #bytes = 0;
  #onIdle: (() => void) | undefined;

  constructor(maxCount: number, maxBytes: number) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /**
   * Runs a send. One alone is never too large.
   *
   * @param sizeBytes of its bodies
   * @throws {RocketMqError} CLIENT_TOO_MANY_SENDS
   */
  async run<T>(sizeBytes: number, send: () => Promise<T>): Promise<T> {
    const isTooLarge = this.#count > 0 && this.#bytes + sizeBytes > this.#maxBytes;
    if (this.#count >= this.#maxCount || isTooLarge) throw this.#tooMany();
    this.#count++;
    this.#bytes += sizeBytes;
    try {
      return await send();
    } finally {
      this.#count--;
      this.#bytes -= sizeBytes;
      if (this.#count === 0) this.#onIdle?.();
    }
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #tooMany(): RocketMqError {
    const details = { count: this.#count, bytes: this.#bytes };
    return new RocketMqError(
      `${this.#count} sends with ${this.#bytes} bytes are under way, wait for some of them`,
      { code: ClientErrorCode.tooManySends, isRetryable: true, details },
    );
  }
}
