import { assert } from '@orbitmq/kernel';

const CHUNK_BITS = 65_536;
/**
 * Half messages between the first unsettled one and the newest. At one bit each this is 16 MiB; a broker
 * that far behind its producers takes no further half messages.
 */
export const MAX_HALF_WINDOW = 134_217_728;

/**
 * Which half messages are settled, that is committed, rolled back, given up, or replaced by a copy
 * further on in their queue. Everything before `base` is; behind it, one bit a message.
 */
export class HalfWindow {
  readonly #chunks = new Map<number, Uint8Array>();
  #base = 0;

  /** @param base in messages of the half queue: everything before it is settled */
  constructor(base: number) {
    this.#base = base;
  }

  /** First offset that is not known to be settled. */
  get base(): number {
    return this.#base;
  }

  isSettled(offset: number): boolean {
    if (offset < this.#base) return true;
    const chunk = this.#chunks.get(Math.floor(offset / CHUNK_BITS));
    if (chunk === undefined) return false;
    const bit = offset % CHUNK_BITS;
    return ((chunk[bit >> 3] as number) & (1 << (bit & 7))) !== 0;
  }

  settle(offset: number): void {
    assert(
      offset - this.#base < MAX_HALF_WINDOW * 2,
      'half messages beyond the window are refused',
    );
    if (offset < this.#base) return;
    const index = Math.floor(offset / CHUNK_BITS);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK_BITS / 8);
      this.#chunks.set(index, chunk);
    }
    const bit = offset % CHUNK_BITS;
    chunk[bit >> 3] = (chunk[bit >> 3] as number) | (1 << (bit & 7));
  }

  /** First unsettled offset at or behind `from`, at most `end`. */
  nextUnsettled(from: number, end: number): number {
    let offset = Math.max(from, this.#base);
    while (offset < end) {
      const chunk = this.#chunks.get(Math.floor(offset / CHUNK_BITS));
      if (chunk === undefined) return offset;
      const bit = offset % CHUNK_BITS;
      const byte = chunk[bit >> 3] as number;
      if (byte === 0xff && (bit & 7) === 0) offset += 8;
      else if ((byte & (1 << (bit & 7))) === 0) return offset;
      else offset++;
    }
    return Math.min(offset, end);
  }

  /** Moves the base to the first unsettled offset before `end` and forgets what is behind it. */
  advance(end: number): void {
    const from = Math.floor(this.#base / CHUNK_BITS);
    this.#base = Math.max(this.#base, this.nextUnsettled(this.#base, end));
    const to = Math.floor(this.#base / CHUNK_BITS);
    for (let index = from; index < to; index++) this.#chunks.delete(index);
  }
}
