import { RocketMqError } from '@orbitmq/kernel';
import type { DiskFile } from '@orbitmq/runtime';
import {
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  indexEntryAt,
  readIndexEntry,
  readIndexHeader,
  slotsOfSize,
} from '../index-layout.ts';
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
  const header = readIndexHeader(head);
  if (from === undefined) yield { kind: 'header', slots, ...header };
  const window = Buffer.alloc(WINDOW_ENTRIES * INDEX_ENTRY_BYTES);
  for (let number = Math.max(1, from ?? 1); number < header.nextEntry; number += WINDOW_ENTRIES) {
    const bytes = await file.read(window, 0, window.length, indexEntryAt(slots, number));
    const count = Math.min(Math.floor(bytes / INDEX_ENTRY_BYTES), header.nextEntry - number);
    if (count === 0) return;
    for (let index = 0; index < count; index++) {
      const entry = readIndexEntry(window, index * INDEX_ENTRY_BYTES);
      const storeTimestamp = header.beginTimestamp + entry.timeDiffSeconds * 1000;
      yield { entry: number + index, ...entry, slot: entry.keyHash % slots, storeTimestamp };
    }
  }
}
