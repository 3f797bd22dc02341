import { join } from 'node:path';
import { CheckpointFile } from './checkpoint.ts';
import { LogDirectories } from './log-directories.ts';
import { OpenFiles } from './open-files.ts';
import { QueueTable } from './queue-table.ts';
import { type OpeningParts, withLogFileBytes } from './recover-store.ts';
import { SegmentFiles } from './segment-files.ts';
import { DEFAULT_SETTINGS, type StoreOptions } from './store-options.ts';

/** What an open store is made of. */
export interface Parts extends OpeningParts {
  readonly lock: { release(): Promise<void> };
}

/**
 * Finds the files of a store whose directory is locked, before anything of them is read.
 *
 * @throws {RocketMqError} STORE_DAMAGED for files that cannot belong together
 */
export async function makeParts(options: StoreOptions, lock: Parts['lock']): Promise<Parts> {
  const { disk, directory, log } = options;
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const logDirectories = new LogDirectories({
    writable: options.commitLogDirectories ?? [join(directory, 'commitlog')],
    readOnly: options.readOnlyCommitLogDirectories ?? [],
  });
  const bases = await logDirectories.load(disk);
  const checkpointFile = new CheckpointFile(disk, directory);
  const configured = settings.commitLogFileBytes;
  const sizes = { configured, checkpointFile };
  const checkpoint = await withLogFileBytes(options, logDirectories, bases, sizes);
  const fileBytes = checkpoint.logFileBytes;
  logDirectories.refuseHoles(bases, fileBytes);
  const directoryOf = (base: number): string => logDirectories.directoryOf(base, fileBytes);
  const { maxOpenFiles } = settings;
  const files = new SegmentFiles({
    disk,
    directory: directoryOf,
    fileBytes,
    bases,
    openFiles: new OpenFiles(maxOpenFiles),
  });
  const queues = new QueueTable({
    disk,
    directory: join(directory, 'consumequeue'),
    fileBytes: settings.consumeQueueFileBytes,
    log,
    openFiles: new OpenFiles(maxOpenFiles),
  });
  const found = { files, queues, checkpointFile, checkpoint, logDirectories };
  return { options, settings, ...found, lock };
}
