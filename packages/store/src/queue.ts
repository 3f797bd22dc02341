/**
 * One consume queue: for each message of a (topic, queue id) where its record is.
 *
 *   offset  size  field, 20 bytes an entry
 *   0       8     physicalOffset, bytes from the log's start
 *   8       4     size of the record
 *   12      8     tags code: Java's hash of the tag, or when a delayed message is due
 *
 * Entry n stands at byte 20·n of the files in `consumequeue/<topic>/<queueId>/`. The queue is derived
 * from the log: entries are kept in memory until they are written behind it, and rebuilt after a crash.
 *
 * Source: ConsumeQueue.java.
 */
import { assert, readInt64, writeInt32, writeInt64 } from '@orbitmq/kernel';
import type { EntryBuffers } from './entry-buffers.ts';
import type { SegmentFiles } from './segment-files.ts';

export const ENTRY_BYTES = 20;
/** Entries kept in memory after they were written, for readers close behind. */
const KEPT_ENTRIES = 1024;
const FIRST_ENTRIES = 64;
const NO_ENTRIES = Buffer.alloc(0);

/** Reused for each entry that is looked at. */
export class QueueEntry {
  physicalOffset = 0;
  sizeBytes = 0;
  tagsCode = 0;

  readFrom(buffer: Buffer, position: number): void {
    this.physicalOffset = readInt64(buffer, position);
    this.sizeBytes = buffer.readInt32BE(position + 8);
    this.tagsCode = readInt64(buffer, position + 12);
  }
}

export class Queue {
  readonly topic: string;
  readonly queueId: number;
  /** UTF-8 of the topic, as records carry it. */
  readonly topicBytes: Buffer;
  /** Names the queue in caches and logs. */
  readonly key: string;
  /** Somebody wants to be told of the next message. */
  hasWaiters = false;
  /** For the store: the queue takes part in the batch that is being collected. */
  isTouched = false;
  /** For the store: how far the batch that is being written reaches. */
  publishTo = 0;
  /** Its topic was deleted: what is appended would be lost. */
  isForgotten = false;
  /** For the store: entries from here on were made since it was opened, and are what they should be. */
  ownFrom = 0;
  readonly files: SegmentFiles;
  readonly #buffers: EntryBuffers;
  #isCut = false;
  #minOffset: number;
  #maxOffset: number;
  #nextOffset: number;
  /** Entries `[#tailStart, #nextOffset)`. */
  #tail: Buffer = NO_ENTRIES;
  #tailStart: number;
  /** Entries before this one are in the files. */
  #flushedOffset: number;
  #syncedOffset: number;

  /** @param ends first entry in the files, and one more than the last */
  constructor(
    name: { readonly topic: string; readonly queueId: number },
    files: SegmentFiles,
    buffers: EntryBuffers,
    { minOffset, maxOffset }: { readonly minOffset: number; readonly maxOffset: number },
  ) {
    this.topic = name.topic;
    this.queueId = name.queueId;
    this.topicBytes = Buffer.from(name.topic);
    this.key = `${name.topic}/${name.queueId}`;
    this.files = files;
    this.#buffers = buffers;
    this.#minOffset = minOffset;
    this.#maxOffset = maxOffset;
    this.#nextOffset = maxOffset;
    this.#tailStart = maxOffset;
    this.#flushedOffset = maxOffset;
    this.#syncedOffset = maxOffset;
  }

  /** First message that can be read, in messages. */
  get minOffset(): number {
    return this.#minOffset;
  }

  set minOffset(offset: number) {
    this.#minOffset = offset;
  }

  /** One more than the last message that can be read. */
  get maxOffset(): number {
    return this.#maxOffset;
  }

  /** Offset of the next message that is appended. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get flushedOffset(): number {
    return this.#flushedOffset;
  }

  /** Bytes of the files that were synced since the queue was opened, from where writing began. */
  get syncedBytes(): number {
    return this.#syncedOffset * ENTRY_BYTES;
  }

  /** Entries before `offset` were synced. */
  markSynced(offset: number): void {
    this.#isCut = false;
    this.#syncedOffset = Math.max(this.#syncedOffset, Math.min(offset, this.#maxOffset));
  }

  /** Some entries would not survive a power cut, or some that were cut off would. */
  get isUnsynced(): boolean {
    return this.#isCut || this.#syncedOffset < this.#maxOffset;
  }

  get isDirty(): boolean {
    return this.#flushedOffset < this.#maxOffset;
  }

  /** First entry in memory. */
  get tailStart(): number {
    return this.#tailStart;
  }

