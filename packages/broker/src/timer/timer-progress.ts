import { type Logger, toError } from '@orbitmq/kernel';
import type { Clock } from '@orbitmq/runtime';
import type { OpenTimerFiles } from './timer-files.ts';
import type { TimerMetrics } from './timer-metrics.ts';

/** How old the noted time may be: what was delivered since comes again after the process was killed. */
const NOTE_PERIOD_MS = 100;
/** The wheel's file and the timer log's end are brought up to date after so many units, or so late. */
const FLUSH_UNITS = 1_000_000;
const FLUSH_PERIOD_MS = 10_000;

/** After a failure the disk is left alone for so long. */
const RETRY_MS = 1_000;

/** How far the service is. */
export interface TimerReached {
  /** Everything due at or before it was delivered, milliseconds since the epoch. */
  readonly readTimeMs: number;
  /** Messages of the timer topic before it have units. */
  readonly queueOffset: number;
}

export interface TimerProgressOptions {
  readonly files: OpenTimerFiles;
  readonly metrics: TimerMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the timer topic: from where it is read. */
  readonly queueOffset: number;
  /** How long units lie in the log at most before they are due, or go round once more. */
  readonly windowMs: () => number;
}

/**
 * Keeps the files as far as the service is, beside its work: a disk that takes a second to flush does not
 * make messages late. One note or flush at a time. A failure is logged, and what failed is tried again
 * with the next note: the files are then older than they should be, never wrong.
 */
export class TimerProgressNotes {
  readonly #options: TimerProgressOptions;
  #notedTimeMs: number;
  #flushedMs: number;
  #flushed: { readonly logPosition: number; readonly queueOffset: number };
  #unitsSinceFlush = 0;
  #notBeforeMs = 0;
  #running: Promise<void> | undefined;

  constructor(options: TimerProgressOptions) {
    this.#options = options;
    const { files, clock, queueOffset } = options;
    this.#notedTimeMs = files.readTimeMs;
    this.#flushed = { logPosition: files.log.endPosition, queueOffset };
    this.#flushedMs = clock.monotonicMs();
  }

  /** The wheel's file knows of the units before it. */
  get flushedPosition(): number {
    return this.#flushed.logPosition;
  }

  /** To be called for each unit that was appended. */
  countUnit(): void {
    this.#unitsSinceFlush++;
  }

  /** Notes the time and, when it is worth it, brings the other files up to date, if nothing of this is under way. */
  note(reached: TimerReached): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#running !== undefined || nowMs < this.#notBeforeMs) return;
    const ageMs = nowMs - this.#flushedMs;
    const isFlushDue = this.#unitsSinceFlush > 0 && ageMs >= FLUSH_PERIOD_MS;
    if (isFlushDue || this.#unitsSinceFlush >= FLUSH_UNITS) this.#run(this.#flush(reached));
    else if (reached.readTimeMs - this.#notedTimeMs >= NOTE_PERIOD_MS)
      this.#run(this.#noteTime(reached));
  }

  /** Brings all files up to date. @throws errors of the disk as they are */
  async flush(reached: TimerReached): Promise<void> {
    await this.#running;
    await this.#flush(reached);
  }

  #run(work: Promise<void>): void {
    this.#running = work
      .catch((error: unknown) => {
        const err = toError(error);
        this.#options.log.error({ err }, 'how far the timers are could not be written');
        this.#notBeforeMs = this.#options.clock.monotonicMs() + RETRY_MS;
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #noteTime({ readTimeMs }: TimerReached): Promise<void> {
    const { log, checkpoint } = this.#options.files;
    // A message that was delivered and has no unit would be taken for one that came late.
    await log.write();
    await checkpoint.write({ readTimeMs, ...this.#flushed });
    this.#notedTimeMs = readTimeMs;
  }

  async #flush(reached: TimerReached): Promise<void> {
    const { files, metrics, clock, windowMs } = this.#options;
    const { log, wheel, checkpoint } = files;
    // What the service adds meanwhile belongs to the next flush: the three have to fit each other.
    const logPosition = log.endPosition;
    const slots = wheel.snapshot();
    const units = this.#unitsSinceFlush;
    try {
      await log.write();
      await log.sync();
      await wheel.write(slots);
    } catch (error) {
      wheel.putBack(slots);
      throw error;
    }
    this.#flushed = { logPosition, queueOffset: reached.queueOffset };
    await this.#noteTime(reached);
    await checkpoint.sync();
    if (wheel.count === 0) metrics.clear();
    await metrics.write();
    this.#unitsSinceFlush -= units;
    this.#flushedMs = clock.monotonicMs();
    await log.removeBefore(reached.readTimeMs - windowMs());
  }
}
