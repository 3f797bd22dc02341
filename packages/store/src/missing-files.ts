import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import type { Checkpoint } from './checkpoint.ts';
import { inParallel } from './in-parallel.ts';
import type { LogDirectories } from './log-directories.ts';
import type { Queue, QueueEntry } from './queue.ts';
import { QUEUES_AT_A_TIME } from './queue-table.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface MissingFilesParts {
  readonly files: SegmentFiles;
  readonly logDirectories: LogDirectories;
  readonly checkpoint: Checkpoint;
  readonly wasClean: boolean;
  /** Holds checkpoint and queues. */
  readonly storeDirectory: string;
  readonly queues: Iterable<Queue>;
  readonly entryAt: (queue: Queue, offset: number) => Promise<QueueEntry | undefined>;
}

/**
 * A disk that is not mounted looks like a log that ends earlier, and going on would cut off the queues and
 * give the missing messages' places to others. No crash does that: files that a checkpoint covers are on
 * the disk, and the name of a file is before anything in it has an entry in a queue.
 *
 * @throws {RocketMqError} STORE_DAMAGED when the log's newest files are missing
 */
export async function refuseMissingFiles(parts: MissingFilesParts): Promise<void> {
  const { files, logDirectories, checkpoint, wasClean, storeDirectory } = parts;
  const { endOffset } = files;
  let knownEnd = checkpoint.recoverFrom ?? 0;
  // Another implementation's queues may be ahead of its log when the power was cut.
  const areQueuesReliable = checkpoint.recoverFrom !== undefined || wasClean;
  if (areQueuesReliable) knownEnd = Math.max(knownEnd, await endOfMissing(parts));
  if (knownEnd <= endOffset) return;
  const directories = logDirectories.all;
  const derived = ['checkpoint', 'consumequeue'].map((name) => join(storeDirectory, name));
  throw new RocketMqError(
    `the files of the commit log end at ${endOffset}, and there were messages up to ${knownEnd}: ` +
      `is all of ${directories.join(', ')} mounted? To give up what is missing, remove ${derived.join(' and ')}`,
    { code: 'STORE_DAMAGED', details: { endOffset, knownEnd, directories } },
  );
}

/** Behind the last record of a queue that is in no file; 0 when all are in one. */
async function endOfMissing({ files, queues, entryAt }: MissingFilesParts): Promise<number> {
  let end = 0;
  await inParallel(queues, QUEUES_AT_A_TIME, async (queue) => {
    const entry = await entryAt(queue, queue.maxOffset - 1);
    if (entry === undefined || entry.physicalOffset < files.endOffset) return;
    const { physicalOffset, sizeBytes } = entry;
    // A power cut may leave a part of an entry.
    const isOfOneFile =
      files.baseOf(physicalOffset) === files.baseOf(physicalOffset + sizeBytes - 1);
    if (isOfOneFile) end = Math.max(end, physicalOffset + sizeBytes);
  });
  return end;
}
