/**
 * One file of the key index: a hash table from `topic#key` to places in the log.
 *
 *   offset              size  field
 *   0                   8     beginTimestamp: store time of the first message, ms
 *   8                   8     endTimestamp: of the last one
 *   16                  8     beginPhyOffset: where the first message's record is
 *   24                  8     endPhyOffset: the last one's
 *   32                  4     hashSlotCount: slots in use
 *   36                  4     indexCount: entries + 1; number of the next one, 0 like 1
 *   40                  4·S   slots: number of the newest entry of each, 0 for none
 *   40 + 4·S + 20·i     20    entry i, from 1 on:
 *     0  4  hash of the key     4  8  where the record is
 *     12 4  seconds since beginTimestamp     16 4  number of the slot's entry before, 0 for none
 *
 * S is `maxHashSlotNum`; the file has room for `maxIndexNum` entries and is named after the local time it
 * was made. Valid is what the header counts: entries behind it, and slots that point to them, were not
 * finished. The writer's order is entries, slots, sync, header, sync.
 *
 * Source: IndexFile.java, IndexHeader.java.
 */
import { join } from 'node:path';
import { assert, readInt64, writeInt64 } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { SharedFile } from './shared-file.ts';

export const INDEX_HEADER_BYTES = 40;
export const INDEX_SLOT_BYTES = 4;
export const INDEX_ENTRY_BYTES = 20;
const NAME_DIGITS = 17;

export interface IndexSize {
  /** `maxHashSlotNum`. */
  readonly slots: number;
  /** `maxIndexNum`. */
  readonly entries: number;
}

export interface IndexHeader {
  beginTimestampMs: number;
  endTimestampMs: number;
  beginOffset: number;
  endOffset: number;
  usedSlots: number;
  /** Number of the next entry, from 1 on. */
  nextEntry: number;
}

/** Reused for each entry that is looked at. */
export class IndexEntry {
  keyHash = 0;
  physicalOffset = 0;
  /** Since the file's beginTimestamp. */
  seconds = 0;
  /** Number of the slot's entry before this one; 0 for none. */
  previous = 0;

  readFrom(buffer: Buffer, position: number): void {
    this.keyHash = buffer.readInt32BE(position);
    this.physicalOffset = readInt64(buffer, position + 4);
    this.seconds = buffer.readInt32BE(position + 12);
    this.previous = buffer.readInt32BE(position + 16);
  }
}

export function indexFileBytes({ slots, entries }: IndexSize): number {
  return INDEX_HEADER_BYTES + slots * INDEX_SLOT_BYTES + entries * INDEX_ENTRY_BYTES;
}

/** Where an entry stands in its file. */
export function entryPosition({ slots }: Pick<IndexSize, 'slots'>, entry: number): number {
  return INDEX_HEADER_BYTES + slots * INDEX_SLOT_BYTES + entry * INDEX_ENTRY_BYTES;
}

/** What a key's Java hash becomes in the file. */
export function keyHashOf(javaHash: number): number {
  const hash = Math.abs(javaHash);
  return hash > 0x7fff_ffff ? 0 : hash;
}

/** A file's name: local time `yyyyMMddHHmmssSSS`. */
export function indexFileName(timeMs: number): string {
  const time = new Date(timeMs);
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const clock = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  return `${day}${clock}${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export function isIndexFileName(name: string): boolean {
  return name.length === NAME_DIGITS && /^\d+$/.test(name);
}

export function encodeIndexHeader(header: IndexHeader): Buffer {
  const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
  writeInt64(bytes, header.beginTimestampMs, 0);
  writeInt64(bytes, header.endTimestampMs, 8);
  writeInt64(bytes, header.beginOffset, 16);
  writeInt64(bytes, header.endOffset, 24);
  bytes.writeInt32BE(header.usedSlots, 32);
  bytes.writeInt32BE(header.nextEntry, 36);
  return bytes;
}

export function decodeIndexHeader(bytes: Buffer): IndexHeader {
  return {
    beginTimestampMs: readInt64(bytes, 0),
    endTimestampMs: readInt64(bytes, 8),
    beginOffset: readInt64(bytes, 16),
    endOffset: readInt64(bytes, 24),
    usedSlots: bytes.readInt32BE(32),
    nextEntry: Math.max(1, bytes.readInt32BE(36)),
  };
}

export interface IndexFilePlace {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: string;
  readonly size: IndexSize;
}

/**
 * An index file as readers see it. Calls may overlap; a file that is removed serves those under way to
 * their end.
 */
export class IndexFile {
  readonly name: string;
  readonly size: IndexSize;
  readonly header: IndexHeader;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #file: SharedFile;
  #isNew = false;
  #isRemoved = false;

  constructor({ disk, directory, name, size }: IndexFilePlace, header: IndexHeader) {
    assert(header.nextEntry >= 1, 'entries are counted from 1');
    this.name = name;
    this.size = size;
    this.header = header;
    this.#disk = disk;
    this.#path = join(directory, name);
    this.#file = new SharedFile(() => disk.open(this.#path, this.#isNew ? 'create' : 'read-write'));
  }

  /** Its bytes read as zero. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** Holds no more entries. */
  get isFull(): boolean {
    return this.header.nextEntry >= this.size.entries;
  }

  /** Makes the file, sparse, at its full length. */
  async create(): Promise<void> {
    this.#isNew = true;
    await this.#file.use((file) => file.truncate(indexFileBytes(this.size)));
    this.#isNew = false;
  }

  /** @returns the bytes read; fewer where the file ends. A removed file reads as zero: its chains end. */
  read(target: Buffer, length: number, position: number): Promise<number> {
    if (this.#isRemoved) {
      target.fill(0, 0, length);
      return Promise.resolve(0);
    }
    return this.#file.use((file) => file.read(target, 0, length, position));
  }

  write(source: Buffer, start: number, length: number, position: number): Promise<void> {
    return this.#file.use((file) => file.write(source, start, length, position));
  }

  sync(): Promise<void> {
    return this.#file.use((file) => file.sync());
  }

  /** Number of the newest entry of a slot; 0 for none. */
  async slot(slot: number): Promise<number> {
    const bytes = Buffer.alloc(INDEX_SLOT_BYTES);
    await this.read(bytes, INDEX_SLOT_BYTES, INDEX_HEADER_BYTES + slot * INDEX_SLOT_BYTES);
    return bytes.readInt32BE(0);
  }

  async remove(): Promise<void> {
    await this.#disk.remove(this.#path);
    this.#isRemoved = true;
    await this.#file.close();
  }

  /** Waits for calls under way. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
