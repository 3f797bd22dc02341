/**
 * Finds the log's end after whatever happened, and puts right what is derived from it.
 *
 * Everything before `start` is trusted: it was synced, and so were its queue entries. From there on every
 * record is checked; the first that is none ends the log. Queues are cut to `start` and filled again.
 *
 * Source: CommitLog.java (recoverNormally, recoverAbnormally), with stronger checks.
 */
import { javaHashCode, type Logger } from '@orbitmq/kernel';
import { MessageSysFlag, PropertyName, propertyOf, SystemTopic } from '@orbitmq/protocol';
import type { Checkpoint } from './checkpoint.ts';
import { describeRecord, type ScannedRecord, scanRecord, storeTimestampAt } from './log-scan.ts';
import type { Queue } from './queue.ts';
import { QueueEntry } from './queue.ts';
import type { SegmentFiles } from './segment-files.ts';

const SCAN_BYTES = 8 * 1024 * 1024;
/** Queues are written to their files so often during a long scan, so that memory stays flat. */
const FLUSH_EVERY_BYTES = 64 * 1024 * 1024;

export interface RecoveryParts {
  readonly files: SegmentFiles;
  readonly log: Logger;
  readonly queues: () => Iterable<Queue>;
  readonly queue: (topic: string, queueId: number) => Queue;
  readonly delayLevelsMs: readonly number[];
  readonly entryAt: (queue: Queue, offset: number) => Promise<QueueEntry | undefined>;
  readonly onRecord?: ((record: ScannedRecord) => void) | undefined;
}

export interface Recovered {
  /** Where the log goes on. */
  readonly endOffset: number;
  /** Records that were looked at. */
  readonly scannedRecords: number;
  readonly scannedBytes: number;
  readonly lastStoreTimestampMs: number;
}

/** Where to begin looking. */
export async function findScanStart(
  parts: RecoveryParts,
  checkpoint: Checkpoint,
  wasClean: boolean,
): Promise<number> {
  const { files } = parts;
  const derivedEnd = await lastDerivedOffset(parts);
  const { recoverFrom } = checkpoint;
  const isInLog = (offset: number): boolean =>
    offset >= files.minOffset && offset <= files.endOffset;
  if (recoverFrom !== undefined && isInLog(recoverFrom) && derivedEnd >= recoverFrom) {
    return recoverFrom;
  }
  if (recoverFrom !== undefined && recoverFrom > files.minOffset) {
    parts.log.warn(
      { recoverFrom, derivedEnd },
      'consume queues end before the checkpoint: they are rebuilt from the whole log',
    );
    return files.minOffset;
  }
  // Written by another implementation. After a clean stop only what its queues lack is to be looked at.
  if (wasClean) return isInLog(derivedEnd) ? derivedEnd : files.minOffset;
  return startByTimestamp(files, checkpoint);
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

/** Takes entries of records at or behind `offset` out of all queues. */
export async function cutQueues(parts: RecoveryParts, offset: number): Promise<void> {
  for (const queue of parts.queues()) {
    const last = await parts.entryAt(queue, queue.maxOffset - 1);
    if (last === undefined || last.physicalOffset < offset) continue;
    let low = queue.minOffset;
    let high = queue.maxOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = await parts.entryAt(queue, middle);
      if (entry !== undefined && entry.physicalOffset < offset) low = middle + 1;
      else high = middle;
    }
    await queue.cutFiles(low);
  }
}

/** Checks records from `start` on and fills the queues with them. */
export async function scanLog(parts: RecoveryParts, start: number): Promise<Recovered> {
  const scan = new Scan(parts, start);
  await scan.run();
  return scan.recovered();
}

class Scan {
  readonly #parts: RecoveryParts;
  #offset: number;
  readonly #start: number;
  #records = 0;
  #lastStoreMs = 0;
  #flushedAt: number;

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
    };
  }

  async run(): Promise<void> {
    const { files } = this.#parts;
    let buffer = Buffer.allocUnsafeSlow(SCAN_BYTES);
    for (;;) {
      const fileEnd = files.baseOf(this.#offset) + files.fileBytes;
      const bytes = await files.read(
        buffer,
        this.#offset,
        Math.min(buffer.length, fileEnd - this.#offset),
      );
      if (bytes === 0) return;
      const outcome = this.#walk(buffer, bytes, this.#offset + bytes >= fileEnd);
      if (outcome === 'next-file') {
        if (!files.bases.includes(fileEnd)) return;
        this.#offset = fileEnd;
      } else if (outcome === 'end') {
        return;
      } else if (outcome === 'larger') {
        buffer = Buffer.allocUnsafeSlow(buffer.length * 2);
      }
      if (this.#offset - this.#flushedAt >= FLUSH_EVERY_BYTES) await this.#flushQueues();
    }
  }

  /** Goes through a buffer of which the last record may be cut off. */
  #walk(
    buffer: Buffer,
    bytes: number,
    isFileEnd: boolean,
  ): 'more' | 'larger' | 'next-file' | 'end' {
    let position = 0;
    for (;;) {
      const result = scanRecord(buffer, position, bytes, this.#offset);
      if (result.kind === 'blank') return 'next-file';
      if (result.kind === 'none') {
        if (result.reason !== 'end' || isFileEnd)
          return this.#stop(result.reason, bytes - position);
        if (position > 0) return 'more';
        return buffer.length < MAX_RECORD_BYTES ? 'larger' : this.#stop('size', bytes);
      }
      const record = describeRecord(buffer, position);
      this.#dispatch(record);
      position += result.sizeBytes;
      this.#offset += result.sizeBytes;
    }
  }

  #stop(reason: string, restBytes: number): 'end' {
    // Zeros behind the last record are how a healthy log ends.
    if (reason !== 'magic' && restBytes >= 8) {
      this.#parts.log.warn(
        { offset: this.#offset, reason },
        'the log ends with a record that is torn or damaged; it is cut off there',
      );
    }
    return 'end';
  }

  #dispatch(record: ScannedRecord): void {
    this.#records++;
    this.#lastStoreMs = record.storeTimestampMs;
    this.#parts.onRecord?.(record);
    const transaction = record.sysFlag & MessageSysFlag.transactionMask;
    const isQueued = transaction === 0 || transaction === MessageSysFlag.transactionCommit;
    if (!isQueued) return;
    const queue = this.#parts.queue(record.topic, record.queueId);
    if (record.queueOffset < queue.nextOffset) return;
    if (record.queueOffset > queue.nextOffset) {
      if (queue.nextOffset > queue.minOffset) {
        const { nextOffset } = queue;
        this.#parts.log.error(
          { queue: queue.key, nextOffset, queueOffset: record.queueOffset },
          'a queue lacks entries; they stay blank',
        );
      }
      queue.skipTo(record.queueOffset);
    }
    queue.append(record.physicalOffset, record.sizeBytes, this.#tagsCodeOf(record));
    queue.publish(queue.nextOffset);
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
    for (const queue of this.#parts.queues()) {
      if (queue.isDirty) await queue.flush();
    }
    this.#flushedAt = this.#offset;
    this.#parts.log.info({ offset: this.#offset }, 'recovering: the log is being read');
  }
}

/** `maxMessageSize` may be raised, but no frame that a peer can send is longer. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;
