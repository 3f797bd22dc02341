import { join } from 'node:path';
import { assert, type GrowingBuffer } from '@orbitmq/kernel';
import { encodeMessageId, MessageSysFlag } from '@orbitmq/protocol';
import {
  makeLastingDirectory,
  type ProcessTable,
  systemProcesses,
  type Timer,
} from '@orbitmq/runtime';
import { Appended, type AppendRecord, AppendStatus } from './append-record.ts';
import { BackgroundWork } from './background-work.ts';
import { CHECKPOINT_LOOK_MS, Checkpointer } from './checkpointer.ts';
import { DamageReports } from './damage-reports.ts';
import { HotTail } from './hot-tail.ts';
import { BLANK_BYTES, makeRoom } from './log-blank.ts';
import type { LogView } from './log-bytes.ts';
import { LogWriter } from './log-writer.ts';
import { Lookups } from './lookups.ts';
import { MessageIndex, type MessageQuery, type QueryResult } from './message-index.ts';
import type { Queue, QueueEntry } from './queue.ts';
import { QueueReader } from './queue-reader.ts';
import { QueueTable } from './queue-table.ts';
import type { ReadLimits, ReadResult } from './read-result.ts';
import { encodeRecordInto, type RecordPlace, recordBytes } from './record-encoder.ts';
import type { RecordLocation, RecordSpan } from './record-spans.ts';
import { type RecoveredStore, recoverStore } from './recover-store.ts';
import { Retention } from './retention.ts';
import type { DiskRatios } from './retention-settings.ts';
import { SegmentFiles } from './segment-files.ts';
import { newCounters, type StoreCounters } from './store-counters.ts';
import { lockStore } from './store-lock.ts';
import type { StoreOptions, StoreSettings } from './store-options.ts';
import { makeParts, type Parts } from './store-parts.ts';
import { type TakenBack, takeBack } from './taken-back.ts';

const MAX_PROPERTIES_BYTES = 32_767;
const MAX_TOPIC_BYTES = 255;
/** Appended but not written: beyond this the disk does not keep up, and senders are told to slow down. */
const MAX_UNWRITTEN_BYTES = 64 * 1024 * 1024;

type OffsetListener = (endOffset: number) => void;
type FailureListener = (fromOffset: number, error: Error, takenBack: readonly TakenBack[]) => void;
type ArrivalListener = (queue: Queue) => void;

/**
 * Commit log and consume queues of one broker.
 *
 * One writer: appends are synchronous and go to memory; one write takes along all that came in a turn
 * of the loop. A message can be read when it was written; it survives the process from then on, and a
 * power cut once it was synced. The log is the truth: queues are derived and rebuilt.
 *
 * Source: DefaultMessageStore.java, CommitLog.java.
 */
