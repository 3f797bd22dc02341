import { isStored, type MessageWriter } from './message-writer.ts';

/** What the end of a record is of a message that need not be stored. */
export const NOT_STORED = 0;

export interface DeliveryPipelineOptions {
  readonly writer: Pick<MessageWriter, 'settled' | 'safeOffset'>;
  /** Messages that may be appended and not safe: what a crash delivers again, and what a failure of the disk takes back. */
  readonly maxMessages: number;
}

/**
 * Messages of the broker's own that were appended in batches and are not safe yet: the next batch is read and
 * appended while the one before is written, so that a disk that takes its time delays one batch, not all.
 *
 * One user, one event loop. What is under way when the process ends was told to nobody.
 */
export class DeliveryPipeline {
  readonly #options: DeliveryPipelineOptions;
  readonly #waiting: (() => void)[] = [];
  #last: Promise<void> = Promise.resolve();
  #batches = 0;
  #messages = 0;
  /** A batch was not stored; none of those that were appended behind it counts. */
  #isFailing = false;

  constructor(options: DeliveryPipelineOptions) {
    this.#options = options;
  }

  /** No more batches are to be added now. */
  get isFull(): boolean {
    return this.#messages >= this.#options.maxMessages;
  }

  get isEmpty(): boolean {
    return this.#batches === 0;
  }

  /**
   * Takes in a batch whose last record is the one that was appended last.
   *
   * @param ends where the messages' records end in the log, {@link NOT_STORED} for one that was dropped
   * @param onSettled told once, in the order of the batches, how many of the messages, from the first one on, are
   *   as safe as acknowledged ones; must not throw
   */
  add(ends: readonly number[], onSettled: (safe: number) => void): void {
    this.#batches++;
    this.#messages += ends.length;
    const before = this.#last;
    this.#last = this.#safeOf(ends).then(async (safe) => {
      await before;
      this.#settle(ends.length, safe, onSettled);
    });
  }

  /** Resolves when there is room for a batch. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when everything that was added is settled. */
  async settled(): Promise<void> {
    while (!this.isEmpty) await this.#last;
  }

  async #safeOf(ends: readonly number[]): Promise<number> {
    const { writer } = this.#options;
    const isAnyStored = ends.some((end) => end !== NOT_STORED);
    if (!isAnyStored || isStored(await writer.settled())) return ends.length;
    // The store takes nothing before whoever waits was told, so that this is still where it failed.
    const unsafe = ends.findIndex((end) => end > writer.safeOffset);
    return unsafe < 0 ? ends.length : unsafe;
  }

  // oxlint-disable-next-line max-params -- what became of one batch
  #settle(messages: number, safe: number, onSettled: (safe: number) => void): void {
    this.#batches--;
    this.#messages -= messages;
    const counted = this.#isFailing ? 0 : safe;
    this.#isFailing = this.#batches > 0 && (this.#isFailing || safe < messages);
    onSettled(counted);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
