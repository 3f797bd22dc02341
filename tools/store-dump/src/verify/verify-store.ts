/** Checks a whole store directory. Nothing in it is changed. */
import { join } from 'node:path';
import type { Disk } from '@orbitmq/runtime';
import { CheckpointFile } from '@orbitmq/store';
import type { FindingLog } from '../finding.ts';
import { listSegments } from '../segment-list.ts';
import { checkCheckpoint } from './checkpoint-check.ts';
import { checkConfig } from './config-check.ts';
import { expectedEntries } from './expected-entry.ts';
import { IndexCheck } from './index-check.ts';
import { checkLog } from './log-check.ts';
import { LogPlaces } from './log-place.ts';
import { QueueCheck } from './queue-check.ts';

export interface VerifyOptions {
  readonly disk: Disk;
  /** `storePathRootDir`. */
  readonly directory: string;
  /** `storePathCommitLog`, one or several; `<directory>/commitlog` when absent. */
  readonly logDirectories?: readonly string[] | undefined;
  /** `maxHashSlotNum`, when it is not a quarter of `maxIndexNum`. */
  readonly indexSlots?: number | undefined;
  readonly findings: FindingLog;
  /** Told after each 8 MiB of the log; the check goes on when it resolves. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => Promise<void>) | undefined;
}

export interface Verified {
  readonly logFiles: number;
  readonly records: number;
  readonly queues: number;
  readonly queueEntries: number;
  readonly indexEntries: number;
  /** Where the log ends. */
  readonly endOffset: number;
}

/**
 * Records: place, sizes, magic, CRC, properties. Queues and index: each entry has its record and each
 * record its entries. Checkpoint: not ahead of the log. Config: readable.
 *
 * Memory is bounded by the number of queues and the size of an index file's slots, not by the log's size.
 */
export async function verifyStore(options: VerifyOptions): Promise<Verified> {
  const { disk, directory, findings } = options;
  const wasOpen = (await disk.stat(join(directory, 'abort'))) !== undefined;
  if (wasOpen) {
    const text = 'the store is in use, or was not closed: what a start repairs counts as a note';
    findings.note('abort', 'not-closed', text);
  }
  const files = await listSegments(disk, options.logDirectories ?? [join(directory, 'commitlog')]);
  const minOffset = files[0]?.baseOffset ?? 0;
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { indexMsgTimestamp } = await new CheckpointFile(disk, directory).read();
  const shared = { disk, directory, findings, wasOpen };
  const queues = new QueueCheck({ ...shared, places: new LogPlaces(disk, files) });
  const index = new IndexCheck({ ...shared, indexMsgTimestamp, slots: options.indexSlots });
  await queues.load();
  await index.load();
  const log = await checkLog({
    disk,
    files,
    findings,
    onRecord: (record) => {
      for (const entry of expectedEntries(record)) queues.expect(entry);
      if (index.hasFiles) index.expect(record);
    },
    onBuffer: async (doneBytes) => {
      await queues.settle();
      await index.settle(minOffset);
      await options.onProgress?.(doneBytes, totalBytes);
    },
  });
  await queues.finish(log);
  await index.finish(log);
  await checkCheckpoint(options, log);
  await checkConfig(options);
  return {
    logFiles: files.length,
    records: log.records,
    queues: queues.queueCount,
    queueEntries: queues.entryCount,
    indexEntries: index.entryCount,
    endOffset: log.endOffset,
  };
}