  /** Adds an entry, not to be read yet. @returns its offset */
  append(physicalOffset: number, sizeBytes: number, tagsCode: number): number {
    const position = (this.#nextOffset - this.#tailStart) * ENTRY_BYTES;
    if (position === this.#tail.length) this.#grow();
    const tail = this.#tail;
    writeInt64(tail, physicalOffset, position);
    writeInt32(tail, sizeBytes, position + 8);
    writeInt64(tail, tagsCode, position + 12);
    return this.#nextOffset++;
  }

  /** Lets readers see entries before `offset`. */
  publish(offset: number): void {
    assert(
      offset >= this.#maxOffset && offset <= this.#nextOffset,
      'only what was appended is seen',
    );
    this.#maxOffset = offset;
  }

  /** Takes back entries that were appended but not published. @returns how many, and the bytes of their records */
  rollBack(): { readonly messages: number; readonly bytes: number } {
    const messages = this.#nextOffset - this.#maxOffset;
    const entry = new QueueEntry();
    let bytes = 0;
    for (let offset = this.#maxOffset; offset < this.#nextOffset; offset++) {
      if (this.readTail(offset, entry)) bytes += entry.sizeBytes;
    }
    this.#nextOffset = this.#maxOffset;
    return { messages, bytes };
  }

  /** Reads an entry from memory. @returns false when it is not there */
  readTail(offset: number, entry: QueueEntry): boolean {
    if (offset < this.#tailStart || offset >= this.#nextOffset) return false;
    entry.readFrom(this.#tail, (offset - this.#tailStart) * ENTRY_BYTES);
    return true;
  }

  /**
   * For recovery: the next message has `offset`, beyond where the queue ends. What lies between is filled
   * with blank entries, from the start of the file on when the queue is empty.
   */
  skipTo(offset: number): void {
    assert(offset >= this.#nextOffset, 'a queue grows');
    if (this.#minOffset === this.#nextOffset) {
      const fileStart = this.files.baseOf(offset * ENTRY_BYTES) / ENTRY_BYTES;
      if (fileStart > this.#nextOffset) {
        this.#nextOffset = fileStart;
        this.#tailStart = fileStart;
        this.#flushedOffset = fileStart;
      }
      this.#minOffset = offset;
    }
    while (this.#nextOffset < offset) this.append(0, BLANK_SIZE, 0);
    this.#maxOffset = offset;
  }

  /** Forgets entries from `offset` on in memory. */
  cut(offset: number): void {
    this.#nextOffset = offset;
    this.#maxOffset = offset;
    this.#flushedOffset = Math.min(this.#flushedOffset, offset);
    this.#syncedOffset = Math.min(this.#syncedOffset, offset);
    this.#minOffset = Math.min(this.#minOffset, offset);
    if (offset < this.#tailStart) {
      this.#tailStart = offset;
      this.#replaceTail(NO_ENTRIES);
    }
  }

  /** For recovery: forgets entries from `offset` on, in the files too; a power cut may bring them back. */
  async cutFiles(offset: number): Promise<void> {
    this.#isCut = true;
    this.cut(offset);
    await this.files.cut(offset * ENTRY_BYTES);
  }

  /**
   * Writes entries that can be read and are not in the files yet. The memory of most that were written
   * is given back.
   */
  async flush(): Promise<void> {
    const from = this.#flushedOffset;
    const to = this.#maxOffset;
    if (from < to && this.files.isEmpty) await this.#fillBefore(from);
    let offset = from;
    while (offset < to) {
      const startByte = offset * ENTRY_BYTES;
      const fileEnd = this.files.baseOf(startByte) + this.files.fileBytes;
      const bytes = Math.min(to * ENTRY_BYTES, fileEnd) - startByte;
      // A copy: the tail may be moved while the write is under way.
      const position = (offset - this.#tailStart) * ENTRY_BYTES;
      const entries = this.#buffers.take(bytes / ENTRY_BYTES);
      this.#tail.copy(entries, 0, position, position + bytes);
      try {
        await this.files.write(entries, 0, bytes, startByte);
      } finally {
        this.#buffers.giveBack(entries);
      }
      offset += bytes / ENTRY_BYTES;
    }
    this.#flushedOffset = Math.max(this.#flushedOffset, Math.min(to, this.#maxOffset));
    this.#trim();
  }

  /** Removes files that hold no entry from `minOffset` on; never the last. @returns how many */
  async removeExpiredFiles(): Promise<number> {
    let count = 0;
    const firstKept = this.files.baseOf(
      Math.min(this.#minOffset, this.#flushedOffset) * ENTRY_BYTES,
    );
    for (; this.files.count > 1 && this.files.minOffset < firstKept; count++) {
      if (!(await this.files.removeFirst())) return count;
    }
    return count;
  }

  /**
   * Removes all files of a queue whose messages are all gone. Offsets go on from where they were as
   * long as the process runs.
   */
  async dropFiles(): Promise<void> {
    assert(!this.isDirty, 'entries are written before their files are dropped');
    this.#minOffset = this.#maxOffset;
    await this.files.removeAll();
  }

  /** Blank entries from where the first file begins: readers find a queue's end by its entries. */
  async #fillBefore(offset: number): Promise<void> {
    const start = this.files.baseOf(offset * ENTRY_BYTES);
    const bytes = offset * ENTRY_BYTES - start;
    if (bytes === 0) return;
    const blanks = Buffer.alloc(bytes);
    for (let at = 8; at < bytes; at += ENTRY_BYTES) blanks.writeInt32BE(BLANK_SIZE, at);
    await this.files.write(blanks, 0, bytes, start);
  }

  #trim(): void {
    const used = this.#nextOffset - this.#tailStart;
    const newStart = Math.max(
      this.#tailStart,
      Math.min(this.#flushedOffset, this.#maxOffset - KEPT_ENTRIES),
    );
    const kept = this.#nextOffset - newStart;
    const capacity = this.#tail.length / ENTRY_BYTES;
    const isWorthIt = used - kept >= KEPT_ENTRIES || capacity > Math.max(FIRST_ENTRIES, kept * 4);
    if (!isWorthIt) return;
    const tail = this.#buffers.take(Math.max(FIRST_ENTRIES, kept * 2));
    const start = (newStart - this.#tailStart) * ENTRY_BYTES;
    this.#tail.copy(tail, 0, start, start + kept * ENTRY_BYTES);
    this.#replaceTail(tail);
    this.#tailStart = newStart;
  }

  #grow(): void {
    const capacity = this.#tail.length / ENTRY_BYTES;
    const grown = this.#buffers.take(Math.max(FIRST_ENTRIES, capacity * 2));
    this.#tail.copy(grown);
    this.#replaceTail(grown);
  }

  #replaceTail(tail: Buffer): void {
    this.#buffers.giveBack(this.#tail);
    this.#tail = tail;
  }
}

/** Size of entries that only fill a file up to where the queue begins. */
export const BLANK_SIZE = 0x7fff_ffff;
