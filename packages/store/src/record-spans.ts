/**
 * Reads the records of entries that follow each other: what lies close together in the log is read with one
 * call, past the caches that consumers share.
 *
 * For whoever goes through a queue of the broker's own, or looks for single messages. Records from files are checked as recovery checks
 * them; those in memory are what was appended.
 */
import { MIN_RECORD_BYTES } from '@orbitmq/protocol';
import type { DamageReports } from './damage-reports.ts';
import type { LogView } from './log-bytes.ts';
import { headDamage, MAX_RECORD_BYTES, recordDamage } from './log-scan.ts';
import { BLANK_SIZE, type QueueEntry } from './queue.ts';
import type { Turns } from './turns.ts';

/** Where a record is, as an entry of a queue says. */
export type RecordLocation = Pick<QueueEntry, 'physicalOffset' | 'sizeBytes'>;

/** A record among others: `buffer[start, end)`. The bytes are the reader's own and do not change. */
export interface RecordSpan {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/** One call reads so much, unless a single record is longer. */
const MAX_SPAN_BYTES = 256 * 1024;
/** Bytes between two records that are read for nothing, which costs less than another call. */
const MAX_GAP_BYTES = 8 * 1024;
/** All that one {@link RecordSpans.read} holds in memory, unless its first record is longer. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

export class RecordSpans {
  readonly #log: LogView;
  readonly #damage: DamageReports;
  readonly #reads: Turns;

  /** @param reads of the files take turns */
  constructor(log: LogView, damage: DamageReports, reads: Turns) {
    this.#log = log;
    this.#damage = damage;
    this.#reads = reads;
  }

  /** The record of one entry, by itself; undefined when it is not in the log (any more), or damaged there. */
  async readOne(entry: RecordLocation): Promise<Buffer | undefined> {
    const [record] = await this.read([entry]);
    return record?.buffer.subarray(record.start, record.end);
  }

  /**
   * The records of the first entries, as many as fit the memory of one read; at least one.
   *
   * @returns undefined in the place of a record that is not in the log (any more), or damaged there
   */
  async read(entries: readonly RecordLocation[]): Promise<(RecordSpan | undefined)[]> {
    const records: (RecordSpan | undefined)[] = [];
    let bytes = 0;
    while (records.length < entries.length) {
      const first = records.length;
      const count = this.#spanAt(entries, first);
      if (count === 0) {
        this.#report(entries[first] as RecordLocation, 'entry');
        records.push(undefined);
        continue;
      }
      const start = (entries[first] as RecordLocation).physicalOffset;
      const length = endOf(entries[first + count - 1] as RecordLocation) - start;
      bytes += length;
      if (first > 0 && bytes > MAX_READ_BYTES) break;
      const buffer = Buffer.allocUnsafe(length);
      const isFromFiles = !this.#copyHot(buffer, start);
      const read = isFromFiles ? await this.#readFiles(buffer, start) : length;
      for (const entry of entries.slice(first, first + count)) {
        const position = entry.physicalOffset - start;
        const end = position + entry.sizeBytes;
        const isRecord = end <= read && this.#isIntact(buffer, position, entry, isFromFiles);
        if (!isRecord) this.#report(entry, 'no record');
        records.push(isRecord ? { buffer, start: position, end } : undefined);
      }
    }
    return records;
  }

  #readFiles(target: Buffer, offset: number): Promise<number> {
    return this.#reads.run(() => this.#log.files.read(target, offset, target.length));
  }

  /** What is in memory, or was appended since the store was opened, is looked at for being there only. */
  // oxlint-disable-next-line max-params -- one call a record
  #isIntact(
    buffer: Buffer,
    start: number,
    { physicalOffset, sizeBytes }: RecordLocation,
    isFromFiles: boolean,
  ): boolean {
    const isTrusted = !isFromFiles || physicalOffset >= this.#log.ownFrom;
    const damageOf = isTrusted ? headDamage : recordDamage;
    return damageOf(buffer, start, sizeBytes, physicalOffset) === undefined;
  }

  /** What was removed, or never filled, is no damage. */
  #report({ physicalOffset, sizeBytes }: RecordLocation, reason: string): void {
    const isGone = physicalOffset >= 0 && physicalOffset < this.#log.files.minOffset;
    if (isGone || sizeBytes === BLANK_SIZE) return;
    this.#damage.report({ physicalOffset, sizeBytes, reason });
  }

  /** Entries from `first` on whose records are read together; 0 when the first one's is not in the log. */
  #spanAt(entries: readonly RecordLocation[], first: number): number {
    const { files, tail } = this.#log;
    const { physicalOffset: start, sizeBytes } = entries[first] as RecordLocation;
    const writtenOffset = this.#log.writtenOffset();
    let end = start + sizeBytes;
    const isPossible = sizeBytes >= MIN_RECORD_BYTES && sizeBytes <= MAX_RECORD_BYTES;
    if (!isPossible || start < files.minOffset || end > writtenOffset) return 0;
    const chunk = tail.find(start);
    const pieceEnd =
      chunk?.endOffset ?? Math.min(tail.startOffset, files.baseOf(start) + files.fileBytes);
    const limit = Math.min(start + MAX_SPAN_BYTES, pieceEnd, writtenOffset);
    let count = 1;
    for (; first + count < entries.length; count++) {
      const entry = entries[first + count] as RecordLocation;
      const gapBytes = entry.physicalOffset - end;
      const isNext =
        gapBytes >= 0 &&
        gapBytes <= MAX_GAP_BYTES &&
        entry.sizeBytes >= MIN_RECORD_BYTES &&
        endOf(entry) <= limit;
      if (!isNext) break;
      end = endOf(entry);
    }
    return count;
  }

  /** @returns false when the bytes are not in memory */
  #copyHot(target: Buffer, offset: number): boolean {
    const chunk = this.#log.tail.find(offset);
    if (chunk === undefined) return false;
    const start = offset - chunk.baseOffset;
    chunk.buffer.copy(target, 0, start, start + target.length);
    return true;
  }
}

function endOf({ physicalOffset, sizeBytes }: RecordLocation): number {
  return physicalOffset + sizeBytes;
}
