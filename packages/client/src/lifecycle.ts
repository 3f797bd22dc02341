import { closedForGood, notRunning } from './client-error.ts';

/** How something begins and ends. */
export interface LifecycleSteps {
  start(): Promise<void>;
  /** Ends also what was begun and not finished. */
  close(): Promise<void>;
}

/** Begins once and ends once, however often it is asked to; what could not begin is closed. */
export class Lifecycle {
  readonly #steps: LifecycleSteps;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(steps: LifecycleSteps) {
    this.#steps = steps;
  }

  /** Whether `start()` was called and `close()` was not. */
  get isOpen(): boolean {
    return this.#starting !== undefined && this.#closing === undefined;
  }

  get wasStarted(): boolean {
    return this.#starting !== undefined;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Every call gets how the first one went. @throws {RocketMqError} CLIENT_NOT_RUNNING when it was closed since */
  start(): Promise<void> {
    if (this.#closing !== undefined) return this.#refuse();
    this.#starting ??= this.#startOrClose();
    return this.#starting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#steps.close();
    return this.#closing;
  }

  async #refuse(): Promise<void> {
    // Why the first start failed says more than that it did.
    await this.#starting;
    throw closedForGood();
  }

  async #startOrClose(): Promise<void> {
    try {
      await this.#steps.start();
    } catch (error) {
      // Whatever failed then, it is because of that.
      const wasClosed = this.isClosed;
      await this.close();
      throw wasClosed ? notRunning(error) : error;
    }
  }
}
