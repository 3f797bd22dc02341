/**
 * Fills the key index from the written log, behind the senders: a little at a time, so that no send
 * waits for it, and from the tail in memory unless it fell behind.
 *
 * The index is derived. After a crash it goes on behind the last message that the newest file's header
 * counts; what was not counted is found in the log again.
 *
 * Source: IndexService.java (buildIndex, retryGetAndCreateIndexFile).
 */
import { type Logger, toError } from '@orbitmq/kernel';
import type { Timers } from '@orbitmq/runtime';
import type { IndexFile } from './index-file.ts';
import { IndexWriter } from './index-writer.ts';
import { type LogBytes, LogBytesReader, type LogView } from './log-bytes.ts';
import { MAX_RECORD_BYTES } from './log-scan.ts';
import { RecordKeys } from './record-keys.ts';

/** A write of the log is looked at so long after it, together with those that followed. */
const BUILD_DELAY_MS = 20;
/** Log that is looked at between two turns of the event loop: about a quarter of a millisecond. */
const SLICE_BYTES = 256 * 1024;
/** Entries are written in pieces of about this size. */
const WRITE_BYTES = 64 * 1024;
/** After the disk refused the index, it is tried again. */
const RETRY_MS = 5_000;

export interface IndexBuilderParts {
  readonly log: LogView;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The newest file, when it is to be continued. */
  readonly newest: IndexFile | undefined;
  /** The newest file was not closed: its slots are made again. */
  readonly isRebuilding: boolean;
  /** Messages before this offset are in the index. */
  readonly position: number;
  /** Keys of the message at {@link position} that are in the index already. */
  readonly keysDone: number;
  /** Behind the message at {@link position} no other before this offset has a key. */
  readonly keylessUpTo: number;
  /** Makes the next file. */
  readonly createFile: () => Promise<IndexFile>;
  /** Makes the log survive a power cut as far as it was written: an index never counts what is not. */
  readonly syncLog: () => Promise<void>;
  /** A full file is on the disk. */
  readonly onSealed: (file: IndexFile) => void;
}

/** What of the index survives a power cut. */
export interface IndexMark {
  /** Messages before it are in the index. */
  readonly position: number;
  /** Place of the last message that is in it, -1 when none is. */
  readonly endOffset: number;
}

export class IndexBuilder {
  readonly #parts: IndexBuilderParts;
  readonly #reader: LogBytesReader;
  readonly #keys = new RecordKeys();
  #writer: IndexWriter | undefined;
  #position: number;
  /** Keys of the record at {@link #position} that were put. */
  #keysDone: number;
  /** The record at the position did not fit into what was read. */
  #minBytes = 0;
  /** Where no record was found last; looked at twice, since a file whose removal fails is gone for a moment. */
  #stuckAt = -1;
  #isScheduled = false;
  #isClosed = false;
  #running: Promise<void> | undefined;
  /** Work on the newest file: one after the other. */
  #exclusive: Promise<unknown> = Promise.resolve();

  constructor(parts: IndexBuilderParts) {
    this.#parts = parts;
    this.#reader = new LogBytesReader(parts.log);
    this.#position = parts.position;
    this.#keysDone = parts.keysDone;
  }

  /** Messages before this offset can be found. */
  get position(): number {
    return this.#position;
  }

  /** The file that is written to, for readers: it may hold entries that are not in the file yet. */
  get writer(): IndexWriter | undefined {
    return this.#writer;
  }

