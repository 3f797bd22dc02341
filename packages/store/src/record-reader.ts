import { readInt64 } from '@orbitmq/kernel';
import { MIN_RECORD_BYTES, RecordField, RecordMagic } from '@orbitmq/protocol';
import type { DamageReports } from './damage-reports.ts';
import type { LogView } from './log-bytes.ts';
import { MAX_RECORD_BYTES, recordDamage, storeTimestampAt } from './log-scan.ts';
import type { RecordSpan } from './record-spans.ts';
import type { Turns } from './turns.ts';

/** Enough to tell when a record was stored. */
const HEAD_BYTES = 76;
/** Most records are read at once with so much; the rest of a longer one takes a second read. */
const FIRST_READ_BYTES = 8 * 1024;

/**
 * Reads single records by their place, past the caches that consumers share: who looks for messages here
 * and there neither evicts what they read nor reads more than he needs.
 */
export class RecordReader {
  readonly #log: LogView;
  readonly #damage: DamageReports | undefined;
  readonly #reads: Turns | undefined;

  /**
   * @param damage where records are told of whose head alone is right; without it nothing but heads is looked at
   * @param reads of the files take turns; absent, whoever asks is bounded himself
   */
  constructor(log: LogView, damage?: DamageReports, reads?: Turns) {
    this.#log = log;
    this.#damage = damage;
    this.#reads = reads;
  }

  /** The record that begins at a place in the log; undefined when none does, none is written there, or it is damaged. */
  async at(physicalOffset: number): Promise<Buffer | undefined> {
    const { tail, files } = this.#log;
    const availableBytes = this.#log.writtenOffset() - physicalOffset;
    if (physicalOffset < files.minOffset || availableBytes < MIN_RECORD_BYTES) return undefined;
    if (tail.find(physicalOffset) !== undefined) {
      const record = this.inMemory(physicalOffset);
      return record && Buffer.from(record.buffer.subarray(record.start, record.end));
    }
    const record = await this.#fromFiles(physicalOffset, availableBytes);
    if (record === undefined || this.#damage === undefined) return record;
    const reason = recordDamage(record, 0, record.length, physicalOffset);
    if (reason === undefined) return record;
    this.#damage.report({ physicalOffset, sizeBytes: record.length, reason });
    return undefined;
  }

  /** The same where memory has it; to be used before anything is awaited. */
  inMemory(physicalOffset: number): RecordSpan | undefined {
    const availableBytes = this.#log.writtenOffset() - physicalOffset;
    const chunk = this.#log.tail.find(physicalOffset);
    if (chunk === undefined || physicalOffset < this.#log.files.minOffset) return undefined;
    const { buffer, baseOffset, length } = chunk;
    const start = physicalOffset - baseOffset;
    const size = recordSize(
      buffer,
      start,
      Math.min(availableBytes, length - start),
      physicalOffset,
    );
    return size === undefined ? undefined : { buffer, start, end: start + size };
  }

  /** When the record that begins at a place was stored, milliseconds since the epoch; undefined when none does. */
  async storeTimeAt(physicalOffset: number): Promise<number | undefined> {
    const { tail, files } = this.#log;
    if (physicalOffset < files.minOffset) return undefined;
    const chunk = tail.find(physicalOffset);
    if (chunk !== undefined) {
      return storeTimestampAt(chunk.buffer, physicalOffset - chunk.baseOffset);
    }
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    const bytes = await this.#read(head, physicalOffset);
    const isRecord = recordSize(head, 0, Number.MAX_SAFE_INTEGER, physicalOffset) !== undefined;
    return bytes === HEAD_BYTES && isRecord ? storeTimestampAt(head, 0) : undefined;
  }

  async #fromFiles(physicalOffset: number, availableBytes: number): Promise<Buffer | undefined> {
    const head = Buffer.allocUnsafe(Math.min(FIRST_READ_BYTES, availableBytes));
    const bytes = await this.#read(head, physicalOffset);
    const size = recordSize(
      head,
      0,
      bytes === head.length ? availableBytes : bytes,
      physicalOffset,
    );
    if (size === undefined) return undefined;
    if (size <= bytes) return head.subarray(0, size);
    const record = Buffer.allocUnsafe(size);
    return (await this.#read(record, physicalOffset)) === size ? record : undefined;
  }

  #read(target: Buffer, physicalOffset: number): Promise<number> {
    const read = (): Promise<number> => this.#log.files.read(target, physicalOffset, target.length);
    return this.#reads?.run(read) ?? read();
  }
}

/** Size of the record at `position`; undefined when none of that place stands there. */
function recordSize(
  buffer: Buffer,
  position: number,
  availableBytes: number,
  physicalOffset: number,
): number | undefined {
  if (availableBytes < MIN_RECORD_BYTES) return undefined;
  const size = buffer.readInt32BE(position);
  const magic = buffer.readInt32BE(position + RecordField.magic);
  const isRecord =
    (magic === RecordMagic.v1 || magic === RecordMagic.v2) &&
    size >= MIN_RECORD_BYTES &&
    size <= Math.min(availableBytes, MAX_RECORD_BYTES) &&
    readInt64(buffer, position + RecordField.physicalOffset) === physicalOffset;
  return isRecord ? size : undefined;
}
