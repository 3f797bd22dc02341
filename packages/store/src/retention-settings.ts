/** When files of old messages are removed; names in parentheses are Apache's. */
export interface RetentionSettings {
  /** Hours of the local day in which files that are old enough go (`deleteWhen`). */
  readonly deleteHours: readonly number[];
  /** A file may go so long after it was last written (`fileReservedTime`). */
  readonly reservedMs: number;
  /** Above this part of the disk in use, old files go at any hour (`diskMaxUsedSpaceRatio`). */
  readonly maxUsedRatio: number;
  /** Above this one, files go however young they are (`diskSpaceCleanForciblyRatio`) … */
  readonly forcedRatio: number;
  /** … unless that is switched off (`cleanFileForciblyEnable`). */
  readonly isForcedEnabled: boolean;
  /** Above this one, moreover no message is taken (`diskSpaceWarningLevelRatio`). */
  readonly warningRatio: number;
  /** Log files that go in one round (`deleteFileBatchMax`). */
  readonly filesPerRound: number;
  /** Between two log files (`deleteCommitLogFilesInterval`). */
  readonly filePauseMs: number;
  /** Between the files of two queues (`deleteConsumeQueueFilesInterval`). */
  readonly queuePauseMs: number;
  /** After a file could not be removed, it is tried again (`redeleteHangedFileInterval`). */
  readonly retryMs: number;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_RETENTION: RetentionSettings = {
  deleteHours: [4],
  reservedMs: 72 * HOUR_MS,
  maxUsedRatio: 0.75,
  forcedRatio: 0.85,
  isForcedEnabled: true,
  warningRatio: 0.9,
  filesPerRound: 10,
  filePauseMs: 100,
  queuePauseMs: 100,
  retryMs: 120_000,
};

/** Parses `deleteWhen`: hours separated by `;`. What is none is left out. */
export function parseDeleteHours(text: string): number[] {
  return text
    .split(';')
    .map((hour) => (hour.trim() === '' ? Number.NaN : Number(hour)))
    .filter((hour) => Number.isInteger(hour) && hour >= 0 && hour < 24);
}

/** How much of the disks is in use, from 0 to 1. */
export interface DiskRatios {
  /** Of the log's directories the one with the most room. */
  readonly log: number;
  /** Of the store's own directory, with queues and index. */
  readonly queues: number;
}

export interface RetentionState {
  readonly hour: number;
  readonly ratios: DiskRatios;
  /** An operator asked for it. */
  readonly isAsked: boolean;
}

export interface RetentionDecision {
  /** Files that are old enough go. */
  readonly isDue: boolean;
  /** So do younger ones. */
  readonly isForced: boolean;
  /** No message is taken. */
  readonly isFull: boolean;
}

/** Source: DefaultMessageStore.java (CleanCommitLogService: isTimeToDelete, isSpaceToDelete). */
export function decideRetention(
  { hour, ratios, isAsked }: RetentionState,
  settings: RetentionSettings,
): RetentionDecision {
  const used = Math.max(ratios.log, ratios.queues);
  const isOverMaximum = used > settings.maxUsedRatio;
  return {
    isDue: isAsked || isOverMaximum || settings.deleteHours.includes(hour),
    isForced: settings.isForcedEnabled && used > settings.forcedRatio,
    isFull: used > settings.warningRatio,
  };
}
