/**
 * Reads entries of one consume queue through a window, for access that mostly moves forward.
 *
 * Memory: one window of 64 KiB and one open file, given back by {@link EntryFiles.close}.
 */
import type { Disk, DiskFile } from '@orbitmq/runtime';
import { ENTRY_BYTES, type QueueEntry } from '@orbitmq/store';
import type { SegmentFile } from '../segment-list.ts';

/** Size of entries that only fill a file up to where the queue begins. */
export const BLANK_ENTRY_SIZE = 0x7fff_ffff;
const WINDOW_ENTRIES = 3276;

export class EntryFiles {
  readonly #disk: Disk;
  #files: readonly SegmentFile[] = [];
  #open: { readonly segment: SegmentFile; readonly file: DiskFile } | undefined;
  #window = Buffer.alloc(0);
  /** Offset of the window's first entry. */
  #windowStart = 0;
  #endOffset = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Offset of the first entry there is a file for. */
  get minOffset(): number {
    return Math.ceil((this.#files[0]?.baseOffset ?? 0) / ENTRY_BYTES);
  }

  /** Behind the last entry that holds something. */
  get endOffset(): number {
    return this.#endOffset;
  }

  async take(files: readonly SegmentFile[]): Promise<void> {
    this.#files = files;
    this.#endOffset = await this.#findEnd();
    await this.close();
  }

  /** Nearly all reads of a walk, without waiting. @returns false when the window does not hold the entry */
  readNow(offset: number, entry: QueueEntry): boolean {
    const index = offset - this.#windowStart;
    if (index < 0 || (index + 1) * ENTRY_BYTES > this.#window.length) return false;
    entry.readFrom(this.#window, index * ENTRY_BYTES);
    return true;
  }

  /** @returns false when there is no file that holds the entry */
  async read(offset: number, entry: QueueEntry): Promise<boolean> {
    if (this.readNow(offset, entry)) return true;
    return (await this.#fill(offset)) && this.readNow(offset, entry);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#window = Buffer.alloc(0);
    await open?.file.close();
  }

  async #fill(offset: number): Promise<boolean> {
    const byte = offset * ENTRY_BYTES;
    const segment = this.#files.findLast(({ baseOffset }) => baseOffset <= byte);
    if (segment === undefined) return false;
    const position = byte - segment.baseOffset;
    const wanted = Math.min(WINDOW_ENTRIES * ENTRY_BYTES, segment.sizeBytes - position);
    if (wanted < ENTRY_BYTES) return false;
    if (this.#open?.segment !== segment) {
      await this.#open?.file.close();
      this.#open = { segment, file: await this.#disk.open(segment.path, 'read') };
    }
    const window = Buffer.allocUnsafe(wanted);
    const bytes = await this.#open.file.read(window, 0, wanted, position);
    this.#window = window.subarray(0, bytes);
    this.#windowStart = offset;
    return bytes >= ENTRY_BYTES;
  }

  /** Looks for the last entry that is not zero, file by file from the end backwards. */
  async #findEnd(): Promise<number> {
    for (const { baseOffset, sizeBytes } of this.#files.toReversed()) {
      const first = Math.ceil(baseOffset / ENTRY_BYTES);
      for (let start = first + Math.floor(sizeBytes / ENTRY_BYTES); start > first; ) {
        start = Math.max(first, start - WINDOW_ENTRIES);
        const last = (await this.#fill(start)) ? lastUsed(this.#window) : undefined;
        if (last !== undefined) return start + last + 1;
      }
    }
    return this.minOffset;
  }
}

function lastUsed(window: Buffer): number | undefined {
  for (let index = Math.floor(window.length / ENTRY_BYTES) - 1; index >= 0; index--) {
    if (window.readInt32BE(index * ENTRY_BYTES + 8) !== 0) return index;
  }
  return undefined;
}
