/**
 * Puts entries into the newest index file. Slots are kept in memory, 4 bytes each, since every entry
 * reads and changes one of them at random; entries are collected and written in one piece.
 *
 * Source: IndexFile.java (putKey).
 */
import { assert, GrowingBuffer, writeInt32, writeInt64 } from '@orbitmq/kernel';
import {
  encodeIndexHeader,
  entryPosition,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  INDEX_SLOT_BYTES,
  type IndexEntry,
  type IndexFile,
  type IndexHeader,
} from './index-file.ts';

/** Slots are written in such pieces, if one of theirs changed. */
const PAGE_BYTES = 4096;
/** Reading a file again goes on in such pieces: a multiple of the entries' size. */
const STRIDE_BYTES = 52_428 * INDEX_ENTRY_BYTES;
/** Entries that wait to be written; a rare larger buffer is given back. */
const PENDING_BYTES = 64 * 1024;
const MAX_SECONDS = 0x7fff_ffff;

export class IndexWriter {
  readonly file: IndexFile;
  readonly #slots: Buffer;
  readonly #slotView: DataView;
  /** A flag for each page of {@link #slots} that is not in the file. */
  readonly #dirtyPages: Uint8Array;
  readonly #pending = new GrowingBuffer(PENDING_BYTES);
  /** Number of the first entry that is not in the file. */
  #firstPending: number;
  /** Number of the first entry that is not known to be on the disk. */
  #firstUnsynced: number;
  /** A sync failed: the system may count as written back what is not on the disk. */
  #isDoubtful = false;

  /** For a file without entries; {@link load} fills in what another has. */
  constructor(file: IndexFile) {
    this.file = file;
    this.#slots = Buffer.alloc(file.size.slots * INDEX_SLOT_BYTES);
    this.#slotView = new DataView(this.#slots.buffer, this.#slots.byteOffset, this.#slots.length);
    this.#dirtyPages = new Uint8Array(Math.ceil(this.#slots.length / PAGE_BYTES));
    this.#firstPending = file.header.nextEntry;
    this.#firstUnsynced = file.header.nextEntry;
  }

