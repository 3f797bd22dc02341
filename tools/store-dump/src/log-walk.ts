/**
 * Goes through commit-log files record by record, and on behind what is damaged: the next place where a
 * whole record stands that says it stands there is where the walk goes on.
 *
 * Memory: one buffer of 8 MiB, at most 32 MiB when a record is longer, and the events of one buffer.
 */
import type { Disk, DiskFile } from '@orbitmq/runtime';
import { type DamageReason, scanRecord } from '@orbitmq/store';
import type { SegmentFile } from './segment-list.ts';

const READ_BYTES = 8 * 1024 * 1024;
/** No frame that a peer can send makes a longer record. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;
const BLANK_BYTES = 8;
/** What records of both versions and blanks begin with, behind their size. */
const RECORD_MAGIC_START = Buffer.from([0xda, 0xa3, 0x20]);
const BLANK_MAGIC = Buffer.from([0xcb, 0xd4, 0x31, 0x94]);

export type LogDamage = DamageReason | 'blank-size';

export type LogEvent =
  /** A record at `buffer[position, position + sizeBytes)`; the bytes stay until the next events are asked for. */
  | {
      readonly kind: 'record';
      readonly buffer: Buffer;
      readonly position: number;
      readonly offset: number;
      readonly sizeBytes: number;
    }
  /** The file's rest is declared to hold nothing. */
  | { readonly kind: 'blank'; readonly offset: number; readonly sizeBytes: number }
  /** Zeros up to the file's end, without a blank. */
  | { readonly kind: 'unused'; readonly offset: number; readonly sizeBytes: number }
  | {
      readonly kind: 'damage';
      readonly offset: number;
      readonly sizeBytes: number;
      readonly reason: LogDamage;
    };

/** @param from offset in the log to begin at, within the file; it need not be where a record begins */
export async function* walkLogFile(
  disk: Disk,
  segment: SegmentFile,
  from = segment.baseOffset,
): AsyncGenerator<readonly LogEvent[], void, undefined> {
  const file = await disk.open(segment.path, 'read');
  try {
    const walk = new FileWalk(file, segment, from);
    while (!walk.isDone) yield await walk.next();
  } finally {
    await file.close();
  }
}

interface Search {
  readonly start: number;
  readonly reason: LogDamage;
  /** Whether all bytes so far were zero. */
  isZero: boolean;
}

class FileWalk {
  readonly #file: DiskFile;
  readonly #segment: SegmentFile;
  #buffer: Buffer;
  /** Bytes of `#buffer` that hold the file from `#position` on. */
  #bytes = 0;
  /** In the file. */
  #position: number;
  #at = 0;
  #search: Search | undefined;
  #events: LogEvent[] = [];

  constructor(file: DiskFile, segment: SegmentFile, from: number) {
    this.#file = file;
    this.#segment = segment;
    this.#position = from - segment.baseOffset;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, Math.max(1, segment.sizeBytes)));
  }

  get isDone(): boolean {
    return this.#position >= this.#segment.sizeBytes;
  }

