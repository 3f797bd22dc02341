/**
 * Removes files of messages that were kept long enough, or for which the disk has no room, and says when
 * the disk is too full to take more. Log files go first, once a checkpoint covers them, then what is derived
 * from them, so that a crash in between leaves entries without records, which opening passes over, never the
 * reverse.
 *
 * A file that is being read is unlinked at once; its readers finish, then its space is free.
 *
 * Source: DefaultMessageStore.java (CleanCommitLogService, CleanConsumeQueueService).
 */
import { type Logger, toError } from '@orbitmq/kernel';
import { type Clock, type Disk, delay, type Timer, type Timers } from '@orbitmq/runtime';
import type { LogDirectories } from './log-directories.ts';
import type { MessageIndex } from './message-index.ts';
import type { Queue, QueueEntry } from './queue.ts';
import { correctMinOffset } from './queue-min-offset.ts';
import { type DiskRatios, decideRetention, type RetentionSettings } from './retention-settings.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Nothing is removed sooner after the start, as Apache has it. */
const FIRST_ROUND_MS = 60_000;
/** Rounds for which an operator's request is good. */
const ASKED_ROUNDS = 20;

export interface RetentionParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly files: SegmentFiles;
  /** Records before it are in the queues, and those on the disk: their files may go. */
  readonly checkpointedOffset: () => number;
  /** Makes that everything that is written. */
  readonly writeCheckpoint: () => Promise<void>;
  readonly logDirectories: LogDirectories;
  /** Holds queues and index. */
  readonly storeDirectory: string;
  readonly queues: () => Iterable<Queue>;
  readonly entryAt: (queue: Queue, offset: number) => Promise<QueueEntry | undefined>;
  readonly index: () => MessageIndex | undefined;
  readonly settings: () => RetentionSettings;
}

