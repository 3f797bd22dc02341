export { Appended, AppendRecord, AppendStatus } from './append-record.ts';
export { type Checkpoint, CheckpointFile } from './checkpoint.ts';
export { fileName, parseFileName } from './file-names.ts';
export {
  decodeIndexHeader,
  entryPosition,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  INDEX_SLOT_BYTES,
  IndexEntry,
  type IndexHeader,
  isIndexFileName,
  keyHashOf,
} from './index-file.ts';
export { splitDirectories } from './log-directories.ts';
export {
  type DamageReason,
  describeRecord,
  type ScannedRecord,
  type ScanResult,
  scanRecord,
} from './log-scan.ts';
export type { MessageQuery, QueryResult } from './message-index.ts';
export { MessageStore } from './message-store.ts';
export { ENTRY_BYTES, Queue, QueueEntry } from './queue.ts';
export type { MessageFilter, ReadLimits, ReadResult, ReadStatus } from './read-result.ts';
export type { RecordSpan } from './record-spans.ts';
export { type DiskRatios, parseDeleteHours, type RetentionSettings } from './retention-settings.ts';
export { SegmentFiles } from './segment-files.ts';
export type { StoreCounters } from './store-counters.ts';
export { lockStore } from './store-lock.ts';
export { DEFAULT_SETTINGS, type StoreOptions, type StoreSettings } from './store-options.ts';
export type { TakenBack } from './taken-back.ts';
