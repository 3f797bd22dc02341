/**
 * Finds the log's end after whatever happened, and puts right what is derived from it.
 *
 * Everything before `start` is trusted: it was synced, and so were its queue entries. From there on every
 * record is checked; the first that is none ends the log. Queues are cut to `start` and filled again; when it
 * shows that they lack something before it, they are filled from the whole log.
 *
 * Source: CommitLog.java (recoverNormally, recoverAbnormally), with stronger checks.
 */
import { javaHashCode, type Logger } from '@orbitmq/kernel';
import { MessageSysFlag, PropertyName, propertyOf, SystemTopic } from '@orbitmq/protocol';
import type { Checkpoint } from './checkpoint.ts';
import { inParallel } from './in-parallel.ts';
import type { LogBytes } from './log-bytes.ts';
import { LogReadAhead } from './log-read-ahead.ts';
import {
  describeRecord,
  MAX_RECORD_BYTES,
  type ScannedRecord,
  scanRecord,
  storeTimestampAt,
} from './log-scan.ts';
import type { Queue } from './queue.ts';
import { BLANK_SIZE, QueueEntry } from './queue.ts';
import { QUEUES_AT_A_TIME } from './queue-table.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Queues are written to their files so often during a long scan, so that memory stays flat. */
const FLUSH_EVERY_BYTES = 64 * 1024 * 1024;
/** Two pages: fewer entries of a queue are left in memory, so that a scan does not write to thousands of files again and again. */
const FLUSH_ENTRIES = 409;
/** Size and magic: where they are zero nothing was written. */
const HEAD_BYTES = 8;

export interface RecoveryParts {
  readonly files: SegmentFiles;
  readonly log: Logger;
  readonly queues: () => Iterable<Queue>;
  readonly queue: (topic: string, queueId: number) => Queue;
  readonly delayLevelsMs: readonly number[];
  readonly entryAt: (queue: Queue, offset: number) => Promise<QueueEntry | undefined>;
  /** The record that begins at a place in the log; undefined when none does. */
  readonly recordAt: (physicalOffset: number) => Promise<Buffer | undefined>;
  /** Nothing stood behind the queue's last entry when it was opened. */
  readonly isTidy: (queue: Queue) => boolean;
  /** Takes entries from `offset` on out of a queue. */
  readonly cut: (queue: Queue, offset: number) => Promise<void>;
  readonly onRecord?: ((record: ScannedRecord) => void) | undefined;
}

export interface Recovered {
  /** Where the log goes on. */
  readonly endOffset: number;
  /** Records that were looked at. */
  readonly scannedRecords: number;
  readonly scannedBytes: number;
  readonly lastStoreTimestampMs: number;
  /** Something that is no record was behind the last one, and is cut off. */
  readonly isCutOff: boolean;
}

/** Where to begin looking. @param isDamaged some queue has to be made again from the whole log */
export async function findScanStart(
  parts: RecoveryParts,
  checkpoint: Checkpoint,
  wasClean: boolean,
  isDamaged: boolean,
): Promise<number> {
  const { files } = parts;
  const { recoverFrom } = checkpoint;
  if (isDamaged) return files.minOffset;
  const isInLog = (offset: number): boolean =>
    offset >= files.minOffset && offset <= files.endOffset;
  if (recoverFrom !== undefined) {
    if (isInLog(recoverFrom)) return recoverFrom;
    parts.log.error(
      { recoverFrom, minOffset: files.minOffset, endOffset: files.endOffset },
      'the first files of the commit log are missing: all that are there are read',
    );
    return files.minOffset;
  }
  // Written by another implementation. After a clean stop only what its queues lack is to be looked at.
  if (!wasClean) return startByTimestamp(files, checkpoint);
  const derivedEnd = await lastDerivedOffset(parts);
  return isInLog(derivedEnd) ? derivedEnd : files.minOffset;
}

/** Behind the last record that any queue knows of; 0 when none does. */
async function lastDerivedOffset({ queues, entryAt }: RecoveryParts): Promise<number> {
  let end = 0;
  for (const queue of queues()) {
    const last = await entryAt(queue, queue.maxOffset - 1);
    if (last !== undefined) end = Math.max(end, last.physicalOffset + last.sizeBytes);
  }
  return end;
}

/** The newest file whose first record was stored before the checkpoint. */
async function startByTimestamp(files: SegmentFiles, checkpoint: Checkpoint): Promise<number> {
  const { physicMsgTimestamp, logicsMsgTimestamp } = checkpoint;
  const safeMs = Math.max(0, Math.min(physicMsgTimestamp, logicsMsgTimestamp) - 3000);
  const head = Buffer.alloc(128);
  for (const base of files.bases.toReversed()) {
    const read = await files.read(head, base, head.length);
    if (read < head.length) continue;
    const storedMs = storeTimestampAt(head, 0);
    if (head.readInt32BE(4) !== 0 && storedMs > 0 && storedMs <= safeMs) return base;
  }
  return files.minOffset;
}

