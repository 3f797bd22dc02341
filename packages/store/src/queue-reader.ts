/**
 * Reads messages of a queue: entries, then records, from memory where they are there. What is missing
 * is read in strides, and the reading goes on when they came, so that a reader of recent messages never
 * waits and one of old messages never reads them one by one.
 *
 * Source: DefaultMessageStore.java (getMessage, isTheBatchFull).
 */
import { assert, type GrowingBuffer, RocketMqError } from '@orbitmq/kernel';
import { MIN_RECORD_BYTES, RecordField, RecordMagic } from '@orbitmq/protocol';
import type { LogView } from './log-bytes.ts';
import { BLANK_SIZE, ENTRY_BYTES, type Queue, QueueEntry } from './queue.ts';
import type { ReadLimits, ReadResult, ReadStatus } from './read-result.ts';
import { StrideCache } from './stride-cache.ts';
import { Turns } from './turns.ts';

const LOG_STRIDE_BYTES = 1024 * 1024;
/** A multiple of the entries' size. */
const QUEUE_STRIDE_BYTES = 3276 * ENTRY_BYTES;
const MAX_QUEUE_STRIDES = 128;
const LOG = 'log';
/**
 * Strides that are read at the same time, whoever wants them: the log is written by the same four threads of
 * the system's pool, and must always find one. It bounds the memory of reads under way, too.
 */
const MAX_COLD_READS = 2;

/** `maxTransferCountOnMessageInMemory` and its like; a pull never returns more, whatever it asks for. */
const MAX_MESSAGES_IN_MEMORY = 32;
const MAX_BYTES_IN_MEMORY = 256 * 1024;
const MAX_MESSAGES_ON_DISK = 8;
const MAX_BYTES_ON_DISK = 64 * 1024;
/** Entries that one read looks at (`maxFilterMessageSize` / 20), so that a filter that matches nothing costs others nothing. */
const MAX_EXAMINED_ENTRIES = 800;

/**
 * Strides that are loaded for one record, which may be evicted again by other readers. Beyond it the
 * files do not hold what they should.
 */
const MAX_LOADS = 64;

export interface QueueReaderOptions {
  readonly log: LogView;
  readonly coldCacheBytes: number;
  /** Bytes behind the end that count as in memory. */
  readonly inMemoryBytes: number;
  /** Strides read at the same time; {@link MAX_COLD_READS} when absent. */
  readonly maxColdReads?: number;
}

export class QueueReader {
  readonly #options: QueueReaderOptions;
  readonly #logCache: StrideCache;
  readonly #queueCache: StrideCache;
  readonly #entry = new QueueEntry();

