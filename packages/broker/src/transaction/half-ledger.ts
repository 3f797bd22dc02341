/**
 * What is known in memory of half messages: which are settled, where the newest copies of others are. A
 * transaction is named by its origin, the offset of the half message as its producer knows it.
 */
import { HalfWindow, MAX_HALF_WINDOW } from './half-window.ts';
import { RecentSet } from './recent-set.ts';

/** Transactions that were asked for and are unsettled; no further ones are asked for. About 100 bytes each. */
export const MAX_ASKED = 1_000_000;
/** Asked for and settled: a second answer, or the producer's first one that came late, settles nothing again. */
const MAX_RECENT = 100_000;

export class HalfLedger {
  readonly #window: HalfWindow;
  /** By origin, where its newest copy is: unsettled transactions that were asked for. */
  readonly #copies = new Map<number, number>();
  readonly #recent = new RecentSet(MAX_RECENT);
  readonly #givenUp = new RecentSet(MAX_RECENT);

  /** @param base in messages of the half queue: everything before it is settled */
  constructor(base: number) {
    this.#window = new HalfWindow(base);
  }

  /** First half message that is not known to be settled, or replaced by a copy. */
  get base(): number {
    return this.#window.base;
  }

  get canAskMore(): boolean {
    return this.#copies.size < MAX_ASKED;
  }

  /** Whether half messages up to `nextOffset` are as many as can be told apart. */
  isFullAt(nextOffset: number): boolean {
    return nextOffset - this.#window.base >= MAX_HALF_WINDOW;
  }

  /** First half message at or behind `from` that is neither settled nor replaced; at most `end`. */
  nextUnsettled(from: number, end: number): number {
    return this.#window.nextUnsettled(from, end);
  }

  /** Whether the half message at an offset is settled, or has a newer copy. */
  isOutdated(origin: number, halfOffset: number): boolean {
    return this.isDone(halfOffset) || this.newestOf(origin, halfOffset) !== halfOffset;
  }

  /** Whether the half message at an offset counts no more, whatever became of its transaction. */
  isDone(halfOffset: number): boolean {
    return this.#window.isSettled(halfOffset);
  }

  /** Whether a transaction is settled for good. */
  isSettled(origin: number): boolean {
    if (this.#copies.has(origin) || this.#givenUp.has(origin)) return false;
    if (this.#recent.has(origin)) return true;
    // Before the base nothing is remembered: a producer that answers so late is believed, as by Apache.
    return origin >= this.#window.base && this.#window.isSettled(origin);
  }

  /** Where the newest copy is; `halfOffset` when there is none. */
  newestOf(origin: number, halfOffset: number): number {
    return this.#copies.get(origin) ?? halfOffset;
  }

  /** A transaction was committed or rolled back; `halfOffset` is that of its newest copy. */
  settle(origin: number, halfOffset: number): void {
    this.#window.settle(halfOffset);
    if (this.#copies.delete(origin) || origin !== halfOffset) this.#recent.add(origin);
    this.#givenUp.delete(origin);
  }

  /** A transaction turned out to be settled before a crash: whoever settles it again now settles nothing. */
  recall(origin: number, halfOffset: number): void {
    this.#window.settle(halfOffset);
    this.#recent.add(origin);
  }

  /**
   * A copy was appended. The one before it counts until {@link forget}.
   *
   * @returns takes that back: the copy is not in the store after all
   */
  addCopy(origin: number, copyOffset: number): () => void {
    const before = this.#copies.get(origin);
    this.#copies.set(origin, copyOffset);
    return () => {
      if (this.#copies.get(origin) !== copyOffset) return;
      if (before === undefined) this.#copies.delete(origin);
      else this.#copies.set(origin, before);
    };
  }

  /** The half message at an offset counts no more: a copy does, or it is not in the log any more. */
  forget(halfOffset: number): void {
    this.#window.settle(halfOffset);
  }

  /** Nobody is asked any more, though its producer may still settle it. */
  giveUp(origin: number, halfOffset: number): void {
    this.#window.settle(halfOffset);
    this.#copies.delete(origin);
    this.#givenUp.add(origin);
  }

  /** Its producer is asked again, by the copy at an offset. */
  resume(origin: number, copyOffset: number): void {
    this.#givenUp.delete(origin);
    this.#copies.set(origin, copyOffset);
  }

  /** Moves the base to the first unsettled half message before `end`. @returns the base */
  advance(end: number): number {
    this.#window.advance(end);
    return this.#window.base;
  }
}