export class MessageStore implements AsyncDisposable {
  readonly #options: StoreOptions;
  readonly #settings: StoreSettings;
  readonly #files: SegmentFiles;
  readonly #queues: QueueTable;
  readonly #lock: { release(): Promise<void> };
  readonly #tail: HotTail;
  readonly #writer: LogWriter;
  readonly #reader: QueueReader;
  readonly #view: LogView;
  readonly #lookups: Lookups;
  readonly #checkpointer: Checkpointer;
  readonly #retention: Retention;
  #index: MessageIndex | undefined;
  readonly #background: BackgroundWork;
  readonly #timers: Timer[] = [];
  readonly #writtenListeners: OffsetListener[] = [];
  readonly #syncedListeners: OffsetListener[] = [];
  readonly #failedListeners: FailureListener[] = [];
  readonly #arrivalListeners: ArrivalListener[] = [];
  readonly #place: { -readonly [Key in keyof RecordPlace]: RecordPlace[Key] } = {
    queueId: 0,
    queueOffset: 0,
    physicalOffset: 0,
    storeTimestampMs: 0,
    storeHost: Buffer.alloc(0),
    topicBytes: Buffer.alloc(0),
  };
  /** Where the last append went; overwritten by the next. */
  readonly appended = new Appended();
  readonly #batchOffsets: number[] = [];
  readonly counters: StoreCounters = newCounters();
  readonly #damage: DamageReports;
  /** Queues with messages in the batch that is collected, and in the one that is written. */
  #touched: Queue[] = [];
  #writing: Queue[] = [];
  #lastStoreTimestampMs: number;
  #turnTimestampMs = 0;
  #closing: Promise<void> | undefined;
  /** When the store was opened, milliseconds since the epoch. */
  readonly bootTimestampMs: number;

  /**
   * Opens a store directory, making it when it is absent, and recovers what the last run left.
   *
   * @throws {RocketMqError} STORE_LOCKED when another process uses it; errors of the disk as they are
   */
  static async open(
    options: StoreOptions,
    processes: ProcessTable = systemProcesses,
  ): Promise<MessageStore> {
    const { disk, directory } = options;
    await makeLastingDirectory(disk, directory);
    const lock = await lockStore(disk, directory, processes);
    try {
      const parts = await makeParts(options, lock);
      const recovered = await recoverStore(parts);
      const store = new MessageStore(parts, recovered);
      if (parts.settings.isIndexed) await store.#openIndex(recovered);
      await store.#retention.look();
      return store;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** @internal Use {@link MessageStore.open}. */
  constructor(parts: Parts, { recovered, checkpoint, syncedOffset }: RecoveredStore) {
    const { options, settings } = parts;
    this.#options = options;
    this.#settings = settings;
    this.#background = new BackgroundWork(options.timers, options.log);
    this.#files = parts.files;
    this.#queues = parts.queues;
    this.#lock = parts.lock;
    this.#lastStoreTimestampMs = Math.max(
      recovered.lastStoreTimestampMs,
      checkpoint.physicMsgTimestamp,
    );
    this.bootTimestampMs = options.clock.now();
    if (recovered.isCutOff) this.counters.cutTails = 1;
    this.#place.storeHost = options.storeHost;
    this.#tail = new HotTail(recovered.endOffset, settings.hotTailBytes);
    this.#writer = new LogWriter(this.#files, this.#tail, syncedOffset, options, settings, {
      onWriteBegins: () => this.#onWriteBegins(),
      onWritten: (endOffset) => this.#onWritten(endOffset),
      onSynced: (endOffset) => emit(this.#syncedListeners, endOffset),
      onFailed: (fromOffset, error) => this.#onFailed(fromOffset, error),
      onRecovered: () => undefined,
    });
    this.#view = {
      tail: this.#tail,
      files: this.#files,
      writtenOffset: () => this.#writer.writtenOffset,
      ownFrom: recovered.endOffset,
    };
    this.#damage = new DamageReports(options.log, this.counters);
    this.#reader = new QueueReader({
      damage: this.#damage,
      log: this.#view,
      coldCacheBytes: settings.coldCacheBytes,
      inMemoryBytes: settings.inMemoryBytes,
      pace: { ...options, ...settings, appendedAtMs: () => this.appended.appendedAtMs },
    });
    this.#lookups = new Lookups(this.#reader, this.#view, this.#damage);
    this.#checkpointer = new Checkpointer({
      files: this.#files,
      checkpointFile: parts.checkpointFile,
      clock: options.clock,
      settings,
      checkpoint,
      syncedOffset,
      writtenOffset: () => this.#writer.writtenOffset,
      queues: this.#queues,
      lastStoreTimestampMs: () => this.#lastStoreTimestampMs,
    });
    this.#retention = new Retention({
      disk: options.disk,
      clock: options.clock,
      timers: options.timers,
      log: options.log,
      files: this.#files,
      checkpointedOffset: () => this.#checkpointer.safeOffset,
      writeCheckpoint: () => this.#background.run(() => this.#checkpointer.write(false)),
      logDirectories: parts.logDirectories,
      storeDirectory: options.directory,
      queues: () => this.#queues.all(),
      entryAt: (queue, offset) => this.#reader.entryAt(queue, offset),
      index: () => this.#index,
      settings: settings.retention,
    });
    // What recovery derived is to reach the files like anything else.
    for (const queue of this.#queues.all()) {
      queue.ownFrom = queue.maxOffset;
      if (queue.isUnsynced) this.#checkpointer.add(queue);
    }
    this.#startTimers();
  }

  /** First byte of the log there is. */
  get minPhysicalOffset(): number {
    return this.#files.minOffset;
  }

  /** Behind the last byte that was appended. */
  get maxPhysicalOffset(): number {
    return this.#tail.endOffset;
  }

  /** The store time of a message that is appended now, milliseconds since the epoch. */
  get nextStoreTimestampMs(): number {
    if (this.#turnTimestampMs !== 0) return this.#turnTimestampMs;
    return Math.max(this.#options.clock.now(), this.#lastStoreTimestampMs);
  }

  get writtenOffset(): number {
    return this.#writer.writtenOffset;
  }

  get syncedOffset(): number {
    return this.#writer.syncedOffset;
  }

  /** Whether messages are taken. */
  get isWritable(): boolean {
    return (
      !this.#writer.isFailed &&
      !this.#retention.isFull &&
      !this.#checkpointer.areQueuesFailing &&
      this.#closing === undefined
    );
  }

  /** How much of the disks was in use at the last look. */
  get diskRatios(): DiskRatios {
    return this.#retention.ratios;
  }

  /** A handle that stays valid; keep it rather than asking for each message. */
  queue(topic: string, queueId: number): Queue {
    return this.#queues.get(topic, queueId);
  }

  /** Offset of a queue's next message; 0 when there is no such queue. */
  queueEnd(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.maxOffset ?? 0;
  }

  /** Topics that have queues. */
  topics(): IterableIterator<string> {
    return this.#queues.topics();
  }

  queuesOf(topic: string): readonly Queue[] {
    return this.#queues.ofTopic(topic);
  }

  /** Called with the offset up to which the log is in the page cache. */
  onWritten(listener: OffsetListener): void {
    this.#writtenListeners.push(listener);
  }

  /** Called with the offset up to which the log is on the disk. */
  onSynced(listener: OffsetListener): void {
    this.#syncedListeners.push(listener);
  }

  /** Called when everything from an offset on was taken back, because the disk refused it. */
  onAppendFailed(listener: FailureListener): void {
    this.#failedListeners.push(listener);
  }

  /** Called when a queue with `hasWaiters` has new messages to read, once a write. */
  onArrival(listener: ArrivalListener): void {
    this.#arrivalListeners.push(listener);
  }

  /** Appends one message; where it went is in {@link appended}. */
  append(queue: Queue, record: AppendRecord): AppendStatus {
    const sizeBytes = this.#sizeOf(queue, record);
    const refused = this.#refusal(record, queue, sizeBytes);
    if (refused !== AppendStatus.ok) {
      this.counters.failedPuts++;
      return refused;
    }
    makeRoom(this.#tail, this.#files.fileBytes, sizeBytes);
    const { appended } = this;
    appended.physicalOffset = this.#tail.endOffset;
    appended.queueOffset = isQueued(record) ? queue.nextOffset : 0;
    this.#write(queue, record, sizeBytes);
    appended.sizeBytes = sizeBytes;
    this.#writer.schedule();
    return AppendStatus.ok;
  }

  /** Appends messages to one queue, all or none, one behind the other in one file. */
  appendAll(queue: Queue, records: readonly AppendRecord[]): AppendStatus {
    let totalBytes = 0;
    for (const record of records) {
      const sizeBytes = this.#sizeOf(queue, record);
      const refused = this.#refusal(record, queue, sizeBytes);
      if (refused !== AppendStatus.ok) {
        this.counters.failedPuts++;
        return refused;
      }
      totalBytes += sizeBytes;
    }
    if (totalBytes + BLANK_BYTES > this.#files.fileBytes) return AppendStatus.illegal;
    makeRoom(this.#tail, this.#files.fileBytes, totalBytes);
    const { appended } = this;
    this.#batchOffsets.length = 0;
    const firstOffset = this.#tail.endOffset;
    const firstQueueOffset = queue.nextOffset;
    for (const record of records) {
      this.#batchOffsets.push(this.#tail.endOffset);
      this.#write(queue, record, this.#sizeOf(queue, record));
    }
    appended.physicalOffset = firstOffset;
    appended.queueOffset = firstQueueOffset;
    appended.sizeBytes = totalBytes;
    this.#writer.schedule();
    return AppendStatus.ok;
  }

  /** Offset message ids of the last {@link appendAll}, joined by commas. */
  appendedIds(): string {
    const { storeHost } = this.#options;
    return this.#batchOffsets.map((offset) => encodeMessageId(storeHost, offset)).join(',');
  }

  /** Reads messages; a promise only when the files have to be asked. Records are appended to `out`. */
  read(
    queue: Queue,
    queueOffset: number,
    limits: ReadLimits,
    out: GrowingBuffer,
  ): ReadResult | Promise<ReadResult> {
    const result = this.#reader.read(queue, queueOffset, limits, out);
    if (!(result instanceof Promise)) {
      this.#count(result);
      return result;
    }
    return result.then((read) => {
      this.#count(read);
      return read;
    });
  }

  /** An entry of a queue; undefined when the queue does not hold it. */
  entryAt(queue: Queue, queueOffset: number): Promise<QueueEntry | undefined> {
    return this.#lookups.entryAt(queue, queueOffset);
  }

  /** The record of an entry; undefined when queue or log do not hold it. */
  recordAt(queue: Queue, queueOffset: number): Promise<Buffer | undefined> {
    return this.#lookups.recordAt(queue, queueOffset);
  }

  /** The record that begins at a place in the log; undefined when none does. */
  recordAtOffset(physicalOffset: number): Promise<Buffer | undefined> {
    return this.#lookups.recordAtOffset(physicalOffset);
  }

  /** The same where memory has it; its bytes are to be used before anything is awaited. */
  recordInMemory(physicalOffset: number): RecordSpan | undefined {
    return this.#lookups.recordInMemory(physicalOffset);
  }

  /**
   * Messages with a key; none when the store keeps no index.
   *
   * @throws {RocketMqError} QUERIES_BUSY when too many other queries wait
   */
  query(query: MessageQuery): Promise<QueryResult> {
    const nothing = { records: [], lastTimestampMs: 0, lastOffset: 0 };
    return this.#index?.query(query) ?? Promise.resolve(nothing);
  }

  /**
   * The record at a place whose size is known; undefined when it is not there (any more). Old ones are
   * read by themselves, not in strides: for readers that jump about in the log.
   */
  recordOfSize(physicalOffset: number, sizeBytes: number): Promise<Buffer | undefined> {
    return this.#lookups.recordOfSize(physicalOffset, sizeBytes);
  }

  /** The records of entries, as many as one read may hold; undefined for what is not in the log, or damaged. */
  recordsOf(entries: readonly RecordLocation[]): Promise<(RecordSpan | undefined)[]> {
    return this.#lookups.recordsOf(entries);
  }

  /** When a message was stored, milliseconds since the epoch; undefined when it is not there. */
  storeTimeAt(queue: Queue, queueOffset: number): Promise<number | undefined> {
    return this.#lookups.storeTimeAt(queue, queueOffset);
  }

  /**
   * Offset of a queue by time.
   *
   * @param boundary `lower`: the first message stored at or after `timeMs`, the queue's end when there is
   *   none; `upper`: the last one stored at or before it
   */
  offsetByTime(
    queue: Queue,
    timeMs: number,
    boundary: 'lower' | 'upper' = 'lower',
  ): Promise<number> {
    return this.#lookups.offsetByTime(queue, timeMs, boundary);
  }

  /** Whether a message lies so close to the log's end that it counts as in memory. */
  isInMemory(queue: Queue, queueOffset: number): boolean {
    const { inMemoryBytes } = this.#settings;
    const { writtenOffset } = this.#writer;
    if (writtenOffset - this.#files.minOffset <= inMemoryBytes) return true;
    return queueOffset >= queue.tailStart && queueOffset <= queue.maxOffset;
  }

  /**
   * Forgets a topic's queues at once: handles of them take no messages any more, and those asked for from
   * now on begin at 0. Its records stay in the log until their files are too old. A crash before the promise
   * resolves may leave the topic as it was.
   */
  async deleteTopic(topic: string): Promise<void> {
    const forgotten = this.#queues.forget(topic);
    for (const queue of forgotten) {
      this.#reader.forgetQueue(queue);
      this.#checkpointer.forget(queue);
    }
    await this.#background.run(async () => {
      await this.#queues.removeForgotten();
      // Recovery is to begin behind the topic's last record, or it would come back.
      await this.#writer.flush();
      await this.#checkpointer.write(false);
    });
  }

  /**
   * Removes files that were kept long enough at once, whatever hour it is; so do the next rounds. Rejects
   * when the disk refuses.
   */
  deleteExpiredFiles(): Promise<void> {
    return this.#retention.deleteExpired();
  }

  /**
   * Removes the files of queues whose messages are all gone.
   *
   * @param isKept topics whose queues stay; none by default
   * @returns how many queues
   */
  async cleanExpiredConsumeQueues(isKept = (_topic: string): boolean => false): Promise<number> {
    let count = 0;
    await this.#background.run(async () => {
      count = await this.#retention.cleanExpiredQueues(isKept);
      // The checkpoint counts entries; recovery would miss those of the queues that are gone.
      if (count > 0) await this.#checkpointer.write(false);
    });
    return count;
  }

  /** Makes everything that was appended survive a power cut, queues included. */
  async flush(): Promise<void> {
    await this.#writer.flush();
    await this.#background.run(() => this.#checkpointer.write(true));
  }

  /** Writes what is left, notes that the stop was clean, and lets go of the directory. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sizeOf(queue: Queue, record: AppendRecord): number {
    return recordBytes(record, queue.topicBytes.length, this.#place.storeHost.length);
  }

  #refusal(record: AppendRecord, queue: Queue, sizeBytes: number): AppendStatus {
    if (!this.isWritable || queue.isForgotten) return AppendStatus.unavailable;
    const isTooLong =
      record.bodyEnd - record.bodyStart > this.#settings.maxBodyBytes() ||
      record.propertiesEnd - record.propertiesStart > MAX_PROPERTIES_BYTES ||
      queue.topicBytes.length > MAX_TOPIC_BYTES ||
      sizeBytes + BLANK_BYTES > this.#files.fileBytes;
    if (isTooLong) return AppendStatus.illegal;
    const unwrittenBytes = this.#tail.endOffset - this.#writer.writtenOffset;
    return unwrittenBytes > MAX_UNWRITTEN_BYTES ? AppendStatus.busy : AppendStatus.ok;
  }

  #write(queue: Queue, record: AppendRecord, sizeBytes: number): void {
    const chunk = this.#tail.reserve(sizeBytes);
    const place = this.#place;
    if (this.#turnTimestampMs === 0) this.#startTurn();
    place.queueId = queue.queueId;
    const isInQueue = isQueued(record);
    place.queueOffset = isInQueue ? queue.nextOffset : 0;
    place.physicalOffset = this.#tail.endOffset;
    place.storeTimestampMs = this.#turnTimestampMs;
    place.topicBytes = queue.topicBytes;
    encodeRecordInto(chunk, sizeBytes, record, place);
    if (isInQueue) queue.append(place.physicalOffset, sizeBytes, record.tagsCode);
    this.#tail.advance(chunk, sizeBytes);
    if (!queue.isTouched) {
      queue.isTouched = true;
      this.#touched.push(queue);
    }
    this.appended.endOffset = this.#tail.endOffset;
    this.appended.storeTimestampMs = place.storeTimestampMs;
    this.counters.putMessages++;
    this.counters.putBytes += sizeBytes;
  }

  /** Messages of one turn of the loop carry one time. It never steps back, whatever the clock does. */
  #startTurn(): void {
    const { clock } = this.#options;
    this.#turnTimestampMs = this.nextStoreTimestampMs;
    this.appended.appendedAtMs = clock.monotonicMs();
    this.#lastStoreTimestampMs = this.#turnTimestampMs;
    this.#options.timers.afterPoll(() => {
      this.#turnTimestampMs = 0;
    });
  }

  #onWriteBegins(): void {
    assert(this.#writing.length === 0, 'one write at a time');
    this.#writing = this.#touched;
    this.#touched = [];
    for (const queue of this.#writing) {
      queue.isTouched = false;
      queue.publishTo = queue.nextOffset;
    }
  }

  #onWritten(endOffset: number): void {
    const published = this.#writing;
    this.#writing = [];
    for (const queue of published) queue.publish(queue.publishTo);
    emit(this.#writtenListeners, endOffset);
    this.#index?.onWritten();
    for (const queue of published) {
      this.#checkpointer.add(queue);
      if (!queue.hasWaiters) continue;
      for (const listener of this.#arrivalListeners) listener(queue);
    }
  }

  #onFailed(fromOffset: number, error: Error): void {
    const takenBack = takeBack(new Set([...this.#writing, ...this.#touched]), this.counters);
    this.#writing = [];
    this.#touched = [];
    // Who is refused from now on is told how full the disk is.
    void this.#retention.look();
    for (const listener of this.#failedListeners) listener(fromOffset, error, takenBack);
  }

  async #openIndex({ checkpoint, isOwn, wasClean }: RecoveredStore): Promise<void> {
    const { disk, clock, timers, directory, log } = this.#options;
    const { indexSlots, indexEntries } = this.#settings;
    this.#index = await MessageIndex.open({
      disk,
      directory: join(directory, 'index'),
      size: { slots: indexSlots, entries: indexEntries },
      clock,
      timers,
      log,
      view: this.#view,
      damage: this.#damage,
      checkpoint,
      isOwn,
      wasClean,
      syncLog: () => this.#checkpointer.syncLog(),
    });
    this.#checkpointer.setIndex(this.#index);
  }

  #startTimers(): void {
    const { timers } = this.#options;
    const settings = this.#settings;
    const checkpointer = this.#checkpointer;
    const lookMs = Math.min(CHECKPOINT_LOOK_MS, settings.flushConsumeQueueThoroughIntervalMs);
    this.#background.every(
      settings.flushConsumeQueueIntervalMs,
      'consume queues could not be written',
      () => checkpointer.flushQueues(),
    );
    this.#background.every(lookMs, 'the checkpoint could not be written', async () => {
      if (!this.#writer.isFailed && checkpointer.isDue) await checkpointer.write(false);
    });
    this.#timers.push(
      timers.every(settings.flushIntervalMs, () => this.#writer.onFlushInterval()),
      ...this.#retention.start(settings.cleanIntervalMs),
    );
  }

  #count({ messageCount }: ReadResult): void {
    if (messageCount === 0) this.counters.missedReads++;
    else this.counters.foundReads++;
    this.counters.transferredMessages += messageCount;
  }

  async #closeOnce(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#background.stop();
    await this.#retention.close();
    try {
      await this.#writer.flush();
      await this.#writer.close();
      await this.#index?.finish();
      await this.#background.run(() => this.#checkpointer.write(true));
      if (!this.#writer.isFailed) {
        const { disk, directory } = this.#options;
        await disk.remove(join(directory, 'abort'));
        await disk.syncDirectory(directory);
      }
    } finally {
      await this.#background.idle();
      await this.#index?.close();
      await this.#queues.close();
      await this.#files.close();
      await this.#lock.release();
    }
  }
}

function emit(listeners: readonly OffsetListener[], offset: number): void {
  for (const listener of listeners) listener(offset);
}

/** Records whose flags say that they are prepared or rolled back stand in the log alone, as recovery expects them. */
function isQueued({ sysFlag }: AppendRecord): boolean {
  const transaction = sysFlag & MessageSysFlag.transactionMask;
  return transaction === 0 || transaction === MessageSysFlag.transactionCommit;
}