  constructor(options: QueueReaderOptions) {
    this.#options = options;
    const reads = new Turns({
      limit: options.maxColdReads ?? MAX_COLD_READS,
      code: 'COLD_READS_BUSY',
    });
    this.#logCache = new StrideCache({
      reads,
      strideBytes: LOG_STRIDE_BYTES,
      maxStrides: Math.max(4, Math.floor(options.coldCacheBytes / LOG_STRIDE_BYTES)),
    });
    this.#queueCache = new StrideCache({
      reads,
      strideBytes: QUEUE_STRIDE_BYTES,
      maxStrides: MAX_QUEUE_STRIDES,
    });
  }

  /** Appends records to `out`; a promise only when something has to be read from the files. */
  read(
    queue: Queue,
    offset: number,
    limits: ReadLimits,
    out: GrowingBuffer,
  ): ReadResult | Promise<ReadResult> {
    const refused = refusal(queue, offset);
    if (refused !== undefined) return refused;
    const run = new Run(queue, offset, limits, out);
    const missing = this.#advance(run);
    return missing === undefined ? run.result() : this.#finish(run, missing);
  }

  /** One entry; undefined when the queue does not hold it. */
  async entryAt(queue: Queue, offset: number): Promise<QueueEntry | undefined> {
    if (offset < 0 || offset >= queue.maxOffset) return undefined;
    const entry = new QueueEntry();
    for (let attempt = 0; attempt < MAX_LOADS; attempt++) {
      if (offset < queue.tailStart && isRemoved(queue, offset)) return undefined;
      const missing = this.#entryAt(queue, offset, entry);
      if (missing === undefined) return entry.sizeBytes > 0 ? entry : undefined;
      await missing;
    }
    throw unreadable(queue.key, offset);
  }

  /** Bytes `[offset, offset + length)` of the log, copied to `out`; false when they are not there (any more). */
  async readLog(offset: number, length: number, out: GrowingBuffer): Promise<boolean> {
    const { log } = this.#options;
    if (offset < log.files.minOffset || offset + length > log.writtenOffset()) return false;
    for (let attempt = 0; attempt < MAX_LOADS; attempt++) {
      const missing = this.#copyLog(offset, length, out);
      if (missing === undefined) return true;
      await missing;
      if (offset < log.files.minOffset) return false;
    }
    throw unreadable(LOG, offset);
  }

  /** The record at a place whose size is known, past the strides; undefined when none is there. */
  async readRecord(offset: number, sizeBytes: number): Promise<Buffer | undefined> {
    const { log } = this.#options;
    const isInside = offset >= log.files.minOffset && offset + sizeBytes <= log.writtenOffset();
    if (!isInside || sizeBytes < MIN_RECORD_BYTES) return undefined;
    const record = Buffer.allocUnsafe(sizeBytes);
    const chunk = log.tail.find(offset);
    if (chunk === undefined) {
      const bytes = await log.files.read(record, offset, sizeBytes);
      if (bytes < sizeBytes) return undefined;
    } else {
      const start = offset - chunk.baseOffset;
      chunk.buffer.copy(record, 0, start, start + sizeBytes);
    }
    const magic = record.readInt32BE(RecordField.magic);
    const isRecord = magic === RecordMagic.v1 || magic === RecordMagic.v2;
    return isRecord && record.readInt32BE(RecordField.totalSize) === sizeBytes ? record : undefined;
  }

  /** Forgets cached bytes of a queue that was cut or removed. */
  forgetQueue(queue: Queue): void {
    this.#queueCache.forget(queue.key);
  }

  async #finish(run: Run, firstMissing: Promise<void>): Promise<ReadResult> {
    let attempts = 0;
    let { offset } = run;
    for (let missing: Promise<void> | undefined = firstMissing; missing !== undefined; ) {
      await missing;
      missing = this.#advance(run);
      attempts = run.offset === offset ? attempts + 1 : 0;
      offset = run.offset;
      if (attempts > MAX_LOADS) throw unreadable(run.queue.key, offset);
    }
    return run.result();
  }

  /** Goes on as far as memory reaches. @returns what to wait for; undefined when the run is over */
  #advance(run: Run): Promise<void> | undefined {
    const { queue, limits, out } = run;
    const entry = this.#entry;
    const { log, inMemoryBytes } = this.#options;
    while (run.offset < queue.maxOffset && run.examined < MAX_EXAMINED_ENTRIES) {
      // Files may be removed while the run waits for others.
      if (run.offset < queue.minOffset) run.jump(queue.minOffset);
      if (run.offset >= queue.maxOffset) break;
      const missingEntry = this.#entryAt(queue, run.offset, entry);
      if (missingEntry !== undefined) return missingEntry;
      const { physicalOffset, sizeBytes, tagsCode } = entry;
      if (physicalOffset < log.files.minOffset || sizeBytes === BLANK_SIZE) {
        run.skip();
        continue;
      }
      const behind = log.writtenOffset() - physicalOffset;
      if (run.isFull(sizeBytes, behind > inMemoryBytes)) break;
      if (limits.filter !== undefined && !limits.filter.matchesTagsCode(tagsCode)) {
        run.pass();
        continue;
      }
      const start = out.length;
      const missing = this.#copyLog(physicalOffset, sizeBytes, out);
      if (missing !== undefined) return missing;
      if (limits.filter?.matchesRecord?.(out.buffer, start, out.length) === false) {
        out.length = start;
        run.pass();
        continue;
      }
      run.take(behind > inMemoryBytes);
    }
    return undefined;
  }

  #entryAt(queue: Queue, offset: number, entry: QueueEntry): Promise<void> | undefined {
    if (queue.readTail(offset, entry)) return undefined;
    const position = offset * ENTRY_BYTES;
    const index = Math.floor(position / QUEUE_STRIDE_BYTES);
    const inStride = position - index * QUEUE_STRIDE_BYTES;
    const stride = this.#queueCache.get(queue.key, index, inStride + ENTRY_BYTES);
    if (stride === undefined) {
      const end = queue.flushedOffset * ENTRY_BYTES;
      assert(position < end, 'an entry is in memory or in the files');
      return this.#queueCache.load(queue.key, index, queue.files, end);
    }
    entry.readFrom(stride.buffer, inStride);
    return undefined;
  }

  #copyLog(offset: number, length: number, out: GrowingBuffer): Promise<void> | undefined {
    const { log } = this.#options;
    const chunk = log.tail.find(offset);
    if (chunk !== undefined) {
      out.reserve(length);
      const start = offset - chunk.baseOffset;
      chunk.buffer.copy(out.buffer, out.length, start, start + length);
      out.length += length;
      return undefined;
    }
    return this.#copyCold(offset, length, out);
  }

  #copyCold(offset: number, length: number, out: GrowingBuffer): Promise<void> | undefined {
    const { log } = this.#options;
    const startLength = out.length;
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / LOG_STRIDE_BYTES);
      const base = index * LOG_STRIDE_BYTES;
      const to = Math.min(end, base + LOG_STRIDE_BYTES);
      const stride = this.#logCache.get(LOG, index, to - base);
      if (stride === undefined) {
        out.length = startLength;
        return this.#logCache.load(LOG, index, log.files, log.writtenOffset());
      }
      out.reserve(to - at);
      stride.buffer.copy(out.buffer, out.length, at - base, to - base);
      out.length += to - at;
      at = to;
    }
    return undefined;
  }
}

