/**
 * Moves the database's write-ahead log into its file, in a thread: that takes several syncs, each of some milliseconds, and of a hundred
 * while the commit log is written, during which the event loop would stand still and no message be taken.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type Logger, toError } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { APPLICATION_ID, BUSY_TIMEOUT_MS } from './database.ts';

/** SQLite's own bound, 1000 pages of 4 KiB. */
const DUE_BYTES = 4 * 1024 * 1024;

/**
 * The first commit after a log was moved wholly begins it anew, with a sync of its header: it is made here, too, and cuts the file to
 * what is in use, which tells when the next checkpoint is due. The application id stays what it is.
 */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { sqlite, path, timeout, applicationId } = workerData;
  const database = new (require(sqlite))(path, { timeout, fileMustExist: true });
  try {
    database.pragma('synchronous = FULL');
    database.pragma('journal_size_limit = 0');
    const [{ busy, log, checkpointed }] = database.pragma('wal_checkpoint(PASSIVE)');
    if (busy === 0 && log === checkpointed) database.pragma('application_id = ' + applicationId);
  } finally {
    database.close();
  }
  parentPort.postMessage('done');
`;

export interface WalCheckpointsOptions {
  /** Of the database. */
  readonly path: string;
  readonly disk: Pick<Disk, 'stat'>;
  readonly log: Logger;
  /** The log's size that is worth a checkpoint; {@link DUE_BYTES} when absent. */
  readonly dueBytes?: number;
}

export class WalCheckpoints {
  readonly #options: WalCheckpointsOptions;

  constructor(options: WalCheckpointsOptions) {
    this.#options = options;
  }

  /**
   * Moves the log when it has grown enough. Other connections may go on to write; calls must not overlap. Never fails: what was not
   * moved stays where it is, and is moved by a later call.
   */
  async runIfDue(): Promise<void> {
    const { path, disk, log, dueBytes = DUE_BYTES } = this.#options;
    try {
      const sizeBytes = (await disk.stat(`${path}-wal`))?.sizeBytes ?? 0;
      if (sizeBytes >= dueBytes) await runThread(path);
    } catch (error) {
      log.warn({ path, err: toError(error) }, 'the write-ahead log stays as it is, tried again');
    }
  }
}

function runThread(path: string): Promise<void> {
  const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
  const workerData = { sqlite, path, timeout: BUSY_TIMEOUT_MS, applicationId: APPLICATION_ID };
  return new Promise((resolve, reject) => {
    const worker = new Worker(THREAD, { eval: true, workerData, execArgv: [] });
    worker.once('message', () => resolve());
    worker.once('error', reject);
    // After either of them nothing comes of it.
    worker.once('exit', () => reject(new Error('the thread ended')));
  });
}
