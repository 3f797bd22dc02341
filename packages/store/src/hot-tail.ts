/**
 * The end of the log in memory: what is not written yet, and what was written last, for readers that
 * are close behind. A list of chunks; no record spans two of them.
 */
import { assert } from '@orbitmq/kernel';

const CHUNK_BYTES = 1024 * 1024;
/** Chunks of common size that are kept for the next ones. */
const MAX_SPARE_CHUNKS = 4;

export class Chunk {
  /** Offset of the first byte in the log. */
  baseOffset = 0;
  length = 0;
  readonly buffer: Buffer;
  readonly view: DataView;

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, bytes);
  }

  get endOffset(): number {
    return this.baseOffset + this.length;
  }
}

export class HotTail {
  readonly #maxBytes: number;
  readonly #chunks: Chunk[] = [];
  readonly #spare: Chunk[] = [];
  #bytes = 0;
  #endOffset: number;
  /** What comes next goes to another file of the log, and so to another chunk, which is written with one call. */
  #isFileFull = false;

  /** @param maxBytes of what was written already; what was not is kept whatever it takes */
  constructor(endOffset: number, maxBytes: number) {
    this.#endOffset = endOffset;
    this.#maxBytes = maxBytes;
  }

  /** Behind the last byte. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** First byte in memory; the end when nothing is. */
  get startOffset(): number {
    return this.#chunks[0]?.baseOffset ?? this.#endOffset;
  }

  /** Room for `bytes` in one piece at the end. Write there, then {@link advance}. */
  reserve(bytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (
      last !== undefined &&
      !this.#isFileFull &&
      last.endOffset === this.#endOffset &&
      last.buffer.length - last.length >= bytes
    ) {
      return last;
    }
    this.#isFileFull = false;
    const spare = bytes <= CHUNK_BYTES ? this.#spare.pop() : undefined;
    const chunk = spare ?? new Chunk(Math.max(CHUNK_BYTES, bytes));
    chunk.baseOffset = this.#endOffset;
    chunk.length = 0;
    this.#chunks.push(chunk);
    this.#bytes += chunk.buffer.length;
    return chunk;
  }

  /** Takes in what was written behind the chunk's length. */
  advance(chunk: Chunk, bytes: number): void {
    chunk.length += bytes;
    this.#endOffset += bytes;
  }

  /** Goes on in the next file: leaves out bytes that are never written, behind a file's blank record. */
  skipTo(offset: number): void {
    assert(offset >= this.#endOffset, 'the log grows');
    this.#isFileFull = true;
    this.#endOffset = offset;
  }

  /** The chunk that holds an offset; undefined when it is not in memory. */
  find(offset: number): Chunk | undefined {
    for (let index = this.#chunks.length - 1; index >= 0; index--) {
      const chunk = this.#chunks[index] as Chunk;
      if (offset >= chunk.baseOffset) return offset < chunk.endOffset ? chunk : undefined;
    }
    return undefined;
  }

  /** Chunks with bytes in `[from, endOffset)`, in order. */
  from(offset: number): Chunk[] {
    let first = this.#chunks.length;
    while (first > 0 && (this.#chunks[first - 1] as Chunk).endOffset > offset) first--;
    return this.#chunks.slice(first);
  }

  /** Lets go of the oldest chunks that lie wholly before `writtenOffset`, down to the bound. */
  trim(writtenOffset: number): void {
    while (this.#bytes > this.#maxBytes && this.#chunks.length > 1) {
      const oldest = this.#chunks[0] as Chunk;
      if (oldest.endOffset > writtenOffset) return;
      this.#chunks.shift();
      this.#bytes -= oldest.buffer.length;
      if (oldest.buffer.length === CHUNK_BYTES && this.#spare.length < MAX_SPARE_CHUNKS) {
        this.#spare.push(oldest);
      }
    }
  }

  /** Forgets everything from `offset` on, where a record begins. */
  cut(offset: number): void {
    for (let last = this.#chunks.at(-1); last !== undefined; last = this.#chunks.at(-1)) {
      if (last.baseOffset < offset) {
        last.length = Math.min(last.length, offset - last.baseOffset);
        break;
      }
      this.#chunks.pop();
      this.#bytes -= last.buffer.length;
    }
    this.#endOffset = offset;
  }
}
