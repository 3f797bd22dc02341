/**
 * How many slots an index file has is a setting and not in the file. Apache's default and every
 * scaled-down size that is in use has four entries a slot, from which the number follows.
 */
import { INDEX_ENTRY_BYTES, INDEX_HEADER_BYTES, INDEX_SLOT_BYTES } from '@orbitmq/store';

const ENTRIES_A_SLOT = 4;

/** The slots of a file of this size when each has four entries; undefined when the size does not fit. */
export function slotsOfSize(sizeBytes: number): number | undefined {
  const unit = INDEX_SLOT_BYTES + ENTRIES_A_SLOT * INDEX_ENTRY_BYTES;
  const slots = (sizeBytes - INDEX_HEADER_BYTES) / unit;
  return Number.isInteger(slots) && slots > 0 ? slots : undefined;
}
