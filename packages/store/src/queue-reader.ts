/**
 * Reads messages of a queue: entries, then records, from memory where they are there. What is missing
 * is read in strides, and the reading goes on when they came, so that a reader of recent messages never
 * waits and one of old messages never reads them one by one.
 *
 * Source: DefaultMessageStore.java (getMessage, isTheBatchFull).
 */
import { assert, GrowingBuffer, RocketMqError } from '@orbitmq/kernel';
import { MIN_RECORD_BYTES } from '@orbitmq/protocol';
import type { DamageReports } from './damage-reports.ts';
import type { LogView } from './log-bytes.ts';
import { headDamage, isMessageOf, MAX_RECORD_BYTES, recordDamage } from './log-scan.ts';
import { BLANK_SIZE, ENTRY_BYTES, type Queue, QueueEntry } from './queue.ts';
import { QueueRead } from './queue-read.ts';
import { ReadPace, type ReadPaceOptions } from './read-pace.ts';
import type { ReadLimits, ReadResult, ReadStatus } from './read-result.ts';
import { type Stride, StrideCache, type StrideSource } from './stride-cache.ts';
import { Turns } from './turns.ts';

/**
 * Strides of the log: 64 KiB at first, up to 256 KiB for who reads in order, 2 MiB ahead of him. Larger ones keep a processor busy
 * for longer at a time, and whoever answers pulls waits for it.
 */
const LOG_STRIDES = { blockBytes: 64 * 1024, firstBlocks: 1, maxBlocks: 4, aheadStrides: 8 };
/** Of the queues: four pages at first, up to 64 KiB. Blocks are a multiple of the entries' size. */
const QUEUE_STRIDES = {
  blockBytes: 204 * ENTRY_BYTES,
  firstBlocks: 4,
  maxBlocks: 16,
  aheadStrides: 2,
};
/** Entries of some hundred queues that are read from the files at a time. */
const QUEUE_CACHE_BYTES = 8 * 1024 * 1024;
/** Less would not hold what a few readers have ahead of them. */
const MIN_LOG_CACHE_BYTES = 4 * 1024 * 1024;
const LOG = 'log';
/** Room for a record of which parts lie in two strides; a larger one's is given back. */
const JOINED_BYTES = 16 * 1024;
/**
 * A longer record, which no answer has beside another, is read by itself: the strides that it lies in would have to be in the cache at
 * the same time, which may be too small for them, or full of other readers' strides.
 */
const LONG_RECORD_BYTES = 256 * 1024;
/**
 * Strides that are read at the same time, whoever wants them: the log is written by the same four threads of
 * the system's pool, and must always find one. It bounds the memory of reads under way, too.
 */
const MAX_COLD_READS = 2;

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
  /** Where damage is told of. */
  readonly damage: DamageReports;
  /** Strides read at the same time; {@link MAX_COLD_READS} when absent. */
  readonly maxColdReads?: number;
  /** How fast old parts of the log are read; as fast as it goes when absent. */
  readonly pace?: ReadPaceOptions;
}

export class QueueReader {
  readonly #options: QueueReaderOptions;
  readonly #logCache: StrideCache;
  readonly #queueCache: StrideCache;
  readonly #logSource: StrideSource;
  readonly #reads: Turns;
  readonly #entry = new QueueEntry();
  /** Where the last entry and the last record came from. Written by this process and still in memory: trusted. */
  #isEntryHot = false;
  #isRecordHot = false;
  /** The last record is the bytes from `#start` on of it. */
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  /** Where the bytes end of the chunk that holds it, when it is in memory. */
  #endOfHot = 0;
  /** The stride that holds the whole of the last record; undefined when none does. */
  #stride: Stride | undefined;
  /** The last record when two strides hold it. */
  readonly #joined = new GrowingBuffer(JOINED_BYTES);

