/** Reads single records of a log, for telling what stands where something points. */
import type { Disk } from '@orbitmq/runtime';
import { describeRecord, type ScannedRecord, scanRecord } from '@orbitmq/store';
import type { SegmentFile } from '../segment-list.ts';

/** No frame that a peer can send makes a longer record. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

export type Place =
  | { readonly kind: 'record'; readonly record: ScannedRecord }
  | { readonly kind: 'none'; readonly text: string };

export class LogPlaces {
  readonly #disk: Disk;
  readonly #files: readonly SegmentFile[];

  constructor(disk: Disk, files: readonly SegmentFile[]) {
    this.#disk = disk;
    this.#files = files;
  }

  /** What stands at an offset of the log. */
  async at(offset: number): Promise<Place> {
    const segment = this.#files.findLast(({ baseOffset }) => baseOffset <= offset);
    const position = segment === undefined ? 0 : offset - segment.baseOffset;
    if (segment === undefined || position >= segment.sizeBytes) {
      return { kind: 'none', text: 'there is no log file there' };
    }
    const file = await this.#disk.open(segment.path, 'read');
    try {
      const head = Buffer.alloc(8);
      await file.read(head, 0, head.length, position);
      const claimed = head.readInt32BE(0);
      const sizeBytes = claimed > 0 && claimed <= MAX_RECORD_BYTES ? claimed : head.length;
      const buffer = Buffer.alloc(Math.max(head.length, sizeBytes));
      const bytes = await file.read(buffer, 0, buffer.length, position);
      const result = scanRecord(buffer, 0, bytes, offset);
      if (result.kind === 'record') return { kind: 'record', record: describeRecord(buffer, 0) };
      const text = result.kind === 'blank' ? 'a blank stands there' : `no record: ${result.reason}`;
      return { kind: 'none', text };
    } finally {
      await file.close();
    }
  }
}
