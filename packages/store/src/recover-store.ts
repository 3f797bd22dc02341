/** What opening a store does before there is one. */
import { join } from 'node:path';
import { errorCode, RocketMqError, required, toError } from '@orbitmq/kernel';
import type { Clock, Disk } from '@orbitmq/runtime';
import type { Checkpoint, CheckpointFile } from './checkpoint.ts';
import { DamageReports } from './damage-reports.ts';
import { rowFileBytes } from './file-names.ts';
import { HotTail } from './hot-tail.ts';
import { inParallel } from './in-parallel.ts';
import type { LogView } from './log-bytes.ts';
import type { LogDirectories } from './log-directories.ts';
import { refuseMissingFiles } from './missing-files.ts';
import { correctMinOffset } from './queue-min-offset.ts';
import { QueueReader } from './queue-reader.ts';
import { QUEUES_AT_A_TIME, type QueueTable } from './queue-table.ts';
import { RecordReader } from './record-reader.ts';
import {
  countEntries,
  cutQueues,
  findScanStart,
  type Recovered,
  type RecoveryParts,
  scanLog,
} from './recovery.ts';
import type { SegmentFiles } from './segment-files.ts';
import { newCounters } from './store-counters.ts';
import type { StoreOptions, StoreSettings } from './store-options.ts';

/** The parts that opening a store puts together. */
export interface OpeningParts {
  readonly options: StoreOptions;
  readonly settings: StoreSettings;
  readonly files: SegmentFiles;
  readonly queues: QueueTable;
  readonly checkpointFile: CheckpointFile;
  readonly logDirectories: LogDirectories;
  /** As the last run left it. */
  readonly checkpoint: Checkpoint;
}

export interface RecoveredStore {
  readonly recovered: Recovered;
  readonly checkpoint: Checkpoint;
  /** The checkpoint is ours: no other implementation wrote to the store since. */
  readonly isOwn: boolean;
  /** The last run stopped in order. */
  readonly wasClean: boolean;
  /** Records before it are known to survive a power cut. */
  readonly syncedOffset: number;
}

/**
 * Files that exist decide their size; the setting is for new logs. The size is noted before the first file is
 * made: a crash may leave files that do not tell it.
 *
 * @returns the checkpoint with it
 * @throws {RocketMqError} STORE_DAMAGED
 */
export async function withLogFileBytes(
  { disk, log }: Pick<StoreOptions, 'disk' | 'log'>,
  directories: LogDirectories,
  bases: readonly number[],
  { configured, checkpointFile }: { configured: number; checkpointFile: CheckpointFile },
): Promise<Checkpoint & { readonly logFileBytes: number }> {
  const checkpoint = await checkpointFile.read();
  const { damage } = checkpointFile;
  if (damage !== undefined) {
    const message = 'the checkpoint is damaged: of it only what fits its checksums is used';
    log.error({ path: checkpointFile.path, reason: damage }, message);
  }
  const noted = checkpoint.logFileBytes;
  const logFileBytes = await foundFileBytes(disk, directories, bases, { configured, noted });
  if (logFileBytes !== configured) {
    log.warn(
      { found: logFileBytes, configured },
      'the commit log has files of another size than configured; theirs is used',
    );
  }
  const known = { ...checkpoint, logFileBytes };
  if (logFileBytes !== noted) {
    try {
      await checkpointFile.write(known);
    } catch (error) {
      // Messages can be read without.
      if (errorCode(error) !== 'ENOSPC' || bases.length === 0) throw error;
      log.warn({ err: toError(error) }, 'the disk is full: the size of log files is not noted');
    }
  }
  return known;
}

async function foundFileBytes(
  disk: Disk,
  directories: LogDirectories,
  bases: readonly number[],
  { configured, noted }: { configured: number; noted: number | undefined },
): Promise<number> {
  if (bases.length === 0) return configured;
  let largestBytes = 0;
  for (const base of bases) {
    const stat = await disk.stat(directories.pathOf(base));
    largestBytes = Math.max(largestBytes, stat?.sizeBytes ?? 0);
  }
  const found =
    (noted && rowFileBytes(bases, largestBytes, noted)) ??
    rowFileBytes(bases, largestBytes, configured);
  if (found !== undefined) return found;
  throw new RocketMqError(
    `${directories.all.join(', ')}: files that do not belong together, their names are no multiples of their length`,
    {
      code: 'STORE_DAMAGED',
      details: { directories: directories.all, bases, largestBytes, configured },
    },
  );
}

/** The log of the last run. */
function viewOf(files: SegmentFiles): LogView {
  const tail = new HotTail(0, 0);
  return {
    tail,
    files,
    writtenOffset: () => files.endOffset,
    ownFrom: Number.POSITIVE_INFINITY,
  };
}

/** What recovery works on: the log and the queues as the last run left them. */
function recoveryPartsOf({ options, settings, files, queues }: OpeningParts): RecoveryParts {
  const { log } = options;
  const reader = new QueueReader({
    log: viewOf(files),
    coldCacheBytes: 4 * 1024 * 1024,
    inMemoryBytes: settings.inMemoryBytes,
    damage: new DamageReports(log, newCounters()),
    // Nobody writes yet.
    maxColdReads: QUEUES_AT_A_TIME,
  });
  const records = new RecordReader(viewOf(files));
  return {
    files,
    log,
    queues: () => queues.all(),
    queue: (topic, queueId) => queues.get(topic, queueId),
    delayLevelsMs: settings.delayLevelsMs,
    entryAt: async (queue, offset) =>
      queues.seenEntry(queue, offset) ?? (await reader.entryAt(queue, offset)),
    isTidy: (queue) => queues.isTidy(queue),
    recordAt: (offset) => records.at(offset),
    cut: async (queue, offset) => {
      queues.forgetSeen(queue);
      await queue.cutFiles(offset);
      reader.forgetQueue(queue);
    },
  };
}

