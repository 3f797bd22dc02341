import { ENTRY_BYTES, QueueEntry } from '@orbitmq/store';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';
import { BLANK_ENTRY_SIZE, EntryFiles } from '../verify/entry-files.ts';
import type { PrintOptions } from './print-options.ts';

/** Entries of a consume-queue file, up to the last that holds something. */
export async function* printConsumeQueue(
  segment: SegmentFile,
  { disk, from = 0 }: PrintOptions,
): AsyncGenerator<Row> {
  const entries = new EntryFiles(disk);
  await entries.take([segment]);
  const entry = new QueueEntry();
  try {
    const first = Math.max(from, Math.ceil(segment.baseOffset / ENTRY_BYTES));
    for (let queueOffset = first; queueOffset < entries.endOffset; queueOffset++) {
      if (!(await entries.read(queueOffset, entry))) return;
      const { physicalOffset, sizeBytes, tagsCode } = entry;
      const isBlank = physicalOffset === 0 && sizeBytes === BLANK_ENTRY_SIZE;
      yield isBlank
        ? { queueOffset, kind: 'blank' }
        : { queueOffset, physicalOffset, size: sizeBytes, tagsCode };
    }
  } finally {
    await entries.close();
  }
}