  constructor(options: QueueReaderOptions) {
    this.#options = options;
    const limit = options.maxColdReads ?? MAX_COLD_READS;
    const reads = new Turns({ limit, code: 'COLD_READS_BUSY' });
    this.#reads = reads;
    const maxBytes = Math.max(MIN_LOG_CACHE_BYTES, options.coldCacheBytes);
    const pace = options.pace && new ReadPace(options.pace);
    this.#logCache = new StrideCache({ ...LOG_STRIDES, reads, maxBytes, pace });
    this.#queueCache = new StrideCache({ ...QUEUE_STRIDES, reads, maxBytes: QUEUE_CACHE_BYTES });
    const { log } = options;
    this.#logSource = {
      key: LOG,
      files: log.files,
      endOffset: () => log.writtenOffset(),
      aheadEndOffset: () => Math.min(log.tail.startOffset, log.writtenOffset()),
    };
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
    const run = new QueueRead(queue, offset, limits, out);
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

  /** Forgets cached bytes of a queue that was cut or removed. */
  forgetQueue(queue: Queue): void {
    this.#queueCache.forget(queue.key);
  }

  async #finish(run: QueueRead, firstMissing: Promise<void>): Promise<ReadResult> {
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
  #advance(run: QueueRead): Promise<void> | undefined {
    const missing = this.#take(run);
    run.copyTaken();
    // Strides change while others read.
    this.#stride = undefined;
    return missing;
  }

  #take(run: QueueRead): Promise<void> | undefined {
    const { queue, limits } = run;
    const entry = this.#entry;
    const { log, inMemoryBytes } = this.#options;
    while (run.offset < queue.maxOffset && run.examined < MAX_EXAMINED_ENTRIES) {
      // Files may be removed while the run waits for others.
      if (run.offset < queue.minOffset) run.jump(queue.minOffset);
      if (run.offset >= queue.maxOffset) break;
      const missingEntry = this.#entryAt(queue, run.offset, entry);
      if (missingEntry !== undefined) return missingEntry;
      const { physicalOffset, sizeBytes, tagsCode } = entry;
      const isBlank = sizeBytes === BLANK_SIZE && physicalOffset === 0;
      if (isBlank || (physicalOffset >= 0 && physicalOffset < log.files.minOffset)) {
        run.skip();
        continue;
      }
      if (!this.isPossible(entry)) {
        this.#report(run, 'entry');
        run.skip();
        continue;
      }
      const behind = log.writtenOffset() - physicalOffset;
      if (run.isFull(sizeBytes, behind > inMemoryBytes)) break;
      if (limits.filter !== undefined && !limits.filter.matchesTagsCode(tagsCode)) {
        run.pass();
        continue;
      }
      const missing = this.#find(run, physicalOffset, sizeBytes);
      if (missing !== undefined) return missing;
      const reason = this.#damageOf(run);
      if (reason !== undefined) {
        this.#report(run, reason);
        run.skip();
        continue;
      }
      const start = this.#start;
      const end = start + sizeBytes;
      if (limits.filter?.matchesRecord?.(this.#buffer, start, end) === false) {
        run.pass();
        continue;
      }
      run.take(this.#buffer, start, end, behind > inMemoryBytes);
    }
    return undefined;
  }

  /** Whether a record may stand where an entry says. */
  isPossible({ physicalOffset, sizeBytes }: QueueEntry): boolean {
    const { log } = this.#options;
    return (
      physicalOffset >= log.files.minOffset &&
      sizeBytes >= MIN_RECORD_BYTES &&
      sizeBytes <= MAX_RECORD_BYTES &&
      physicalOffset + sizeBytes <= log.writtenOffset()
    );
  }

  /**
   * Why the record that was found is not the message that was asked for. What lay in the files
   * when the store was opened is checked once for each stride, and each time for being the queue's message; of what was
   * appended since, only that it is there.
   */
  #damageOf({ queue, offset }: QueueRead): string | undefined {
    const { physicalOffset, sizeBytes } = this.#entry;
    const buffer = this.#buffer;
    const start = this.#start;
    // No record spans two chunks: a damaged entry tells a size beyond the one's end.
    if (this.#isRecordHot && this.#endOfHot - start < sizeBytes) return 'end';
    if (this.#isRecordHot && this.#isEntryHot) return undefined;
    const isOwn = physicalOffset >= this.#options.log.ownFrom;
    const stride = this.#stride;
    const isKnown = isOwn || this.#isRecordHot || stride?.isChecked(physicalOffset) === true;
    const damageOf = isKnown ? headDamage : recordDamage;
    const reason = damageOf(buffer, start, sizeBytes, physicalOffset);
    if (reason !== undefined) return reason;
    if (!isKnown) stride?.markChecked(physicalOffset);
    const isOwnEntry = isOwn && offset >= queue.ownFrom;
    return isOwnEntry || isMessageOf(buffer, start, queue, offset) ? undefined : 'another message';
  }

  #report({ queue, offset }: QueueRead, reason: string): void {
    const { physicalOffset, sizeBytes } = this.#entry;
    this.#options.damage.report({
      queue: queue.key,
      queueOffset: offset,
      physicalOffset,
      sizeBytes,
      reason,
    });
  }

  #entryAt(queue: Queue, offset: number, entry: QueueEntry): Promise<void> | undefined {
    this.#isEntryHot = queue.readTail(offset, entry);
    if (this.#isEntryHot) return undefined;
    const position = offset * ENTRY_BYTES;
    const stride = this.#queueCache.get(queue.key, position, position + ENTRY_BYTES);
    if (stride === undefined) {
      assert(offset < queue.flushedOffset, 'an entry is in memory or in the files');
      return this.#queueCache.load(sourceOf(queue), position, position + ENTRY_BYTES);
    }
    entry.readFrom(stride.buffer, position - stride.start);
    return undefined;
  }

  /** Finds a record where memory has it. @returns what to wait for when it does not */
  #find(run: QueueRead, offset: number, length: number): Promise<void> | undefined {
    const { log } = this.#options;
    const chunk = log.tail.find(offset);
    this.#isRecordHot = chunk !== undefined;
    if (chunk === undefined) {
      return length > LONG_RECORD_BYTES
        ? this.#findLong(run, offset, length)
        : this.#findCold(run, offset, length);
    }
    this.#stride = undefined;
    this.#buffer = chunk.buffer;
    this.#start = offset - chunk.baseOffset;
    this.#endOfHot = chunk.length;
    return undefined;
  }

  #findLong(run: QueueRead, offset: number, length: number): Promise<void> | undefined {
    if (run.long?.offset !== offset || run.long.bytes.length !== length)
      return this.#readLong(run, offset, length);
    this.#stride = undefined;
    this.#buffer = run.long.bytes;
    this.#start = 0;
    return undefined;
  }

  async #readLong(run: QueueRead, offset: number, length: number): Promise<void> {
    await this.#reads.run(async () => {
      const bytes = Buffer.allocUnsafeSlow(length);
      const read = await this.#options.log.files.read(bytes, offset, length);
      // Zeros, which are no record, where the file ends: it was removed meanwhile, or is damaged.
      run.long = { offset, bytes: bytes.fill(0, read) };
    });
  }

  #findCold(run: QueueRead, offset: number, length: number): Promise<void> | undefined {
    const end = offset + length;
    const last = this.#stride;
    const isInLast = last !== undefined && offset >= last.start && end <= last.endOffset;
    // Room for what is read ahead may be that of the stride before.
    if (!isInLast) run.copyTaken();
    const stride = this.#logCache.get(LOG, offset, end);
    if (stride === undefined) return this.#logCache.load(this.#logSource, offset, end);
    if (end > stride.endOffset) return this.#join(offset, end);
    this.#stride = stride;
    this.#buffer = stride.buffer;
    this.#start = offset - stride.start;
    return undefined;
  }

  /** Puts a record together that several strides hold. */
  #join(offset: number, end: number): Promise<void> | undefined {
    const joined = this.#joined;
    joined.reset(JOINED_BYTES + 1);
    joined.reserve(end - offset);
    this.#stride = undefined;
    for (let at = offset; at < end; ) {
      const stride = this.#logCache.get(LOG, at, end);
      if (stride === undefined) return this.#logCache.load(this.#logSource, at, end);
      const to = Math.min(end, stride.endOffset);
      stride.buffer.copy(joined.buffer, joined.length, at - stride.start, to - stride.start);
      joined.length += to - at;
      at = to;
    }
    this.#buffer = joined.buffer;
    this.#start = 0;
    return undefined;
  }
}

function sourceOf(queue: Queue): StrideSource {
  return {
    key: queue.key,
    files: queue.files,
    endOffset: () => queue.flushedOffset * ENTRY_BYTES,
    aheadEndOffset: () => Math.min(queue.tailStart, queue.flushedOffset) * ENTRY_BYTES,
  };
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
