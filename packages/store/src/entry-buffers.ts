/**
 * Memory for entries of consume queues that are not in their files yet, lent again and again: under load a
 * queue's tail grows to some megabytes a second and shrinks when it is flushed, which as garbage would make the
 * collector run all the time.
 */
import { ENTRY_BYTES } from './queue.ts';

/** Smaller ones cost less to make than to keep. */
const LEAST_KEPT_ENTRIES = 1024;
/** What a second of some 300 thousand messages in four queues takes, with the copies that are being written. */
const MAX_SPARE_BYTES = 16 * 1024 * 1024;

export class EntryBuffers {
  /** By size in bytes. */
  readonly #spare = new Map<number, Buffer[]>();
  #spareBytes = 0;
  #wasUsed = false;

  /** Memory that is kept for the next. */
  get spareBytes(): number {
    return this.#spareBytes;
  }

  /** Room for at least so many entries, and for a power of two; what was in it before is still there. */
  take(entries: number): Buffer {
    const bytes = 2 ** Math.ceil(Math.log2(entries)) * ENTRY_BYTES;
    const spare = this.#spare.get(bytes)?.pop();
    if (spare === undefined) return Buffer.allocUnsafeSlow(bytes);
    this.#spareBytes -= bytes;
    this.#wasUsed = true;
    return spare;
  }

  /** Nobody uses the buffer any more, no write that is under way either. */
  giveBack(buffer: Buffer): void {
    const bytes = buffer.length;
    if (bytes < LEAST_KEPT_ENTRIES * ENTRY_BYTES || this.#spareBytes + bytes > MAX_SPARE_BYTES)
      return;
    const spare = this.#spare.get(bytes);
    if (spare === undefined) this.#spare.set(bytes, [buffer]);
    else spare.push(buffer);
    this.#spareBytes += bytes;
  }

  /** Lets go of what is kept when none of it was wanted since the last call. */
  age(): void {
    if (!this.#wasUsed) {
      this.#spare.clear();
      this.#spareBytes = 0;
    }
    this.#wasUsed = false;
  }
}
