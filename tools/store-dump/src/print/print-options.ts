import type { Disk } from '@orbitmq/runtime';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';

export interface PrintOptions {
  readonly disk: Disk;
  /** First thing to print: a physical offset of the log, a queue offset, an index entry's number, else a line's number. */
  readonly from?: number | undefined;
  /** Of the log: records of this topic and queue only. */
  readonly topic?: string | undefined;
  readonly queueId?: number | undefined;
  /** Bytes of each body that are shown. */
  readonly bodyBytes: number;
  readonly indexSlots?: number | undefined;
}

/** Rows as they are read; whoever asks for no more stops the reading. */
export type Printer = (file: SegmentFile, options: PrintOptions) => AsyncGenerator<Row>;
