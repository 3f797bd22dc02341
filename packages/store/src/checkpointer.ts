import type { Clock } from '@orbitmq/runtime';
import type { Checkpoint, CheckpointFile } from './checkpoint.ts';
import { inParallel } from './in-parallel.ts';
import type { MessageIndex } from './message-index.ts';
import { ENTRY_BYTES, type Queue } from './queue.ts';
import type { QueueTable } from './queue-table.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { StoreSettings } from './store-options.ts';

/** A checkpoint is due after so much log: what a crash makes recovery read again. */
const DUE_BYTES = 64 * 1024 * 1024;
/** How often it is looked whether a checkpoint is due. */
export const CHECKPOINT_LOOK_MS = 1_000;
/** Queues that are synced at the same time: the disk does what it is asked at once together. */
const SYNCS_AT_A_TIME = 4;
const PAGE_BYTES = 4096;
/** The index is made again from the log in the background: it is synced less often. */
const INDEX_DUE_MS = 60_000;

export interface CheckpointerParts {
  readonly files: SegmentFiles;
  readonly checkpointFile: CheckpointFile;
  readonly clock: Clock;
  readonly settings: StoreSettings;
  /** What the last run left, and how far the log is known to be synced. */
  readonly checkpoint: Checkpoint;
  readonly syncedOffset: number;
  readonly writtenOffset: () => number;
  readonly queues: QueueTable;
  /** Store time of the newest message, milliseconds since the epoch. */
  readonly lastStoreTimestampMs: () => number;
}

/**
 * Makes what is derived from the log safe behind it, and notes in the checkpoint how far that is. Calls
 * must not overlap.
 *
 * A crash in the middle of anything here leaves the former checkpoint, which stays true.
 *
 * Source: DefaultMessageStore.java (FlushConsumeQueueService), StoreCheckpoint.java.
 */
export class Checkpointer {
  readonly #parts: CheckpointerParts;
  readonly #unsyncedQueues = new Set<Queue>();
  #index: MessageIndex | undefined;
  #areQueuesFailing = false;
  #checkpoint: Checkpoint;
  #offset: number;
  #writtenMs: number;
  #indexFlushedMs: number;

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
    this.#checkpoint = parts.checkpoint;
    this.#offset = parts.syncedOffset;
    this.#writtenMs = parts.clock.monotonicMs();
    this.#indexFlushedMs = this.#writtenMs;
  }

  /** The index that is flushed along; none by default. */
  setIndex(index: MessageIndex): void {
    this.#index = index;
  }

  /** The queue has entries that are not on the disk. */
  add(queue: Queue): void {
    if (!queue.isForgotten) this.#unsyncedQueues.add(queue);
  }

  /** The queue is removed. */
  forget(queue: Queue): void {
    this.#unsyncedQueues.delete(queue);
  }

  /** Records before it, and their queues' entries, survive a power cut. */
  get safeOffset(): number {
    return this.#checkpoint.recoverFrom ?? 0;
  }

  /** Enough was written, or a checkpoint was long ago. */
  get isDue(): boolean {
    const grownBytes = this.#parts.writtenOffset() - this.#offset;
    if (grownBytes === 0) return false;
    const ageMs = this.#parts.clock.monotonicMs() - this.#writtenMs;
    return (
      grownBytes >= DUE_BYTES || ageMs >= this.#parts.settings.flushConsumeQueueThoroughIntervalMs
    );
  }

  /** Writes entries of queues that have enough of them; they survive the process then, not yet a power cut. */
  async flushQueues(): Promise<void> {
    // Files of deleted topics would be taken for those of topics of the same name; queues that are added
    // while others are written may have to wait for that.
    await this.#parts.queues.removeForgotten();
    // Once the files refused entries, all of them are tried: they must not pile up unseen.
    const least = this.#areQueuesFailing
      ? 0
      : (this.#parts.settings.flushConsumeQueueLeastPages * PAGE_BYTES) / ENTRY_BYTES;
    const queues = [...this.#unsyncedQueues];
    for (const queue of queues) {
      const isWorthIt = queue.isDirty && queue.maxOffset - queue.flushedOffset >= least;
      if (isWorthIt && !queue.isForgotten) await this.#flushQueue(queue);
    }
    this.#areQueuesFailing = false;
    this.#parts.queues.age();
  }

  /** The files took no entries at the last try: no message is to be taken until they do. */
  get areQueuesFailing(): boolean {
    return this.#areQueuesFailing;
  }

  /** Makes the log survive a power cut as far as it is written. */
  syncLog(): Promise<void> {
    return this.#parts.files.sync(this.#offset, this.#parts.writtenOffset());
  }

  /**
   * Everything before the log's written end, and the queues' entries for it, survive a power cut
   * afterwards.
   *
   * @param isLast the index is flushed too, whenever that was done before
   */
  async write(isLast: boolean): Promise<void> {
    const { clock, writtenOffset, lastStoreTimestampMs, checkpointFile } = this.#parts;
    const recoverFrom = writtenOffset();
    const queuedEntries = this.#sumOfQueueEnds();
    const storeTimestampMs = lastStoreTimestampMs();
    await this.#syncQueues();
    await this.#flushIndex(isLast);
    this.#checkpoint = {
      ...this.#checkpoint,
      physicMsgTimestamp: storeTimestampMs,
      logicsMsgTimestamp: storeTimestampMs,
      indexMsgTimestamp: this.#index?.sealedTimestampMs ?? this.#checkpoint.indexMsgTimestamp,
      recoverFrom,
      queuedEntries,
    };
    await checkpointFile.write(this.#checkpoint);
    this.#offset = recoverFrom;
    this.#writtenMs = clock.monotonicMs();
  }

  /** What is written is what can be read: the queues end where the log does. */
  #sumOfQueueEnds(): number {
    let sum = 0;
    for (const queue of this.#parts.queues.all()) {
      // A queue whose files were dropped is not there at the next start.
      if (!queue.files.isEmpty || queue.isDirty) sum += queue.maxOffset;
    }
    return sum;
  }

  async #syncQueues(): Promise<void> {
    const queues = [...this.#unsyncedQueues];
    for (const queue of queues) this.#unsyncedQueues.delete(queue);
    try {
      await this.syncLog();
      await this.#parts.queues.removeForgotten();
      await inParallel(queues, SYNCS_AT_A_TIME, async (queue) => {
        if (queue.isForgotten) return;
        if (queue.isDirty) await this.#flushQueue(queue);
        const { flushedOffset } = queue;
        await queue.files.sync(queue.syncedBytes, queue.files.endOffset);
        queue.markSynced(flushedOffset);
      });
    } catch (error) {
      for (const queue of queues) this.add(queue);
      throw error;
    }
  }

  async #flushQueue(queue: Queue): Promise<void> {
    try {
      await queue.flush();
    } catch (error) {
      this.#areQueuesFailing = true;
      throw error;
    }
  }

  async #flushIndex(isLast: boolean): Promise<void> {
    const now = this.#parts.clock.monotonicMs();
    const isDue = isLast || now - this.#indexFlushedMs >= INDEX_DUE_MS;
    if (this.#index === undefined || !isDue) return;
    const indexed = await this.#index.flush();
    this.#checkpoint = { ...this.#checkpoint, indexed };
    this.#indexFlushedMs = now;
  }
}
