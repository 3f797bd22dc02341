/** What opening a store does before there is one. */
import { join } from 'node:path';
import type { Checkpoint, CheckpointFile } from './checkpoint.ts';
import { fileName } from './file-names.ts';
import { HotTail } from './hot-tail.ts';
import { BLANK_SIZE, type Queue } from './queue.ts';
import { QueueReader } from './queue-reader.ts';
import type { QueueTable } from './queue-table.ts';
import { cutQueues, findScanStart, type Recovered, scanLog } from './recovery.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { StoreOptions, StoreSettings } from './store-options.ts';

/** Smallest thing in a log file: a blank record. */
const BLANK_BYTES = 8;

/** The parts that opening a store puts together. */
export interface OpeningParts {
  readonly options: StoreOptions;
  readonly settings: StoreSettings;
  readonly files: SegmentFiles;
  readonly queues: QueueTable;
  readonly checkpointFile: CheckpointFile;
}

export interface RecoveredStore {
  readonly recovered: Recovered;
  readonly checkpoint: Checkpoint;
  /** The last run stopped in order. */
  readonly wasClean: boolean;
}

/** Files that exist decide their size; the setting is for new logs. */
export async function logFileBytes(
  options: StoreOptions,
  directory: string,
  bases: readonly number[],
  settings: StoreSettings,
): Promise<number> {
  const [first, second] = bases;
  if (first === undefined) return settings.commitLogFileBytes;
  const stat = await options.disk.stat(join(directory, fileName(first)));
  const found = second === undefined ? (stat?.sizeBytes ?? 0) : second - first;
  if (found < BLANK_BYTES || found === settings.commitLogFileBytes) {
    return settings.commitLogFileBytes;
  }
  options.log.warn(
    { found, configured: settings.commitLogFileBytes },
    'the commit log has files of another size than configured; theirs is used',
  );
  return found;
}

/** Recovers log and queues. @returns where the log goes on, and the checkpoint it was recovered from */
export async function recoverStore(parts: OpeningParts): Promise<RecoveredStore> {
  const { options, settings, files, queues, checkpointFile } = parts;
  const { disk, directory, log, clock } = options;
  const startedMs = clock.monotonicMs();
  const abortPath = join(directory, 'abort');
  const wasClean = (await disk.stat(abortPath)) === undefined;
  const checkpoint = await checkpointFile.read();
  const reader = new QueueReader({
    log: { tail: new HotTail(0, 0), files, writtenOffset: () => files.endOffset },
    coldCacheBytes: 4 * 1024 * 1024,
    inMemoryBytes: settings.inMemoryBytes,
  });
  const recovery = {
    files,
    log,
    queues: () => queues.all(),
    queue: (topic: string, queueId: number) => queues.get(topic, queueId),
    delayLevelsMs: settings.delayLevelsMs,
    entryAt: (queue: Queue, offset: number) => reader.entryAt(queue, offset),
  };
  const start = await findScanStart(recovery, checkpoint, wasClean);
  await cutQueues(recovery, start);
  const recovered = await scanLog(recovery, start);
  const { endOffset, scannedRecords, scannedBytes } = recovered;
  if (!wasClean || endOffset !== checkpoint.recoverFrom) await files.cut(endOffset);
  await correctMinOffsets(recovery);
  const elapsedMs = Math.round(clock.monotonicMs() - startedMs);
  log.info(
    { wasClean, start, endOffset, scannedRecords, scannedBytes, elapsedMs },
    'store recovered',
  );
  const abort = await disk.open(abortPath, 'create');
  await abort.close();
  const known =
    checkpoint.recoverFrom === undefined ? { ...checkpoint, recoverFrom: start } : checkpoint;
  return { recovered, checkpoint: known, wasClean };
}

/** Entries of records that were deleted with their files cannot be read any more. */
async function correctMinOffsets(recovery: {
  readonly files: SegmentFiles;
  queues(): Iterable<Queue>;
  entryAt(
    queue: Queue,
    offset: number,
  ): Promise<{ physicalOffset: number; sizeBytes: number } | undefined>;
}): Promise<void> {
  const { files } = recovery;
  for (const queue of recovery.queues()) {
    let low = queue.minOffset;
    let high = queue.maxOffset;
    const first = await recovery.entryAt(queue, low);
    const isFine =
      first !== undefined &&
      first.physicalOffset >= files.minOffset &&
      first.sizeBytes < BLANK_SIZE;
    if (isFine || low === high) continue;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = await recovery.entryAt(queue, middle);
      const isGone =
        entry === undefined ||
        entry.physicalOffset < files.minOffset ||
        entry.sizeBytes === BLANK_SIZE;
      if (isGone) low = middle + 1;
      else high = middle;
    }
    queue.minOffset = low;
  }
}