/** How long each part of the recovery takes. */
class Spans {
  readonly #clock: Clock;
  readonly #startMs: number;
  #partMs: number;
  readonly #parts: Record<string, number> = {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#partMs = this.#startMs;
  }

  /** A part is over, and the next begins. */
  end(name: string): void {
    const nowMs = this.#clock.monotonicMs();
    this.#parts[name] = Math.round(nowMs - this.#partMs);
    this.#partMs = nowMs;
  }

  fields(): Record<string, number> {
    return { elapsedMs: Math.round(this.#partMs - this.#startMs), ...this.#parts };
  }
}

/** Recovers log and queues. @returns where the log goes on, and the checkpoint it was recovered from */
export async function recoverStore(parts: OpeningParts): Promise<RecoveredStore> {
  const { options, files, queues, checkpoint } = parts;
  const { disk, directory, log } = options;
  const spans = new Spans(options.clock);
  const abortPath = join(directory, 'abort');
  const wasClean = (await disk.stat(abortPath)) === undefined;
  await queues.load();
  spans.end('queuesMs');
  const recovery = recoveryPartsOf(parts);
  await refuseMissingFiles({
    files,
    logDirectories: parts.logDirectories,
    checkpoint,
    wasClean,
    storeDirectory: directory,
    queues: queues.all(),
    entryAt: recovery.entryAt,
  });
  const wanted = await findScanStart(recovery, checkpoint, wasClean, queues.isDamaged);
  const { start, recovered } = await derive(recovery, wanted, parts, wasClean);
  const { endOffset, scannedRecords, scannedBytes } = recovered;
  spans.end('scanMs');
  let syncedOffset = endOffset;
  if (!wasClean || endOffset !== checkpoint.recoverFrom) {
    await forgetBehind(parts, endOffset);
    // The first sync covers it: nothing appended behind it is reported synced before it is.
    files.distrust(start, endOffset);
    syncedOffset = start;
  }
  spans.end('syncMs');
  await inParallel(queues.all(), QUEUES_AT_A_TIME, (queue) =>
    correctMinOffset(queue, files.minOffset, recovery.entryAt),
  );
  queues.forgetSeen();
  const abort = await disk.open(abortPath, 'create');
  await abort.close();
  // Without it the next start would take an unclean stop for a clean one.
  await disk.syncDirectory(directory);
  spans.end('restMs');
  const found = { wasClean, start, endOffset, scannedRecords, scannedBytes };
  log.info({ ...found, ...spans.fields() }, 'store recovered');
  const recoverFrom = Math.min(checkpoint.recoverFrom ?? start, start);
  const isOwn = checkpoint.recoverFrom !== undefined;
  return { recovered, checkpoint: { ...checkpoint, recoverFrom }, isOwn, wasClean, syncedOffset };
}

/** Cuts the log. Entries of records in files that are removed must not come back: they would be missed. */
async function forgetBehind({ files, queues }: OpeningParts, endOffset: number): Promise<void> {
  const areFilesRemoved = files.endOffset - files.fileBytes >= endOffset;
  if (areFilesRemoved) {
    await inParallel(queues.all(), QUEUES_AT_A_TIME, async (queue) => {
      if (queue.isUnsynced) await queue.files.sync(queue.syncedBytes, queue.files.endOffset);
    });
  }
  await files.cut(endOffset);
  // What was taken back before the crash may be on the disk yet, in the place of what comes next.
  await files.sync(endOffset, endOffset + 1);
}

/** Makes the queues those of the log, of which everything before `wanted` is known to be in them. */
async function derive(
  recovery: RecoveryParts,
  wanted: number,
  { checkpoint, checkpointFile }: OpeningParts,
  wasClean: boolean,
): Promise<{ readonly start: number; readonly recovered: Recovered }> {
  const { files, log } = recovery;
  const { recoverFrom, queuedEntries } = checkpoint;
  /** While queues are made again what was noted of them is not true: a crash is not to believe it. */
  const beginAgain = (): Promise<void> =>
    checkpointFile.write({
      ...checkpoint,
      recoverFrom: recoverFrom && files.minOffset,
      queuedEntries: undefined,
    });
  if (recoverFrom !== undefined && wanted < recoverFrom) await beginAgain();
  // After a clean stop the queues are as they were noted: none has to be asked for its last message.
  const isAsNoted =
    wasClean && wanted === recoverFrom && countEntries(recovery.queues()) === queuedEntries;
  const found = isAsNoted ? queuedEntries : await cutQueues(recovery, wanted, wasClean);
  const isComplete =
    wanted !== recoverFrom || queuedEntries === undefined || found === queuedEntries;
  if (isComplete) {
    const recovered = await scanLog(recovery, wanted);
    if (recovered !== undefined) return { start: wanted, recovered };
  }
  log.warn(
    { recoverFrom: wanted, found, expected: queuedEntries },
    'consume queues lack entries: they are made again from the whole log',
  );
  await beginAgain();
  await cutQueues(recovery, files.minOffset, wasClean);
  const recovered = required(
    await scanLog(recovery, files.minOffset),
    'the whole log lacks nothing',
  );
  return { start: files.minOffset, recovered };
}
