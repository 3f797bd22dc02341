import type { DamageReports } from './damage-reports.ts';
import type { LogView } from './log-bytes.ts';
import { isMessageOf } from './log-scan.ts';
import { BLANK_SIZE, type Queue, QueueEntry } from './queue.ts';
import type { QueueReader } from './queue-reader.ts';
import { RecordReader } from './record-reader.ts';
import { type RecordLocation, type RecordSpan, RecordSpans } from './record-spans.ts';
import { Turns } from './turns.ts';

/**
 * Reads at the same time, whoever wants them, so that the log's writes always find a thread of the system's pool. As many wait as
 * requests may be under way.
 */
const MAX_READS = 2;
/** Messages that are damaged, or that a queue lacks, one behind the other, over which a search by time looks for the next that is there. */
const MAX_PASSED = 16;

/** Looks up single messages and times: past the cache of the log that consumers share. */
export class Lookups {
  readonly #queues: QueueReader;
  readonly #records: RecordReader;
  readonly #spans: RecordSpans;
  readonly #damage: DamageReports;
  readonly #log: LogView;

  constructor(queues: QueueReader, log: LogView, damage: DamageReports) {
    this.#queues = queues;
    const reads = new Turns({ limit: MAX_READS, code: 'LOOKUPS_BUSY' });
    this.#records = new RecordReader(log, damage, reads);
    this.#spans = new RecordSpans(log, damage, reads);
    this.#damage = damage;
    this.#log = log;
  }

  /** A blank entry in place of one that nobody wrote: who goes through the queue passes over it. */
  async entryAt(queue: Queue, queueOffset: number): Promise<QueueEntry | undefined> {
    const entry = await this.#queues.entryAt(queue, queueOffset);
    if (entry !== undefined || queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) {
      return entry;
    }
    const blank = new QueueEntry();
    this.#report(queue, queueOffset, blank, 'entry');
    blank.sizeBytes = BLANK_SIZE;
    return blank;
  }

  async recordAt(queue: Queue, queueOffset: number): Promise<Buffer | undefined> {
    const entry = await this.entryAt(queue, queueOffset);
    if (entry === undefined || entry.sizeBytes === BLANK_SIZE) return undefined;
    const record = await this.#spans.readOne(entry);
    if (record === undefined || isMessageOf(record, 0, queue, queueOffset)) return record;
    this.#report(queue, queueOffset, entry, 'another message');
    return undefined;
  }

  recordAtOffset(physicalOffset: number): Promise<Buffer | undefined> {
    return this.#records.at(physicalOffset);
  }

  recordInMemory(physicalOffset: number): RecordSpan | undefined {
    return this.#records.inMemory(physicalOffset);
  }

  recordOfSize(physicalOffset: number, sizeBytes: number): Promise<Buffer | undefined> {
    return this.#spans.readOne({ physicalOffset, sizeBytes });
  }

  recordsOf(entries: readonly RecordLocation[]): Promise<(RecordSpan | undefined)[]> {
    return this.#spans.read(entries);
  }

  async storeTimeAt(queue: Queue, queueOffset: number): Promise<number | undefined> {
    const entry = await this.entryAt(queue, queueOffset);
    if (entry === undefined || entry.sizeBytes === BLANK_SIZE) return undefined;
    return this.#records.storeTimeAt(entry.physicalOffset);
  }

  // oxlint-disable-next-line max-params -- what is told of one place
  #report(
    queue: Queue,
    queueOffset: number,
    { physicalOffset, sizeBytes }: QueueEntry,
    reason: string,
  ): void {
    this.#damage.report({ queue: queue.key, queueOffset, physicalOffset, sizeBytes, reason });
  }

  /** By halving: two small reads for each step. */
  async offsetByTime(queue: Queue, timeMs: number, boundary: 'lower' | 'upper'): Promise<number> {
    let low = queue.minOffset;
    let high = queue.maxOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const storedMs = await this.#storeTimeFrom(queue, middle, high);
      // Where nothing is known it rather gives a message too early than passes over one.
      const isBefore =
        storedMs !== undefined && (boundary === 'lower' ? storedMs < timeMs : storedMs <= timeMs);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return boundary === 'lower' ? low : Math.max(queue.minOffset, low - 1);
  }

  /** When the first message from `from` on that is there was stored; 0 for one that is removed, undefined when none is near. */
  async #storeTimeFrom(queue: Queue, from: number, end: number): Promise<number | undefined> {
    for (let offset = from; offset < Math.min(end, from + MAX_PASSED); offset++) {
      const entry = await this.entryAt(queue, offset);
      if (entry === undefined) return 0;
      if (entry.sizeBytes === BLANK_SIZE) continue;
      const { physicalOffset } = entry;
      if (physicalOffset >= 0 && physicalOffset < this.#log.files.minOffset) return 0;
      const storedMs = await this.#records.storeTimeAt(physicalOffset);
      if (storedMs !== undefined) return storedMs;
    }
    return undefined;
  }
}
