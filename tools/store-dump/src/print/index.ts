import type { FileKind } from '../file-kind.ts';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';
import { printCommitLog } from './commit-log.ts';
import { printConsumeQueue } from './consume-queue.ts';
import { printIndexFile } from './index-file.ts';
import type { Printer, PrintOptions } from './print-options.ts';
import { printCheckpoint, printDatabase, printJson, printText } from './small-files.ts';
import { printTimerCheck, printTimerLog, printTimerWheel } from './timer-files.ts';

const PRINTERS: Readonly<Record<FileKind, Printer>> = {
  'commit-log': printCommitLog,
  'consume-queue': printConsumeQueue,
  index: printIndexFile,
  checkpoint: printCheckpoint,
  'timer-log': printTimerLog,
  'timer-wheel': printTimerWheel,
  'timer-check': printTimerCheck,
  database: printDatabase,
  json: printJson,
  text: printText,
};

/** Rows of a file of a known kind. */
export function printFile(
  kind: FileKind,
  file: SegmentFile,
  options: PrintOptions,
): AsyncGenerator<Row> {
  return PRINTERS[kind](file, options);
}
