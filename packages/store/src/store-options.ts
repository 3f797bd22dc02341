import type { Logger } from '@orbitmq/kernel';
import type { Clock, Disk, Timers } from '@orbitmq/runtime';
import { DEFAULT_RETENTION, type RetentionSettings } from './retention-settings.ts';

/** Settings of a store; names in parentheses are Apache's. */
export interface StoreSettings {
  /** Size of a commit-log file (`mappedFileSizeCommitLog`); existing files decide if they differ. */
  readonly commitLogFileBytes: number;
  /** Size of a consume-queue file (`mappedFileSizeConsumeQueue`), rounded up to whole entries. */
  readonly consumeQueueFileBytes: number;
  /** SYNC_FLUSH: reported synced before anybody is answered (`flushDiskType`). */
  readonly isSyncFlush: boolean;
  /** `flushIntervalCommitLog`. */
  readonly flushIntervalMs: number;
  /** False: what is worth a sync is synced when it was written, without waiting for the interval (`flushCommitLogTimed`). */
  readonly isFlushTimed: boolean;
  /** Pages of 4096 bytes that are worth a sync (`flushCommitLogLeastPages`). */
  readonly flushLeastPages: number;
  /** After so long everything is synced (`flushCommitLogThoroughInterval`). */
  readonly flushThoroughIntervalMs: number;
  /** `flushIntervalConsumeQueue`. */
  readonly flushConsumeQueueIntervalMs: number;
  /** Pages of 4096 bytes of a queue's entries that are worth a write (`flushConsumeQueueLeastPages`). */
  readonly flushConsumeQueueLeastPages: number;
  /**
   * After so long all entries are written and synced, and the checkpoint moves on
   * (`flushConsumeQueueThoroughInterval`): what a crash makes recovery read again.
   */
  readonly flushConsumeQueueThoroughIntervalMs: number;
  /**
   * Files of queues that are open at the same time, and as many of the log, however many there are. Not a setting of Apache's, which
   * maps every file.
   */
  readonly maxOpenFiles: number;
  /** `maxMessageSize`: bytes of a body; asked at each append, since it may change. */
  readonly maxBodyBytes: () => number;
  /** Delays of `messageDelayLevel` in milliseconds, level 1 first: delayed messages' entries carry their due time. */
  readonly delayLevelsMs: readonly number[];
  /** Bytes behind the log's end that count as in memory (`accessMessageInMemoryMaxRatio` of the machine's). */
  readonly inMemoryBytes: number;
  /** Messages can be found by key (`messageIndexEnable`). */
  readonly isIndexed: boolean;
  /** Slots of an index file (`maxHashSlotNum`): existing files of another number are not read. */
  readonly indexSlots: number;
  /** Entries of an index file (`maxIndexNum`). */
  readonly indexEntries: number;
  /** Asked at each round, since it may change. */
  readonly retention: () => RetentionSettings;
  /** Between two rounds, and between two looks how full the disk is (`cleanResourceInterval`). */
  readonly cleanIntervalMs: number;
  /** Recent log kept in memory for readers. */
  readonly hotTailBytes: number;
  /** Memory for reading older parts of the log. */
  readonly coldCacheBytes: number;
  /** What older parts of the log are read at in a second while messages come in. */
  readonly coldBytesPerSecond: number;
}

export const DEFAULT_SETTINGS: StoreSettings = {
  commitLogFileBytes: 1_073_741_824,
  consumeQueueFileBytes: 6_000_000,
  isSyncFlush: false,
  flushIntervalMs: 500,
  isFlushTimed: true,
  flushLeastPages: 4,
  flushThoroughIntervalMs: 10_000,
  flushConsumeQueueIntervalMs: 1_000,
  flushConsumeQueueLeastPages: 2,
  flushConsumeQueueThoroughIntervalMs: 60_000,
  // A quarter of what systems that allow a process little do allow it; the rest is for connections.
  maxOpenFiles: 1024,
  maxBodyBytes: () => 4_194_304,
  delayLevelsMs: [],
  inMemoryBytes: 8 * 1024 ** 3,
  isIndexed: true,
  indexSlots: 5_000_000,
  indexEntries: 20_000_000,
  retention: () => DEFAULT_RETENTION,
  cleanIntervalMs: 10_000,
  hotTailBytes: 16 * 1024 * 1024,
  coldCacheBytes: 16 * 1024 * 1024,
  coldBytesPerSecond: 128 * 1024 * 1024,
};

export interface StoreOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  /** `storePathRootDir`. */
  readonly directory: string;
  /** `storePathCommitLog`, one or several; `<directory>/commitlog` when absent. */
  readonly commitLogDirectories?: readonly string[] | undefined;
  /** `readOnlyCommitLogStorePaths`: files there are read and, when old, removed; none is made. */
  readonly readOnlyCommitLogDirectories?: readonly string[] | undefined;
  /** This broker's address as protocol's `encodeHost` gives it. */
  readonly storeHost: Buffer;
  readonly settings?: Partial<StoreSettings> | undefined;
}
