/** Where the entries of a queue end, found with few small reads of its files. */
import { ENTRY_BYTES, QueueEntry } from './queue.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Two pages: what is read at once. The end of a queue with few messages is in the first of them. */
const BLOCK_BYTES = 8192;
const BLOCK_ENTRIES = Math.floor(BLOCK_BYTES / ENTRY_BYTES);
const PAGE_BYTES = 4096;

export interface QueueEnds {
  /** One more than the last entry, in messages. */
  readonly maxOffset: number;
  /** The first entry and the last one, where they were seen on the way. */
  readonly first: QueueEntry | undefined;
  readonly last: QueueEntry | undefined;
  /** Nothing stands behind the last entry. */
  readonly isTidy: boolean;
}

/**
 * Entries are written in order, so that the first empty one ends them. Goes from the beginning of the last file in steps that
 * double, then halves: most reads hit holes, and a queue with few messages takes one.
 *
 * @param allocatedBytes of the last file: tells whether something stands far behind the end
 */
export async function findQueueEnds(
  files: SegmentFiles,
  allocatedBytes: number,
): Promise<QueueEnds> {
  return new Search(files).run(allocatedBytes);
}

class Search {
  readonly #files: SegmentFiles;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  /** What the block holds: bytes from this entry on, of which so many entries are none of them empty. */
  #start = 0;
  #bytes = 0;
  #count = 0;
  #first: QueueEntry | undefined;

  constructor(files: SegmentFiles) {
    this.#files = files;
  }

  async run(allocatedBytes: number): Promise<QueueEnds> {
    const { minOffset, endOffset, fileBytes } = this.#files;
    const fileStart = (endOffset - fileBytes) / ENTRY_BYTES;
    let maxOffset = await this.#endIn(fileStart, endOffset / ENTRY_BYTES);
    // A file is made before its first entry is written.
    if (maxOffset === fileStart) maxOffset = await this.#halve(minOffset / ENTRY_BYTES, fileStart);
    const last = this.#entry(maxOffset - 1);
    const isTidy =
      maxOffset >= fileStart && (await this.#isTidy(maxOffset, fileStart, allocatedBytes));
    return { maxOffset, first: this.#first, last, isTidy };
  }

  /** In one file, of which entries `[start, end)` may be written. */
  async #endIn(start: number, end: number): Promise<number> {
    if ((await this.#read(start)) < BLOCK_ENTRIES) return start + this.#count;
    let low = start + BLOCK_ENTRIES;
    let high = end;
    for (let step = BLOCK_ENTRIES; low + step < end; step *= 2) {
      const count = await this.#read(low + step);
      if (count === 0) {
        high = low + step;
        break;
      }
      low += step + count;
      if (count < BLOCK_ENTRIES) return low;
    }
    return this.#halve(low, high);
  }

  /** The first empty entry of `[low, high)`, or `high`. */
  async #halve(from: number, to: number): Promise<number> {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2 / BLOCK_ENTRIES) * BLOCK_ENTRIES;
      const count = await this.#read(middle);
      if (count === 0) high = middle;
      else {
        low = middle + count;
        // The block may have been cut short by the end of its file.
        const isFileEnd = (low * ENTRY_BYTES) % this.#files.fileBytes === 0;
        if (count < BLOCK_ENTRIES && !isFileEnd) return low;
      }
    }
    return low;
  }

  /** Reads a block. @returns how many entries it begins with */
  async #read(start: number): Promise<number> {
    const block = this.#block;
    this.#start = start;
    this.#bytes = await this.#files.read(block, start * ENTRY_BYTES, block.length);
    const most = Math.floor(this.#bytes / ENTRY_BYTES);
    let count = 0;
    while (count < most && isEntry(block, count)) count++;
    this.#count = count;
    if (start * ENTRY_BYTES === this.#files.minOffset) this.#first = this.#entry(start);
    return count;
  }

  /** An entry that the block holds. */
  #entry(offset: number): QueueEntry | undefined {
    const index = offset - this.#start;
    if (index < 0 || index >= this.#count) return undefined;
    const entry = new QueueEntry();
    entry.readFrom(this.#block, index * ENTRY_BYTES);
    return entry;
  }

  /**
   * Whether the rest of the end's page is empty, and no page behind it takes up space. Where the system stores less than was written,
   * what stands there is found when the queue has grown so far.
   */
  async #isTidy(maxOffset: number, fileStart: number, allocatedBytes: number): Promise<boolean> {
    const endByte = (maxOffset - fileStart) * ENTRY_BYTES;
    const pagesEnd = Math.ceil(endByte / PAGE_BYTES) * PAGE_BYTES;
    if (allocatedBytes > pagesEnd) return false;
    const restEnd = Math.min(pagesEnd, this.#files.fileBytes);
    if (endByte === restEnd) return true;
    const bytesFromEnd = (): number => (this.#start - maxOffset) * ENTRY_BYTES + this.#bytes;
    if (this.#start > maxOffset || bytesFromEnd() < restEnd - endByte) await this.#read(maxOffset);
    const rest = this.#block.subarray((maxOffset - this.#start) * ENTRY_BYTES, this.#bytes);
    return rest.every((byte) => byte === 0);
  }
}

function isEntry(block: Buffer, index: number): boolean {
  return block.readInt32BE(index * ENTRY_BYTES + 8) > 0;
}
