import { RocketMqError } from '@orbitmq/kernel';
import type { DiskFile } from '@orbitmq/runtime';
import {
  decodeIndexHeader,
  entryPosition,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  IndexEntry,
} from '@orbitmq/store';
import { slotsOfSize } from '../index-slots.ts';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';
import type { PrintOptions } from './print-options.ts';

const WINDOW_ENTRIES = 4096;

/** The header of an index file, then its entries; `--from` counts entries from 1. */
export async function* printIndexFile(
  { path }: SegmentFile,
  options: PrintOptions,
): AsyncGenerator<Row> {
  const file = await options.disk.open(path, 'read');
  try {
    const slots = options.indexSlots ?? slotsOfSize(await file.size());
    if (slots === undefined) {
      throw new RocketMqError(`${path} has no index file's size: give --index-slots`, {
        code: 'INDEX_SLOTS_UNKNOWN',
      });
    }
    yield* rowsOf(file, slots, options.from);
  } finally {
    await file.close();
  }
}

async function* rowsOf(file: DiskFile, slots: number, from?: number): AsyncGenerator<Row> {
  const head = Buffer.alloc(INDEX_HEADER_BYTES);
  await file.read(head, 0, head.length, 0);
  const { beginTimestampMs, endTimestampMs, ...header } = decodeIndexHeader(head);
  if (from === undefined) {
    const times = { beginTimestamp: beginTimestampMs, endTimestamp: endTimestampMs };
    yield { kind: 'header', slots, ...times, ...header };
  }
  const window = Buffer.alloc(WINDOW_ENTRIES * INDEX_ENTRY_BYTES);
  const entry = new IndexEntry();
  for (let number = Math.max(1, from ?? 1); number < header.nextEntry; number += WINDOW_ENTRIES) {
    const position = entryPosition({ slots }, number);
    const bytes = await file.read(window, 0, window.length, position);
    const count = Math.min(Math.floor(bytes / INDEX_ENTRY_BYTES), header.nextEntry - number);
    if (count === 0) return;
    for (let index = 0; index < count; index++) {
      entry.readFrom(window, index * INDEX_ENTRY_BYTES);
      const storeTimestamp = beginTimestampMs + entry.seconds * 1000;
      const { keyHash, physicalOffset, previous } = entry;
      const slot = keyHash % slots;
      yield { entry: number + index, keyHash, slot, physicalOffset, storeTimestamp, previous };
    }
  }
}
