/**
 * The one writer of the commit log: takes what was appended to the tail to the files, everything that
 * came during one turn of the loop, or during the write before it, with one write and one sync.
 */
import { toError } from '@orbitmq/kernel';
import type { HotTail } from './hot-tail.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { StoreOptions, StoreSettings } from './store-options.ts';

const PAGE_BYTES = 4096;
/** After a failed write the disk is tried so often until it takes bytes again. */
const PROBE_PERIOD_MS = 1_000;
const PROBE_BYTES = 4096;

export interface LogWriterEvents {
  /** A write begins; it will cover everything up to `endOffset`. */
  onWriteBegins(endOffset: number): void;
  /** Everything before `endOffset` is in the page cache. */
  onWritten(endOffset: number): void;
  /** Everything before `endOffset` is on the disk. */
  onSynced(endOffset: number): void;
  /** A write or sync failed: nothing from `writtenOffset` on is in the log. */
  onFailed(writtenOffset: number, error: Error): void;
  /** The disk takes bytes again. */
  onRecovered(): void;
}

export class LogWriter {
  readonly #files: SegmentFiles;
  readonly #tail: HotTail;
  readonly #options: StoreOptions;
  readonly #settings: StoreSettings;
  readonly #events: LogWriterEvents;
  #writtenOffset: number;
  #syncedOffset: number;
  #isWriteScheduled = false;
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #lastSyncMs: number;
  #isFailed = false;
  /** Of the last write or sync that failed, and how many did. */
  #failure: Error | undefined;
  #failures = 0;
  #takingBack: Promise<void> | undefined;
  #isClosed = false;

  /** @param syncedOffset what is written from there on is synced with the first sync */
  // oxlint-disable-next-line max-params -- the parts of one store, wired once
  constructor(
    files: SegmentFiles,
    tail: HotTail,
    syncedOffset: number,
    options: StoreOptions,
    settings: StoreSettings,
    events: LogWriterEvents,
  ) {
    this.#files = files;
    this.#tail = tail;
    this.#options = options;
    this.#settings = settings;
    this.#events = events;
    this.#writtenOffset = tail.endOffset;
    this.#syncedOffset = syncedOffset;
    this.#lastSyncMs = options.clock.monotonicMs();
  }

  get writtenOffset(): number {
    return this.#writtenOffset;
  }

  get syncedOffset(): number {
    return this.#syncedOffset;
  }

  get isFailed(): boolean {
    return this.#isFailed;
  }

