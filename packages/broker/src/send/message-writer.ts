import { assert } from '@orbitmq/kernel';
import { ResponseCode, SerializeType } from '@orbitmq/protocol';
import { Connection } from '@orbitmq/remoting';
import type { Clock } from '@orbitmq/runtime';
import {
  type Appended,
  type AppendRecord,
  AppendStatus,
  type MessageStore,
  type Queue,
} from '@orbitmq/store';
import { PutTimes } from '../stats/put-times.ts';
import { AcknowledgementQueue } from './acknowledgement-queue.ts';
import { type SendAnswerOptions, SendAnswerWriter } from './send-answer.ts';
import { type RefusalFields, refuseSend, storeUnavailable } from './send-refusal.ts';

/** Where a message of the broker's own ended. */
export interface StoredAt {
  /** SUCCESS, FLUSH_DISK_TIMEOUT, or SERVICE_NOT_AVAILABLE when it was taken back. */
  readonly code: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
}

/** Whether it is as safe as an acknowledged message. */
export function isStored({ code }: StoredAt): boolean {
  return code === ResponseCode.SUCCESS || code === ResponseCode.FLUSH_DISK_TIMEOUT;
}

/** Waits for a message that the broker itself stored. */
interface InternalSender {
  readonly resolve: (stored: StoredAt) => void;
}

type Sender = Connection | InternalSender;

export interface MessageWriterOptions {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly answers: SendAnswerOptions;
  /** `flushDiskType` is SYNC_FLUSH. */
  readonly isSyncFlush: boolean;
  /** `syncFlushTimeout`. */
  readonly syncFlushTimeoutMs: number;
  /** `sendThreadPoolQueueCapacity`: messages that may wait to be written; the sender of one more is told to slow down. */
  readonly maxPending: number;
}

/** How often messages that wait for the disk are looked at for the flush timeout. */
export const FLUSH_TIMEOUT_SWEEP_MS = 200;

const INTERNAL = -1;

/**
 * Appends messages and tells each sender when its message has reached what it waits for: the page
 * cache with ASYNC_FLUSH, the disk with SYNC_FLUSH.
 *
 * One writer, one event loop: `append` returns at once, answers follow when the store reports.
 */
export class MessageWriter {
  readonly #options: MessageWriterOptions;
  /** Waiting for the write. */
  readonly #unwritten: AcknowledgementQueue<Sender>;
  /** Waiting for the sync. */
  readonly #unsynced: AcknowledgementQueue<Sender>;
  readonly #stored: SendAnswerWriter;
  readonly #flushTimeout: SendAnswerWriter;
  readonly #success: Sink;
  readonly #timeout: Sink;
  readonly #failure: Sink;
  /** How long senders waited for their answers. */
  readonly putTimes: PutTimes;

  constructor(options: MessageWriterOptions) {
    this.#options = options;
    this.#unwritten = new AcknowledgementQueue(options.maxPending);
    this.#unsynced = new AcknowledgementQueue(options.maxPending);
    this.#stored = new SendAnswerWriter(ResponseCode.SUCCESS, undefined, options.answers);
    this.#flushTimeout = new SendAnswerWriter(
      ResponseCode.FLUSH_DISK_TIMEOUT,
      undefined,
      options.answers,
    );
    const { answers } = options;
    const { store } = options;
    this.#success = new Sink(this.#stored, ResponseCode.SUCCESS, answers, store);
    this.#timeout = new Sink(this.#flushTimeout, ResponseCode.FLUSH_DISK_TIMEOUT, answers, store);
    this.#failure = new Sink(undefined, ResponseCode.SERVICE_NOT_AVAILABLE, answers, store);
    this.putTimes = new PutTimes(options.clock.monotonicMs());
    store.onWritten((endOffset) => this.#release(this.#unwritten, endOffset));
    store.onSynced((endOffset) => this.#release(this.#unsynced, endOffset));
    options.store.onAppendFailed(() => {
      // The store took back all that was not written; what was written but not synced is not safe either.
      this.#unwritten.releaseAll(this.#failure);
      this.#unsynced.releaseAll(this.#failure);
    });
  }

  /** Messages that were appended and not acknowledged. */
  get pending(): number {
    return this.#unwritten.length + this.#unsynced.length;
  }

  /** Where the last message went; overwritten by the next. */
  get appended(): Readonly<Appended> {
    return this.#options.store.appended;
  }

  get isFull(): boolean {
    return this.#unwritten.isFull || this.#unsynced.isFull;
  }

  /** How long the message at the head waits, in milliseconds; 0 when none does. */
  get headWaitMs(): number {
    const now = this.#options.clock.monotonicMs();
    const unwritten = now - this.#unwritten.headSinceMs;
    const unsynced = now - this.#unsynced.headSinceMs;
    return Math.max(unwritten || 0, unsynced || 0);
  }

  /**
   * Appends a message that came over a connection; its answer is written when it is due.
   *
   * @param isWaiting whether the sender waits for the flush (`WAIT`)
   * @param queueId what the answer says, which may be another than where a delayed message went
   */
  // oxlint-disable-next-line max-params -- one call a message: an options object would be garbage
  append(
    queue: Queue,
    record: AppendRecord,
    connection: Connection,
    request: {
      readonly serializeType: number;
      readonly opaque: number;
      readonly isOneway: boolean;
    },
    isWaiting: boolean,
    queueId: number,
  ): AppendStatus {
    const { store } = this.#options;
    const status = store.append(queue, record);
    if (status !== AppendStatus.ok || request.isOneway) return status;
    const { queueOffset, physicalOffset, endOffset, appendedAtMs } = store.appended;
    this.#queueFor(isWaiting).push(
      connection,
      request.serializeType,
      request.opaque,
      queueId,
      queueOffset,
      physicalOffset,
      endOffset,
      appendedAtMs,
    );
    return status;
  }