export class Retention {
  readonly #parts: RetentionParts;
  readonly #closing = new AbortController();
  #ratios: DiskRatios = { log: 0, queues: 0 };
  #isFull = false;
  #askedRounds = 0;
  #minOffset: number;
  /** A file could not be removed; not before this time again. */
  #retryAtMs = 0;
  #running: Promise<void> | undefined;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#minOffset = parts.files.minOffset;
  }

  /** The disk has so little room that no message is taken. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** As the last look found them. */
  get ratios(): DiskRatios {
    return this.#ratios;
  }

  /** Begins with looks and rounds. @returns what ends them */
  start(periodMs: number): readonly Timer[] {
    const { timers, log } = this.#parts;
    const round = (): void => {
      this.clean().catch((error: unknown) => {
        log.error({ err: toError(error) }, 'old files could not be removed');
      });
    };
    return [
      // The flag for a full disk does not wait for the first round.
      timers.every(periodMs, () => void this.look()),
      timers.every(periodMs, round, FIRST_ROUND_MS),
    ];
  }

  /** Looks how full the disk is. A disk that cannot be asked leaves what was known. */
  async look(): Promise<void> {
    try {
      this.#ratios = await this.#measure();
    } catch (error) {
      this.#parts.log.warn({ err: toError(error) }, 'the disk does not tell how full it is');
      return;
    }
    this.#judge();
  }

  /** One round; joins the one under way. Rejects when the disk refuses. */
  clean(): Promise<void> {
    this.#running ??= this.#cleanOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** An operator asks for old files to go whatever hour it is, now and in the next rounds. */
  async deleteExpired(): Promise<void> {
    this.#askedRounds = ASKED_ROUNDS;
    await this.#running;
    await this.clean();
  }

  /**
   * Removes the files of queues whose messages are all gone.
   *
   * @param isKept queues of topics that stay as they are
   * @returns how many queues
   */
  async cleanExpiredQueues(isKept: (topic: string) => boolean): Promise<number> {
    const { queues, entryAt, files, log } = this.#parts;
    let count = 0;
    await files.syncRemovals();
    for (const queue of queues()) {
      if (isKept(queue.topic) || queue.files.isEmpty || queue.isDirty) continue;
      const last = await entryAt(queue, queue.maxOffset - 1);
      const isExpired = last !== undefined && last.physicalOffset < files.minOffset;
      if (!isExpired || queue.isDirty) continue;
      await queue.dropFiles();
      log.info({ queue: queue.key }, 'files of an expired queue removed');
      count++;
    }
    return count;
  }

  /** Stops after the file under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    // Whoever started the round was told of its failure.
    await this.#running?.catch(() => undefined);
  }

  async #cleanOnce(): Promise<void> {
    await this.look();
    const { isDue, isForced } = this.#judge();
    if (this.#askedRounds > 0) this.#askedRounds--;
    if (isDue || isForced) await this.#removeLogFiles(isForced);
    const { files } = this.#parts;
    if (files.minOffset === this.#minOffset) return;
    const { minOffset } = files;
    // What is derived must not go before the files it leads to.
    await files.syncRemovals();
    await this.#removeDerived(minOffset);
    if (!this.#isClosing) this.#minOffset = minOffset;
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #judge(): ReturnType<typeof decideRetention> {
    const { clock, log, settings } = this.#parts;
    const decision = decideRetention(
      {
        hour: new Date(clock.now()).getHours(),
        ratios: this.#ratios,
        isAsked: this.#askedRounds > 0,
      },
      settings(),
    );
    if (decision.isFull !== this.#isFull) {
      const fields = { ...this.#ratios, warningRatio: settings().warningRatio };
      if (decision.isFull) log.error(fields, 'the disk is full: no message is taken');
      else log.info(fields, 'the disk has room again');
      this.#isFull = decision.isFull;
    }
    return decision;
  }

  async #measure(): Promise<DiskRatios> {
    const { disk, logDirectories, storeDirectory } = this.#parts;
    const { warningRatio } = this.#parts.settings();
    const full = new Set<string>();
    let least = 1;
    for (const path of logDirectories.writable) {
      const ratio = await usedRatio(disk, path);
      least = Math.min(least, ratio);
      if (ratio > warningRatio) full.add(path);
    }
    logDirectories.setFull(full);
    return { log: least, queues: await usedRatio(disk, storeDirectory) };
  }

  async #removeLogFiles(isForced: boolean): Promise<void> {
    const { clock, files, log, settings } = this.#parts;
    const { filesPerRound, filePauseMs, reservedMs, retryMs } = settings();
    if (clock.monotonicMs() < this.#retryAtMs) return;
    // The last file is written to.
    for (let count = 0; count < filesPerRound && files.count > 1; count++) {
      const modifiedMs = await files.firstModifiedMs();
      const isOld = modifiedMs !== undefined && clock.now() >= modifiedMs + reservedMs;
      if ((!isOld && !isForced) || this.#isClosing) return;
      if (!(await this.#isFirstCheckpointed()) || this.#isClosing) return;
      if (count > 0) await this.#pause(filePauseMs);
      const fromOffset = files.minOffset;
      try {
        if (!(await files.removeFirst())) return;
      } catch (error) {
        this.#retryAtMs = clock.monotonicMs() + retryMs;
        throw error;
      }
      log.info({ fromOffset, minOffset: files.minOffset, isOld, isForced }, 'log file removed');
    }
  }

  /** Queues whose messages are all removed would otherwise not know where they were after a crash. */
  async #isFirstCheckpointed(): Promise<boolean> {
    const { files, checkpointedOffset, writeCheckpoint } = this.#parts;
    const end = files.minOffset + files.fileBytes;
    if (checkpointedOffset() <= end) await writeCheckpoint();
    // The log may end in this file, or with it: one behind it was made by a write that failed, and goes again.
    return checkpointedOffset() > end;
  }

  async #removeDerived(minPhysicalOffset: number): Promise<void> {
    const { queues, entryAt, index, settings, log } = this.#parts;
    for (const queue of queues()) {
      if (this.#isClosing) return;
      if (queue.isForgotten) continue;
      const before = queue.minOffset;
      await correctMinOffset(queue, minPhysicalOffset, entryAt);
      if (queue.minOffset === before) continue;
      const removed = await queue.removeExpiredFiles();
      if (removed > 0) await this.#pause(settings().queuePauseMs);
    }
    const removed = (await index()?.deleteExpired(minPhysicalOffset)) ?? 0;
    if (removed > 0) log.info({ removed, minPhysicalOffset }, 'index files removed');
  }

  #pause(pauseMs: number): Promise<void> {
    return delay(this.#parts.timers, pauseMs, this.#closing.signal);
  }
}

/** As Apache's: whole percents, rounded up, of what an ordinary user may fill. */
async function usedRatio(disk: Disk, path: string): Promise<number> {
  const { usedBytes, availableBytes } = await disk.usage(path);
  const totalBytes = usedBytes + availableBytes;
  return totalBytes === 0 ? 1 : Math.ceil((usedBytes * 100) / totalBytes) / 100;
}