  /** Something was appended. */
  schedule(): void {
    if (this.#isWriteScheduled || this.#writing !== undefined) return;
    this.#isWriteScheduled = true;
    this.#options.timers.afterPoll(() => {
      this.#isWriteScheduled = false;
      this.#startWrite();
    });
  }

  /** The interval of ASYNC_FLUSH: syncs when enough is dirty or the last sync is long ago. */
  onFlushInterval(): void {
    const dirtyBytes = this.#writtenOffset - this.#syncedOffset;
    if (dirtyBytes === 0 || this.#isFailed) return;
    const { flushLeastPages, flushThoroughIntervalMs } = this.#settings;
    const idleMs = this.#options.clock.monotonicMs() - this.#lastSyncMs;
    if (dirtyBytes >= flushLeastPages * PAGE_BYTES || idleMs >= flushThoroughIntervalMs) {
      this.#startSync();
    }
  }

  /**
   * Writes and syncs all that was appended so far.
   *
   * @throws the disk's error when it refused any of it, which was taken back then
   */
  async flush(): Promise<void> {
    const target = this.#tail.endOffset;
    const failures = this.#failures;
    while (!this.#isFailed && this.#failures === failures && this.#syncedOffset < target) {
      if (this.#writtenOffset < target) this.#startWrite();
      await this.#writing;
      if (this.#syncedOffset < this.#writtenOffset) this.#startSync();
      await this.#syncing;
    }
    await this.#takingBack;
    if (this.#isFailed || this.#failures !== failures) throw toError(this.#failure);
  }

  /** Stops after what is under way; call {@link flush} first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#syncing;
    await this.#takingBack;
  }

  #startWrite(): void {
    if (this.#writing !== undefined || this.#isFailed || this.#isClosed) return;
    const endOffset = this.#tail.endOffset;
    if (endOffset === this.#writtenOffset) return;
    this.#events.onWriteBegins(endOffset);
    this.#writing = this.#write(endOffset).then(
      () => {
        this.#writing = undefined;
        this.#onWritten(endOffset);
      },
      (error: unknown) => {
        this.#writing = undefined;
        this.#onFailed(error, 'the commit log could not be written');
      },
    );
  }

  async #write(endOffset: number): Promise<void> {
    for (const chunk of this.#tail.from(this.#writtenOffset)) {
      const start = Math.max(0, this.#writtenOffset - chunk.baseOffset);
      const length = Math.min(chunk.endOffset, endOffset) - chunk.baseOffset - start;
      if (length > 0) {
        await this.#files.write(chunk.buffer, start, length, chunk.baseOffset + start);
      }
    }
  }

  #onWritten(endOffset: number): void {
    this.#writtenOffset = endOffset;
    this.#tail.trim(endOffset);
    this.#events.onWritten(endOffset);
    if (this.#settings.isSyncFlush) this.#startSync();
    else if (!this.#settings.isFlushTimed) this.onFlushInterval();
    if (this.#tail.endOffset > endOffset) this.#startWrite();
  }

  #startSync(): void {
    if (this.#syncing !== undefined || this.#isFailed) return;
    const from = this.#syncedOffset;
    const to = this.#writtenOffset;
    this.#syncing = this.#files.sync(from, to).then(
      () => {
        this.#syncing = undefined;
        this.#lastSyncMs = this.#options.clock.monotonicMs();
        this.#syncedOffset = to;
        this.#events.onSynced(to);
        if (this.#settings.isSyncFlush && this.#writtenOffset > to) this.#startSync();
      },
      (error: unknown) => {
        this.#syncing = undefined;
        this.#onFailed(error, 'the commit log could not be synced');
      },
    );
  }

  #onFailed(thrown: unknown, message: string): void {
    const error = toError(thrown);
    if (!this.#isFailed)
      this.#options.log.error({ err: error, offset: this.#writtenOffset }, message);
    this.#isFailed = true;
    this.#failure = error;
    this.#failures++;
    this.#takingBack ??= this.#takeBack(error);
  }

  /** A write that is under way when a sync fails comes to its end first: what it wrote stays in the log. */
  async #takeBack(error: Error): Promise<void> {
    await this.#writing;
    await this.#syncing;
    this.#takingBack = undefined;
    this.#tail.cut(this.#writtenOffset);
    this.#events.onFailed(this.#writtenOffset, error);
    this.#probeLater();
  }

  #probeLater(): void {
    this.#options.timers.after(PROBE_PERIOD_MS, () => {
      if (this.#isClosed) return;
      this.#probe().then(
        () => {
          this.#isFailed = false;
          this.#events.onSynced(this.#syncedOffset);
          this.#options.log.info(
            { offset: this.#writtenOffset },
            'the commit log can be written again',
          );
          this.#events.onRecovered();
        },
        () => this.#probeLater(),
      );
    });
  }

  /**
   * Takes away what failed writes left behind the end, writes something there, and syncs all that is not.
   * Bytes of messages that were taken back must not follow those that are appended next.
   */
  async #probe(): Promise<void> {
    const offset = this.#writtenOffset;
    await this.#files.cut(offset);
    const fileEnd = this.#files.baseOf(offset) + this.#files.fileBytes;
    const length = Math.min(PROBE_BYTES, fileEnd - offset);
    await this.#files.write(Buffer.alloc(length), 0, length, offset);
    await this.#files.sync(this.#syncedOffset, offset + length);
    this.#syncedOffset = offset;
  }
}