  /** The log was written. */
  schedule(): void {
    if (this.#isScheduled || this.#running !== undefined || this.#isClosed) return;
    this.#isScheduled = true;
    this.#scheduleAfter(BUILD_DELAY_MS);
  }

  /** Indexes what is written by now. Rejects when the disk refuses. */
  async catchUp(): Promise<void> {
    const target = this.#parts.log.writtenOffset();
    while (this.#position < target && !this.#isClosed) await this.#run();
  }

  /** Makes what is indexed survive a power cut. */
  async flush(): Promise<{ readonly position: number; readonly endOffset: number | undefined }> {
    const mark = await this.#alone(async () => {
      await this.#open();
      await this.#writer?.writePending();
      const header = this.#writer === undefined ? undefined : { ...this.#writer.file.header };
      return { position: this.#position, writer: this.#writer, header };
    });
    await this.#parts.syncLog();
    const { writer, header, position } = mark;
    await this.#alone(async () => {
      // A file that was filled meanwhile is on the disk already.
      if (writer !== undefined && header !== undefined && writer === this.#writer) {
        await writer.flush(header);
      }
    });
    return { position, endOffset: header?.endOffset };
  }

  /** Stops after the slice under way; call {@link flush} first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running?.catch(() => undefined);
    await this.#exclusive;
  }

  #scheduleAfter(delayMs: number): void {
    this.#parts.timers.after(delayMs, () => {
      this.#isScheduled = false;
      if (this.#isClosed) return;
      this.#run().then(
        () => {
          if (this.#position < this.#parts.log.writtenOffset()) this.schedule();
        },
        (thrown: unknown) => {
          this.#parts.logger.error({ err: toError(thrown) }, 'the key index could not be written');
          if (this.#isScheduled || this.#isClosed) return;
          this.#isScheduled = true;
          this.#scheduleAfter(RETRY_MS);
        },
      );
    });
  }

  #run(): Promise<void> {
    this.#running ??= this.#runOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runOnce(): Promise<void> {
    const target = this.#parts.log.writtenOffset();
    const isCold = this.#parts.log.tail.find(this.#position) === undefined;
    while (this.#position < target && !this.#isClosed) {
      await this.#alone(() => this.#slice());
      await this.#pause();
    }
    await this.#alone(async () => this.#writer?.writePending());
    if (isCold) this.#reader.release();
  }

  async #slice(): Promise<void> {
    await this.#open();
    const { files } = this.#parts.log;
    if (this.#position < files.minOffset) {
      // Not over a file that comes back since its removal fails: nobody would look into it again.
      const minOffset = await files.lastingMinOffset();
      if (this.#position < minOffset) this.#moveTo(minOffset);
    }
    const bytes = this.#reader.inMemory(this.#position);
    const outcome =
      bytes === undefined
        ? this.#walk(await this.#reader.load(this.#position, this.#minBytes))
        : this.#walk(bytes);
    if (outcome === 'full') await this.#roll();
    else if (outcome === 'next-file') this.#moveTo(this.#nextFile());
    else if (outcome === 'stuck' && this.#stuckAt === this.#position) this.#skipDamage();
    else if (outcome === 'stuck') this.#stuckAt = this.#position;
    const writer = this.#writer;
    if (writer !== undefined && writer.pendingBytes >= WRITE_BYTES) await writer.writePending();
  }

  /** Puts the keys of a slice's records. */
  #walk(bytes: LogBytes): 'more' | 'full' | 'next-file' | 'stuck' {
    const { buffer, end } = bytes;
    const keys = this.#keys;
    let position = bytes.start;
    const stop = Math.min(end, position + SLICE_BYTES);
    while (position < stop) {
      const result = keys.read(buffer, position, end, this.#position);
      if (result === 'blank') return 'next-file';
      if (result === 'none') return this.#onPartial(bytes, position);
      if (!this.#put()) return 'full';
      const next = this.#position + keys.sizeBytes;
      this.#moveTo(next);
      if (this.#position > next) return 'more';
      position += keys.sizeBytes;
    }
    if (end === bytes.start) return 'stuck';
    return 'more';
  }

  /** What was read ends within a record, or there is none. */
  #onPartial({ buffer, start, end }: LogBytes, position: number): 'more' | 'next-file' | 'stuck' {
    const { files } = this.#parts.log;
    const isFileEnd = this.#position + (end - position) >= this.#fileEnd();
    if (isFileEnd && end - position < 8) return 'next-file';
    const size = end - position >= 4 ? buffer.readInt32BE(position) : 8;
    const longest = Math.min(files.fileBytes, MAX_RECORD_BYTES);
    const isCutOff = size > end - position && size <= longest && !isFileEnd;
    if (!isCutOff) return 'stuck';
    if (position === start) {
      if (this.#minBytes >= size) return 'stuck';
      this.#minBytes = size;
    }
    return 'more';
  }

  /** @returns false when the file is full, or there is none */
  #put(): boolean {
    const { hashes, count, storeTimestampMs } = this.#keys;
    for (; this.#keysDone < count; this.#keysDone++) {
      const hash = hashes[this.#keysDone] as number;
      if (this.#writer?.put(hash, this.#position, storeTimestampMs) !== true) return false;
    }
    return true;
  }

  #moveTo(offset: number): void {
    this.#position = Math.max(offset, this.#parts.keylessUpTo);
    this.#keysDone = 0;
    this.#minBytes = 0;
  }

  #fileEnd(): number {
    const { files } = this.#parts.log;
    return files.baseOf(this.#position) + files.fileBytes;
  }

  #nextFile(): number {
    return Math.min(this.#fileEnd(), Math.max(this.#position, this.#parts.log.writtenOffset()));
  }

  #skipDamage(): void {
    const next = this.#nextFile();
    this.#parts.logger.error(
      { offset: this.#position, next },
      'no record where the log should have one; its file is not indexed from there on',
    );
    this.#moveTo(next);
  }

  /** Takes up the newest file, once. */
  async #open(): Promise<void> {
    const { newest, isRebuilding } = this.#parts;
    if (this.#writer !== undefined || newest === undefined || newest.isFull) return;
    const writer = new IndexWriter(newest);
    const pause = (): Promise<void> => this.#pause();
    await (isRebuilding ? writer.rebuild(pause) : writer.load(pause));
    this.#writer = writer;
  }

  /** Finishes a full file and makes the next. */
  async #roll(): Promise<void> {
    const full = this.#writer;
    if (full !== undefined) {
      await full.writePending();
      await this.#parts.syncLog();
      await full.flush(full.file.header);
      this.#parts.onSealed(full.file);
    }
    this.#writer = new IndexWriter(await this.#parts.createFile());
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#parts.timers.afterPoll(resolve));
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#exclusive.then(work);
    this.#exclusive = done.catch(() => undefined);
    return done;
  }
}