/** One read on its way. */
class Run {
  readonly queue: Queue;
  readonly limits: ReadLimits;
  readonly out: GrowingBuffer;
  readonly #startLength: number;
  offset: number;
  examined = 0;
  #taken = 0;
  #removed = 0;
  #isFarBehind = false;

  constructor(queue: Queue, offset: number, limits: ReadLimits, out: GrowingBuffer) {
    this.queue = queue;
    this.offset = offset;
    this.limits = limits;
    this.out = out;
    this.#startLength = out.length;
  }

  /** Whether one more record of that size is too much; never before the first. */
  isFull(sizeBytes: number, isOnDisk: boolean): boolean {
    if (this.#taken === 0) return false;
    const { maxMessages, maxBytes } = this.limits;
    const bytes = this.out.length - this.#startLength + sizeBytes;
    const countLimit = isOnDisk ? MAX_MESSAGES_ON_DISK : MAX_MESSAGES_IN_MEMORY;
    const byteLimit = isOnDisk ? MAX_BYTES_ON_DISK : MAX_BYTES_IN_MEMORY;
    return (
      this.#taken >= Math.min(maxMessages, countLimit) || bytes > Math.min(maxBytes, byteLimit)
    );
  }

  /** The record is not in the log any more. */
  skip(): void {
    this.#removed++;
    this.pass();
  }

  /** The messages before `offset` are not in the log any more. */
  jump(offset: number): void {
    this.#removed++;
    this.offset = offset;
  }

  /** The message does not match. */
  pass(): void {
    this.offset++;
    this.examined++;
  }

  take(isFarBehind: boolean): void {
    this.#taken++;
    this.#isFarBehind = isFarBehind;
    this.pass();
  }

  result(): ReadResult {
    const { minOffset, maxOffset } = this.queue;
    let status: ReadStatus = 'FOUND';
    if (this.#taken === 0) {
      status = this.#removed > 0 ? 'MESSAGE_WAS_REMOVING' : 'NO_MATCHED_MESSAGE';
    }
    return {
      status,
      nextBeginOffset: this.offset,
      minOffset,
      maxOffset,
      messageCount: this.#taken,
      isFarBehind: this.#isFarBehind,
    };
  }
}

function isRemoved(queue: Queue, offset: number): boolean {
  return queue.files.isEmpty || offset * ENTRY_BYTES < queue.files.minOffset;
}

/** The files are shorter than what was written to them: something else changed them. */
function unreadable(owner: string, offset: number): RocketMqError {
  return new RocketMqError(`bytes that were written to ${owner} cannot be read`, {
    code: 'STORE_UNREADABLE',
    details: { owner, offset },
  });
}

/** The answer to an offset at which nothing can be read; undefined when something can. */
function refusal(queue: Queue, offset: number): ReadResult | undefined {
  const { minOffset, maxOffset } = queue;
  if (maxOffset === 0) return nothing('NO_MESSAGE_IN_QUEUE', 0, queue);
  if (offset < minOffset) return nothing('OFFSET_TOO_SMALL', minOffset, queue);
  if (offset === maxOffset) return nothing('OFFSET_OVERFLOW_ONE', offset, queue);
  if (offset > maxOffset) return nothing('OFFSET_OVERFLOW_BADLY', maxOffset, queue);
  return undefined;
}

function nothing(status: ReadStatus, nextBeginOffset: number, queue: Queue): ReadResult {
  const { minOffset, maxOffset } = queue;
  return { status, nextBeginOffset, minOffset, maxOffset, messageCount: 0, isFarBehind: false };
}