  /** Reads the slots of a file that was closed cleanly. */
  async load(pause: () => Promise<void>): Promise<void> {
    const stride = Buffer.allocUnsafeSlow(STRIDE_BYTES);
    for (let at = 0; at < this.#slots.length; at += STRIDE_BYTES) {
      const bytes = Math.min(STRIDE_BYTES, this.#slots.length - at);
      await this.file.read(stride, bytes, INDEX_HEADER_BYTES + at);
      this.#copyUsedPages(stride, bytes, at);
      await pause();
    }
  }

  /** Makes the slots from the entries the header counts: for a file that was not closed. */
  async rebuild(pause: () => Promise<void>): Promise<void> {
    const { size, header } = this.file;
    const stride = Buffer.allocUnsafeSlow(STRIDE_BYTES);
    header.usedSlots = 0;
    for (let entry = 1; entry < header.nextEntry; ) {
      const count = Math.min(STRIDE_BYTES / INDEX_ENTRY_BYTES, header.nextEntry - entry);
      await this.file.read(stride, count * INDEX_ENTRY_BYTES, entryPosition(size, entry));
      for (let index = 0; index < count; index++, entry++) {
        const hash = stride.readInt32BE(index * INDEX_ENTRY_BYTES);
        const at = (Math.max(0, hash) % size.slots) * INDEX_SLOT_BYTES;
        if (this.#slotView.getInt32(at) === 0) header.usedSlots++;
        this.#slotView.setInt32(at, entry);
      }
      await pause();
    }
    this.#dirtyPages.fill(1);
  }

  /** Bytes of entries that are not in the file. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** Adds an entry. @returns false when the file is full */
  put(keyHash: number, physicalOffset: number, storeTimestampMs: number): boolean {
    const { header, size } = this.file;
    const entry = header.nextEntry;
    if (entry >= size.entries) return false;
    if (entry === 1) {
      header.beginOffset = physicalOffset;
      header.beginTimestampMs = storeTimestampMs;
    }
    const slotAt = (keyHash % size.slots) * INDEX_SLOT_BYTES;
    const previous = this.#slotView.getInt32(slotAt);
    const isUsed = previous > 0 && previous < entry;
    if (!isUsed) header.usedSlots++;
    this.#slotView.setInt32(slotAt, entry);
    this.#dirtyPages[slotAt >>> 12] = 1;
    const seconds = Math.floor((storeTimestampMs - header.beginTimestampMs) / 1000);
    this.#add(
      keyHash,
      physicalOffset,
      Math.min(MAX_SECONDS, Math.max(0, seconds)),
      isUsed ? previous : 0,
    );
    header.nextEntry = entry + 1;
    header.endOffset = physicalOffset;
    header.endTimestampMs = storeTimestampMs;
    return true;
  }

  /** Number of the newest entry of a slot; 0 for none. */
  slot(slot: number): number {
    return this.#slotView.getInt32(slot * INDEX_SLOT_BYTES);
  }

  /** Reads an entry that may not be in the file yet. @returns false when it is there */
  readPending(entry: number, target: IndexEntry): boolean {
    const index = entry - this.#firstPending;
    if (index < 0) return false;
    target.readFrom(this.#pending.buffer, index * INDEX_ENTRY_BYTES);
    return true;
  }

  /** Writes collected entries to the file. Nothing is to be put meanwhile; after a failure call it again. */
  async writePending(): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    const { length } = pending;
    const position = entryPosition(this.file.size, this.#firstPending);
    await this.file.write(pending.buffer, 0, length, position);
    assert(pending.length === length, 'nothing is put while entries are written');
    this.#firstPending += length / INDEX_ENTRY_BYTES;
    pending.reset(PENDING_BYTES * 2);
  }

  /**
   * Makes the file survive a power cut up to what `header` counts, a copy of the file's taken when all
   * of its messages were in the log. Entries may be put meanwhile.
   */
  async flush(header: IndexHeader): Promise<void> {
    assert(header.nextEntry <= this.#firstPending, 'entries are written before they are counted');
    const written = this.#firstPending;
    if (this.#isDoubtful) await this.#writeAgain();
    await this.#writeSlots();
    try {
      await this.file.sync();
      await this.file.write(encodeIndexHeader(header), 0, INDEX_HEADER_BYTES, 0);
      await this.file.sync();
    } catch (error) {
      this.#isDoubtful = true;
      throw error;
    }
    this.#isDoubtful = false;
    this.#firstUnsynced = written;
  }

  /** After a failed sync the next would do nothing: what it may have lost is written once more. */
  async #writeAgain(): Promise<void> {
    this.#dirtyPages.fill(1);
    const stride = Buffer.allocUnsafeSlow(PENDING_BYTES);
    const end = entryPosition(this.file.size, this.#firstPending);
    for (let at = entryPosition(this.file.size, this.#firstUnsynced); at < end; ) {
      const bytes = await this.file.read(stride, Math.min(stride.length, end - at), at);
      if (bytes === 0) return;
      await this.file.write(stride, 0, bytes, at);
      at += bytes;
    }
  }

  // oxlint-disable-next-line max-params -- the fields of one entry
  #add(keyHash: number, physicalOffset: number, seconds: number, previous: number): void {
    const pending = this.#pending;
    pending.reserve(INDEX_ENTRY_BYTES);
    const { buffer, length } = pending;
    let at = writeInt32(buffer, keyHash, length);
    at = writeInt64(buffer, physicalOffset, at);
    at = writeInt32(buffer, seconds, at);
    pending.length = writeInt32(buffer, previous, at);
  }

  async #writeSlots(): Promise<void> {
    const pages = this.#dirtyPages;
    for (let first = pages.indexOf(1); first >= 0; first = pages.indexOf(1, first)) {
      let end = first;
      const last = Math.min(pages.length, first + STRIDE_BYTES / PAGE_BYTES);
      for (; end < last && pages[end] === 1; end++) pages[end] = 0;
      const start = first * PAGE_BYTES;
      const bytes = Math.min(end * PAGE_BYTES, this.#slots.length) - start;
      try {
        await this.file.write(this.#slots, start, bytes, INDEX_HEADER_BYTES + start);
      } catch (error) {
        pages.fill(1, first, end);
        throw error;
      }
      first = end;
    }
  }

  /** Pages of zeros are left alone, so that they take no memory. */
  #copyUsedPages(stride: Buffer, bytes: number, at: number): void {
    for (let page = 0; page < bytes; page += PAGE_BYTES) {
      const end = Math.min(bytes, page + PAGE_BYTES);
      if (!ZERO_PAGE.subarray(0, end - page).equals(stride.subarray(page, end))) {
        stride.copy(this.#slots, at + page, page, end);
      }
    }
  }
}

const ZERO_PAGE = Buffer.alloc(PAGE_BYTES);