  async next(): Promise<readonly LogEvent[]> {
    this.#events = [];
    this.#at = 0;
    const wanted = Math.min(this.#buffer.length, this.#segment.sizeBytes - this.#position);
    this.#bytes = await this.#file.read(this.#buffer, 0, wanted, this.#position);
    const isFileEnd =
      this.#bytes < wanted || this.#position + this.#bytes === this.#segment.sizeBytes;
    while (this.#search === undefined ? this.#takeOne(isFileEnd) : this.#seek(isFileEnd));
    if (isFileEnd) this.#finish();
    else if (this.#at === 0) this.#grow();
    else this.#position += this.#at;
    return this.#events;
  }

  get #offset(): number {
    return this.#segment.baseOffset + this.#position + this.#at;
  }

  /** @returns whether to go on in this buffer */
  #takeOne(isFileEnd: boolean): boolean {
    const rest = this.#bytes - this.#at;
    if (rest === 0) return false;
    const result = scanRecord(this.#buffer, this.#at, this.#bytes, this.#offset);
    if (result.kind === 'record') {
      this.#takeRecord(result.sizeBytes);
      return true;
    }
    if (result.kind === 'blank') return this.#takeBlank();
    if (result.reason !== 'end') return this.#startSearch(result.reason);
    if (rest >= 4 && this.#buffer.readInt32BE(this.#at) > MAX_RECORD_BYTES) {
      return this.#startSearch('size');
    }
    return isFileEnd ? this.#startSearch('end') : false;
  }

  #takeRecord(sizeBytes: number): void {
    this.#events.push({
      kind: 'record',
      buffer: this.#buffer,
      position: this.#at,
      offset: this.#offset,
      sizeBytes,
    });
    this.#at += sizeBytes;
  }

  #takeBlank(): boolean {
    const restBytes = this.#segment.sizeBytes - this.#position - this.#at;
    if (this.#buffer.readInt32BE(this.#at) !== restBytes) return this.#startSearch('blank-size');
    this.#events.push({ kind: 'blank', offset: this.#offset, sizeBytes: restBytes });
    this.#endFile();
    return false;
  }

  #endFile(): void {
    this.#bytes = 0;
    this.#at = 0;
    this.#position = this.#segment.sizeBytes;
  }

  #startSearch(reason: LogDamage): boolean {
    this.#search = { start: this.#offset, reason, isZero: true };
    return true;
  }

  /** Looks for where a record or the blank stands. @returns whether to go on in this buffer */
  #seek(isFileEnd: boolean): boolean {
    const search = this.#search as Search;
    const buffer = this.#buffer.subarray(0, this.#bytes);
    const candidates = new Candidates(buffer);
    let from = search.start === this.#offset ? this.#at + 1 : this.#at;
    for (;;) {
      const found = candidates.next(from);
      if (found === undefined) {
        // A record may begin in the last bytes of the buffer, its magic in the next.
        this.#passOver(isFileEnd ? buffer.length : Math.max(this.#at, buffer.length - 7));
        return false;
      }
      const offset = this.#segment.baseOffset + this.#position + found;
      const result = scanRecord(buffer, found, buffer.length, offset);
      const isBlank =
        result.kind === 'blank' &&
        buffer.readInt32BE(found) === this.#segment.sizeBytes - this.#position - found;
      if (result.kind === 'record' || isBlank) {
        this.#passOver(found);
        this.#endSearch(search);
        return true;
      }
      const isCutOff = result.kind === 'none' && result.reason === 'end' && !isFileEnd;
      if (isCutOff && buffer.readInt32BE(found) <= MAX_RECORD_BYTES) {
        this.#passOver(found);
        return false;
      }
      from = found + 1;
    }
  }

  #passOver(to: number): void {
    const search = this.#search as Search;
    if (search.isZero) search.isZero = isZero(this.#buffer, this.#at, to);
    this.#at = to;
  }

  #endSearch({ start, reason }: Search): void {
    const sizeBytes = this.#offset - start;
    if (sizeBytes > 0) this.#events.push({ kind: 'damage', offset: start, sizeBytes, reason });
    this.#search = undefined;
  }

  #finish(): void {
    if (this.#search !== undefined) {
      const { start, isZero: isUnused } = this.#search;
      const sizeBytes = this.#offset - start;
      if (isUnused) this.#events.push({ kind: 'unused', offset: start, sizeBytes });
      else this.#endSearch(this.#search);
    }
    this.#endFile();
  }

  /** What stands at the buffer's start is longer than the buffer. */
  #grow(): void {
    this.#buffer = Buffer.allocUnsafeSlow(
      Math.min(this.#buffer.length * 2, MAX_RECORD_BYTES + BLANK_BYTES),
    );
  }
}

/** Where things with a record's or a blank's magic begin. */
class Candidates {
  readonly #buffer: Buffer;
  #record = -1;
  #blank = -1;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** The first at or behind `from`, which must not go back; undefined when there is none. */
  next(from: number): number | undefined {
    if (this.#record < from) this.#record = this.#find(RECORD_MAGIC_START, from);
    if (this.#blank < from) this.#blank = this.#find(BLANK_MAGIC, from);
    const first = Math.min(this.#record, this.#blank);
    return first === Number.POSITIVE_INFINITY ? undefined : first;
  }

  #find(magic: Buffer, from: number): number {
    const found = this.#buffer.indexOf(magic, from + 4);
    return found < 0 ? Number.POSITIVE_INFINITY : found - 4;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

function isZero(buffer: Buffer, from: number, to: number): boolean {
  for (let start = from; start < to; start += ZEROS.length) {
    const length = Math.min(ZEROS.length, to - start);
    if (buffer.compare(ZEROS, 0, length, start, start + length) !== 0) return false;
  }
  return true;
}
