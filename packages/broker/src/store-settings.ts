import os from 'node:os';
import { MAX_FRAME_BYTES } from '@orbitmq/protocol';
import {
  parseDeleteHours,
  type RetentionSettings,
  type StoreOptions,
  type StoreSettings,
  splitDirectories,
} from '@orbitmq/store';
import type { BrokerConfig } from './broker-config.ts';

const HOUR_MS = 3_600_000;
/** What a frame holds besides a body: properties, topic, fixed fields of the record, and the answer's header. */
const BESIDES_BODY_BYTES = 65_536;
/** Longer bodies could be stored and never be pulled, whatever `maxMessageSize` says. */
export const MAX_BODY_BYTES = MAX_FRAME_BYTES - BESIDES_BODY_BYTES;

/** Where the commit log is. */
export function logDirectories(
  config: BrokerConfig,
): Pick<StoreOptions, 'commitLogDirectories' | 'readOnlyCommitLogDirectories'> {
  const writable = splitDirectories(config.storePathCommitLog);
  return {
    commitLogDirectories: writable.length === 0 ? undefined : writable,
    readOnlyCommitLogDirectories: splitDirectories(config.readOnlyCommitLogStorePaths),
  };
}

/** What the store makes of a broker's configuration. */
export function storeSettings(
  config: BrokerConfig,
  delayLevelsMs: readonly number[],
): Partial<StoreSettings> {
  return {
    commitLogFileBytes: config.mappedFileSizeCommitLog,
    consumeQueueFileBytes: config.mappedFileSizeConsumeQueue,
    isSyncFlush: config.flushDiskType === 'SYNC_FLUSH',
    flushIntervalMs: config.flushIntervalCommitLog,
    isFlushTimed: config.flushCommitLogTimed,
    flushLeastPages: config.flushCommitLogLeastPages,
    flushThoroughIntervalMs: config.flushCommitLogThoroughInterval,
    flushConsumeQueueIntervalMs: config.flushIntervalConsumeQueue,
    flushConsumeQueueLeastPages: config.flushConsumeQueueLeastPages,
    flushConsumeQueueThoroughIntervalMs: config.flushConsumeQueueThoroughInterval,
    isIndexed: config.messageIndexEnable,
    indexSlots: config.maxHashSlotNum,
    indexEntries: config.maxIndexNum,
    retention: () => retentionSettings(config),
    cleanIntervalMs: config.cleanResourceInterval,
    maxBodyBytes: () => Math.min(config.maxMessageSize, MAX_BODY_BYTES),
    delayLevelsMs,
    inMemoryBytes: (os.totalmem() * config.accessMessageInMemoryMaxRatio) / 100,
  };
}

function retentionSettings(config: BrokerConfig): RetentionSettings {
  return {
    deleteHours: parseDeleteHours(config.deleteWhen),
    reservedMs: config.fileReservedTime * HOUR_MS,
    // Apache's bounds: outside of them a typing error would empty the store or fill the disk.
    maxUsedRatio: clamp(config.diskMaxUsedSpaceRatio, 10, 95) / 100,
    forcedRatio: clamp(config.diskSpaceCleanForciblyRatio, 30, 85) / 100,
    isForcedEnabled: config.cleanFileForciblyEnable,
    warningRatio: clamp(config.diskSpaceWarningLevelRatio, 35, 90) / 100,
    filesPerRound: config.deleteFileBatchMax,
    filePauseMs: config.deleteCommitLogFilesInterval,
    queuePauseMs: config.deleteConsumeQueueFilesInterval,
    retryMs: config.redeleteHangedFileInterval,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
