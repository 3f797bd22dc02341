import type { LogBytes } from './log-bytes.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface PartSizes {
  /** Of the first part: a log that was stopped in order ends where reading begins. */
  readonly firstBytes: number;
  /** Of the others: two of them are in memory. */
  readonly partBytes: number;
  /** Room before a part for the end of the one before it, with the record that is cut off there. */
  readonly carriedBytes: number;
}

const SIZES: PartSizes = {
  firstBytes: 64 * 1024,
  partBytes: 4 * 1024 * 1024,
  carriedBytes: 256 * 1024,
};

/** A part that is read, or about to be: `buffer[start, start + length)` are the bytes at `offset`. */
interface Part {
  buffer: Buffer;
  start: number;
  length: number;
  offset: number;
}

/** Goes through the files of a log: while one part is looked at, the next one is read. */
export class LogReadAhead {
  readonly #files: Pick<SegmentFiles, 'read' | 'baseOf' | 'fileBytes'>;
  readonly #sizes: PartSizes;
  #current: Part = newPart();
  #next: Part = newPart();
  /** The next part is being read. */
  #reading: Promise<void> | undefined;
  /** Calls so far: the first read is small, and none is made ahead of it. */
  #reads = 0;

  constructor(files: Pick<SegmentFiles, 'read' | 'baseOf' | 'fileBytes'>, sizes = SIZES) {
    this.#files = files;
    this.#sizes = sizes;
  }

  /**
   * Bytes from `offset` on, of one file, at least `minBytes` as far as there are; valid until the next call. Calls must not
   * overlap.
   */
  async read(offset: number, minBytes = 0): Promise<LogBytes> {
    if (!(await this.#goOn(offset, minBytes))) await this.#readAt(offset, minBytes);
    this.#reads++;
    const { buffer, start, length } = this.#current;
    return { buffer, start, end: start + length, offset };
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    // Nobody wants it: nobody is to be told of its failure.
    await this.#reading?.catch(() => undefined);
  }

  /** Takes the part that was read ahead, behind what is left of the current one. @returns false when it does not go on there */
  async #goOn(offset: number, minBytes: number): Promise<boolean> {
    if (this.#reading === undefined) return false;
    const [current, next] = [this.#current, this.#next];
    try {
      await this.#reading;
    } finally {
      this.#reading = undefined;
    }
    const restBytes = next.offset - offset;
    const isNext = restBytes >= 0 && restBytes <= next.start && offset >= current.offset;
    if (!isNext || restBytes + next.length < minBytes) return false;
    const restEnd = current.start + current.length;
    current.buffer.copy(next.buffer, next.start - restBytes, restEnd - restBytes, restEnd);
    next.start -= restBytes;
    next.length += restBytes;
    next.offset = offset;
    this.#current = next;
    this.#next = current;
    this.#readAhead();
    return true;
  }

  async #readAt(offset: number, minBytes: number): Promise<void> {
    const { firstBytes, partBytes } = this.#sizes;
    const wanted = this.#reads === 0 ? firstBytes : partBytes;
    await this.#fill(this.#current, offset, Math.max(minBytes, wanted));
    if (this.#reads > 0) this.#readAhead();
  }

  /** Reads what follows the current part, unless the file ends there. */
  #readAhead(): void {
    const { offset, length } = this.#current;
    const end = offset + length;
    if (this.#files.baseOf(end) !== this.#files.baseOf(offset)) return;
    this.#reading = this.#fill(this.#next, end, this.#sizes.partBytes);
    // Whoever gets there is told.
    this.#reading.catch(() => undefined);
  }

  async #fill(part: Part, offset: number, wanted: number): Promise<void> {
    const { fileBytes } = this.#files;
    const { carriedBytes } = this.#sizes;
    const bytes = Math.min(wanted, this.#files.baseOf(offset) + fileBytes - offset);
    if (part.buffer.length < carriedBytes + bytes) {
      part.buffer = Buffer.allocUnsafeSlow(carriedBytes + bytes);
    }
    part.start = carriedBytes;
    part.length = 0;
    part.offset = offset;
    const target = part.buffer.subarray(carriedBytes);
    part.length = await this.#files.read(target, offset, bytes);
  }
}

function newPart(): Part {
  return { buffer: Buffer.alloc(0), start: 0, length: 0, offset: 0 };
}
