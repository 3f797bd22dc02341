export { Appended, AppendRecord, AppendStatus } from './append-record.ts';
export { MessageStore, type StoreCounters } from './message-store.ts';
export { ENTRY_BYTES, Queue, QueueEntry } from './queue.ts';
export type { MessageFilter, ReadLimits, ReadResult, ReadStatus } from './read-result.ts';
export { DEFAULT_SETTINGS, type StoreOptions, type StoreSettings } from './store-options.ts';