  /** Notes the answer to a batch that was appended: the store's `appended` is that of its first message. */
  // oxlint-disable-next-line max-params -- the pieces of one answer
  acknowledgeBatch(
    connection: Connection,
    request: { readonly serializeType: number; readonly opaque: number },
    isWaiting: boolean,
    queueId: number,
    messageIds: string,
  ): void {
    const { queueOffset, physicalOffset, endOffset } = this.#options.store.appended;
    this.#queueFor(isWaiting).push(
      connection,
      request.serializeType,
      request.opaque,
      queueId,
      queueOffset,
      physicalOffset,
      endOffset,
      this.#options.clock.monotonicMs(),
      messageIds,
    );
  }

  /**
   * Appends a message of the broker's own.
   *
   * @returns once it is as safe as an acknowledged one, or the status when it was not appended
   */
  put(queue: Queue, record: AppendRecord): Promise<StoredAt> | AppendStatus {
    const status = this.#options.store.append(queue, record);
    return status === AppendStatus.ok ? this.settled() : status;
  }

  /**
   * Appends a message of the broker's own that is one of several: {@link settled} behind the last tells when
   * all are safe, {@link safeOffset} which of them are when that fails.
   */
  appendOwn(queue: Queue, record: AppendRecord): AppendStatus {
    return this.#options.store.append(queue, record);
  }

  /** Every record that ends at or before it is as safe as an acknowledged one. */
  get safeOffset(): number {
    const { store, isSyncFlush } = this.#options;
    return isSyncFlush ? store.syncedOffset : store.writtenOffset;
  }

  /** Resolves when the message that was appended last, and so all before it, are as safe as acknowledged ones. */
  settled(): Promise<StoredAt> {
    const { store, clock } = this.#options;
    const { queueOffset, physicalOffset, endOffset } = store.appended;
    return new Promise((resolve) => {
      this.#queueFor(true).push(
        { resolve },
        SerializeType.json,
        INTERNAL,
        0,
        queueOffset,
        physicalOffset,
        endOffset,
        clock.monotonicMs(),
      );
    });
  }

  /** Answers what waits for the disk longer than `syncFlushTimeout`. To be called every {@link FLUSH_TIMEOUT_SWEEP_MS}. */
  sweep(): void {
    const { clock, syncFlushTimeoutMs } = this.#options;
    this.#unsynced.releaseOlderThan(clock.monotonicMs() - syncFlushTimeoutMs, this.#timeout);
  }

  /** Acknowledges what is safe now. Times are those of the first message of each batch, the longest in it. */
  #release(queue: AcknowledgementQueue<Sender>, endOffset: number): void {
    const { headSinceMs, length } = queue;
    queue.releaseUpTo(endOffset, this.#success);
    const released = length - queue.length;
    if (released === 0) return;
    const now = this.#options.clock.monotonicMs();
    this.putTimes.add(released, now - headSinceMs, now);
  }

  #queueFor(isWaiting: boolean): AcknowledgementQueue<Sender> {
    return this.#options.isSyncFlush && isWaiting ? this.#unsynced : this.#unwritten;
  }
}

/** Tells one outcome to whoever waits. */
class Sink {
  readonly #writer: SendAnswerWriter | undefined;
  readonly #code: number;
  readonly #fields: RefusalFields;
  readonly #store: MessageStore;

  // oxlint-disable-next-line max-params -- made three times
  constructor(
    writer: SendAnswerWriter | undefined,
    code: number,
    fields: RefusalFields,
    store: MessageStore,
  ) {
    this.#writer = writer;
    this.#code = code;
    this.#fields = fields;
    this.#store = store;
  }

  // oxlint-disable-next-line max-params -- one call a message
  acknowledge(
    sender: Sender,
    serializeType: number,
    opaque: number,
    queueId: number,
    queueOffset: number,
    physicalOffset: number,
    messageIds: string | undefined,
  ): void {
    if (!(sender instanceof Connection)) {
      sender.resolve({ code: this.#code, queueOffset, physicalOffset });
      return;
    }
    if (sender.isClosed) return;
    if (this.#writer === undefined) {
      refuseSend(
        sender,
        { serializeType: serializeType as SerializeType, opaque },
        storeUnavailable(this.#store.diskRatios),
        this.#fields,
      );
      return;
    }
    assert(opaque !== INTERNAL || messageIds === undefined, 'batches come over connections');
    this.#writer.write(
      sender.output,
      serializeType,
      opaque,
      queueId,
      queueOffset,
      physicalOffset,
      messageIds,
    );
    sender.flushLater();
  }
}