/**
 * Takes entries of records at or behind `offset` out of all queues, and whatever a crash left that is no
 * entry at all: those of the records before are known to be whole, behind them anything may stand.
 *
 * @returns how many entries the queues have now, counted from their beginning
 */
export async function cutQueues(
  parts: RecoveryParts,
  offset: number,
  wasClean: boolean,
): Promise<number> {
  let entries = 0;
  await inParallel(parts.queues(), QUEUES_AT_A_TIME, async (queue) => {
    const end = await endBefore(parts, queue, offset);
    // After a crash something may stand even behind an end that is right.
    const isTidy = wasClean || parts.isTidy(queue);
    if (end < queue.maxOffset || !isTidy) await parts.cut(queue, end);
    entries += end;
  });
  return entries;
}

/** How many entries the queues have, counted from their beginning. */
export function countEntries(queues: Iterable<Queue>): number {
  let entries = 0;
  for (const queue of queues) entries += queue.maxOffset;
  return entries;
}

/** One more than the queue's last entry of a record before `offset`. */
async function endBefore(parts: RecoveryParts, queue: Queue, offset: number): Promise<number> {
  let low = queue.minOffset;
  let high = queue.maxOffset;
  if (high > low && (await isEntryBefore(parts, queue, high - 1, offset))) return high;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isEntryBefore(parts, queue, middle, offset)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether an entry leads to its record, and that stands before `offset`. */
async function isEntryBefore(
  parts: RecoveryParts,
  queue: Queue,
  queueOffset: number,
  offset: number,
): Promise<boolean> {
  const entry = await parts.entryAt(queue, queueOffset);
  if (entry === undefined || entry.physicalOffset >= offset) return false;
  if (entry.sizeBytes === BLANK_SIZE) return true;
  if (entry.physicalOffset < parts.files.minOffset) {
    // Its record is deleted and cannot be asked; a torn entry is not in order.
    if (queueOffset === queue.minOffset) return true;
    const before = await parts.entryAt(queue, queueOffset - 1);
    return before !== undefined && before.physicalOffset < entry.physicalOffset;
  }
  const bytes = await parts.recordAt(entry.physicalOffset);
  if (bytes === undefined || bytes.length !== entry.sizeBytes) return false;
  const record = describeRecord(bytes, 0);
  return (
    record.topic === queue.topic &&
    record.queueId === queue.queueId &&
    record.queueOffset === queueOffset
  );
}

/**
 * Checks records from `start` on and fills the queues with them.
 *
 * @returns undefined when a queue lacks entries of records before `start`
 */
export async function scanLog(parts: RecoveryParts, start: number): Promise<Recovered | undefined> {
  const scan = new Scan(parts, start);
  return (await scan.run()) ? scan.recovered() : undefined;
}

class Scan {
  readonly #parts: RecoveryParts;
  #offset: number;
  readonly #start: number;
  #records = 0;
  #lastStoreMs = 0;
  #flushedAt: number;
  /** The record at the offset did not fit into what was read. */
  #minBytes = 0;
  #isCutOff = false;

  constructor(parts: RecoveryParts, start: number) {
    this.#parts = parts;
    this.#start = start;
    this.#offset = start;
    this.#flushedAt = start;
  }

  recovered(): Recovered {
    return {
      endOffset: this.#offset,
      scannedRecords: this.#records,
      scannedBytes: this.#offset - this.#start,
      lastStoreTimestampMs: this.#lastStoreMs,
      isCutOff: this.#isCutOff,
    };
  }

  /** @returns false when a queue lacks entries of records before the start */
  async run(): Promise<boolean> {
    const reader = new LogReadAhead(this.#parts.files);
    try {
      return await this.#readAll(reader);
    } finally {
      await reader.close();
    }
  }

  async #readAll(reader: LogReadAhead): Promise<boolean> {
    const { files } = this.#parts;
    for (;;) {
      const fileEnd = files.baseOf(this.#offset) + files.fileBytes;
      const bytes = await reader.read(this.#offset, this.#minBytes);
      const length = bytes.end - bytes.start;
      if (length === 0) return true;
      const outcome = this.#walk(bytes, this.#offset + length >= fileEnd);
      if (outcome === 'next-file') this.#offset = fileEnd;
      else if (outcome === 'end') return true;
      else if (outcome === 'incomplete') return false;
      else if (outcome === 'larger') this.#minBytes = Math.max(length, this.#minBytes) * 2;
      else if (outcome !== 'more') await this.#restart(outcome);
      if (this.#offset - this.#flushedAt >= FLUSH_EVERY_BYTES) await this.#flushQueues();
    }
  }

  /** Goes through a buffer of which the last record may be cut off. */
  #walk(
    { buffer, start, end }: LogBytes,
    isFileEnd: boolean,
  ): 'more' | 'larger' | 'next-file' | 'end' | 'incomplete' | ScannedRecord {
    let position = start;
    for (;;) {
      const result = scanRecord(buffer, position, end, this.#offset);
      if (result.kind === 'blank') return 'next-file';
      if (result.kind === 'none') {
        const rest = buffer.subarray(position, end);
        if (result.reason !== 'end' || isFileEnd) return this.#stop(result.reason, rest);
        if (position > start) return 'more';
        return this.#minBytes < MAX_RECORD_BYTES ? 'larger' : this.#stop('size', rest);
      }
      const record = describeRecord(buffer, position);
      const order = this.#dispatch(record);
      if (order === 'behind') return record;
      if (order === 'ahead') return 'incomplete';
      position += result.sizeBytes;
      this.#offset += result.sizeBytes;
      this.#minBytes = 0;
    }
  }

  /** A topic was deleted and made anew: its queue began again, and what it had before is nobody's. */
  async #restart({ topic, queueId, queueOffset }: ScannedRecord): Promise<void> {
    const queue = this.#parts.queue(topic, queueId);
    const { nextOffset } = queue;
    this.#parts.log.info(
      { queue: queue.key, nextOffset, queueOffset },
      'a queue begins again: its topic was deleted and made anew',
    );
    await this.#parts.cut(queue, queueOffset);
  }

  #stop(reason: string, rest: Buffer): 'end' {
    // Zeros behind the last record are how a healthy log ends.
    const isEmpty = rest.subarray(0, HEAD_BYTES).every((byte) => byte === 0);
    this.#isCutOff = rest.length >= HEAD_BYTES && !isEmpty;
    if (this.#isCutOff) {
      this.#parts.log.warn(
        { offset: this.#offset, reason },
        'the log ends with a record that is torn or damaged; it is cut off there',
      );
    }
    return 'end';
  }

  /** @returns where the record's queue offset is, seen from the queue's end; only in its place it is taken in */
  #dispatch(record: ScannedRecord): 'in place' | 'behind' | 'ahead' {
    const transaction = record.sysFlag & MessageSysFlag.transactionMask;
    const isQueued = transaction === 0 || transaction === MessageSysFlag.transactionCommit;
    if (isQueued) {
      const queue = this.#parts.queue(record.topic, record.queueId);
      if (record.queueOffset < queue.nextOffset) return 'behind';
      if (record.queueOffset > queue.nextOffset) {
        if (this.#start > this.#parts.files.minOffset) return 'ahead';
        this.#skip(queue, record.queueOffset);
      }
      queue.append(record.physicalOffset, record.sizeBytes, this.#tagsCodeOf(record));
      queue.publish(queue.nextOffset);
    }
    this.#records++;
    this.#lastStoreMs = record.storeTimestampMs;
    this.#parts.onRecord?.(record);
    return 'in place';
  }

  /** The log's first files are deleted: the queue begins where they end. */
  #skip(queue: Queue, queueOffset: number): void {
    if (queue.nextOffset > queue.minOffset) {
      const { nextOffset } = queue;
      this.#parts.log.error(
        { queue: queue.key, nextOffset, queueOffset },
        'a queue lacks entries; they stay blank',
      );
    }
    queue.skipTo(queueOffset);
  }

  #tagsCodeOf(record: ScannedRecord): number {
    const { delayLevelsMs } = this.#parts;
    if (record.topic === SystemTopic.schedule) {
      const level = Number(propertyOf(record.propertiesText, PropertyName.delayLevel) ?? 0);
      if (level > 0 && delayLevelsMs.length > 0) {
        const delayMs = delayLevelsMs[Math.min(level, delayLevelsMs.length) - 1] as number;
        return record.storeTimestampMs + delayMs;
      }
    }
    const tags = propertyOf(record.propertiesText, PropertyName.tags);
    return tags === undefined ? 0 : javaHashCode(tags);
  }

  async #flushQueues(): Promise<void> {
    await inParallel(this.#parts.queues(), QUEUES_AT_A_TIME, async (queue) => {
      if (queue.maxOffset - queue.flushedOffset >= FLUSH_ENTRIES) await queue.flush();
    });
    this.#flushedAt = this.#offset;
    this.#parts.log.info({ offset: this.#offset }, 'recovering: the log is being read');
  }
}
