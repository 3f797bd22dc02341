import type { LogView } from './log-bytes.ts';
import type { Queue, QueueEntry } from './queue.ts';
import type { QueueReader } from './queue-reader.ts';
import { RecordReader } from './record-reader.ts';
import { type RecordSpan, RecordSpans } from './record-spans.ts';

/** Looks up single messages and times: past the cache of the log that consumers share. */
export class Lookups {
  readonly #queues: QueueReader;
  readonly #records: RecordReader;
  readonly #spans: RecordSpans;

  constructor(queues: QueueReader, log: LogView) {
    this.#queues = queues;
    this.#records = new RecordReader(log);
    this.#spans = new RecordSpans(log);
  }

  entryAt(queue: Queue, queueOffset: number): Promise<QueueEntry | undefined> {
    return this.#queues.entryAt(queue, queueOffset);
  }

  async recordAt(queue: Queue, queueOffset: number): Promise<Buffer | undefined> {
    const entry = await this.entryAt(queue, queueOffset);
    return entry && this.recordAtOffset(entry.physicalOffset);
  }

  recordAtOffset(physicalOffset: number): Promise<Buffer | undefined> {
    return this.#records.at(physicalOffset);
  }

  recordInMemory(physicalOffset: number): RecordSpan | undefined {
    return this.#records.inMemory(physicalOffset);
  }

  recordsOf(entries: readonly QueueEntry[]): Promise<(RecordSpan | undefined)[]> {
    return this.#spans.read(entries);
  }

  async storeTimeAt(queue: Queue, queueOffset: number): Promise<number | undefined> {
    const entry = await this.entryAt(queue, queueOffset);
    return entry && this.#records.storeTimeAt(entry.physicalOffset);
  }

  /** By halving: two small reads for each step. */
  async offsetByTime(queue: Queue, timeMs: number, boundary: 'lower' | 'upper'): Promise<number> {
    let low = queue.minOffset;
    let high = queue.maxOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const storedMs = (await this.storeTimeAt(queue, middle)) ?? 0;
      const isBefore = boundary === 'lower' ? storedMs < timeMs : storedMs <= timeMs;
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return boundary === 'lower' ? low : Math.max(queue.minOffset, low - 1);
  }
}
