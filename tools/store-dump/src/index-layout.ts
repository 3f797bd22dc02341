/**
 * The layout of an index file.
 *
 *   offset       size  field
 *   0            8     beginTimestamp: store time of the first entry's message, ms
 *   8            8     endTimestamp
 *   16           8     beginPhyOffset: physical offset of the first entry's record
 *   24           8     endPhyOffset
 *   32           4     hashSlotCount: slots in use
 *   36           4     indexCount: entries + 1; entry 0 is never used
 *   40           4·s   slots: number of the newest entry whose hash falls there, 0 for none
 *   40+4s+20i    20    entry i: keyHash 4, physicalOffset 8, seconds since beginTimestamp 4, previous entry of the slot 4
 *
 * How many slots there are is a setting and not in the file; Apache's default and every scaled-down one
 * that is in use has four entries a slot, from which the number follows.
 *
 * Source: IndexFile.java, IndexHeader.java.
 */
import { readInt64 } from '@orbitmq/kernel';

export const INDEX_HEADER_BYTES = 40;
export const INDEX_SLOT_BYTES = 4;
export const INDEX_ENTRY_BYTES = 20;
const ENTRIES_A_SLOT = 4;

export interface IndexHeader {
  readonly beginTimestamp: number;
  readonly endTimestamp: number;
  readonly beginPhysicalOffset: number;
  readonly endPhysicalOffset: number;
  readonly usedSlots: number;
  /** Number of the next entry: one more than there are. */
  readonly nextEntry: number;
}

export interface IndexEntry {
  readonly keyHash: number;
  readonly physicalOffset: number;
  readonly timeDiffSeconds: number;
  readonly previous: number;
}

export function readIndexHeader(bytes: Buffer): IndexHeader {
  return {
    beginTimestamp: readInt64(bytes, 0),
    endTimestamp: readInt64(bytes, 8),
    beginPhysicalOffset: readInt64(bytes, 16),
    endPhysicalOffset: readInt64(bytes, 24),
    usedSlots: bytes.readInt32BE(32),
    nextEntry: Math.max(1, bytes.readInt32BE(36)),
  };
}

export function readIndexEntry(bytes: Buffer, position: number): IndexEntry {
  return {
    keyHash: bytes.readInt32BE(position),
    physicalOffset: readInt64(bytes, position + 4),
    timeDiffSeconds: bytes.readInt32BE(position + 12),
    previous: bytes.readInt32BE(position + 16),
  };
}

/** How many slots a file of this size has when each has four entries; undefined when the size does not fit. */
export function slotsOfSize(sizeBytes: number): number | undefined {
  const unit = INDEX_SLOT_BYTES + ENTRIES_A_SLOT * INDEX_ENTRY_BYTES;
  const slots = (sizeBytes - INDEX_HEADER_BYTES) / unit;
  return Number.isInteger(slots) && slots > 0 ? slots : undefined;
}

/** Where entry `number` stands in a file with so many slots. */
export function indexEntryAt(slots: number, number: number): number {
  return INDEX_HEADER_BYTES + slots * INDEX_SLOT_BYTES + number * INDEX_ENTRY_BYTES;
}

/** Names are local creation times, `yyyyMMddHHmmssSSS`. */
export function isIndexFileName(name: string): boolean {
  return /^\d{17}$/.test(name);
}
