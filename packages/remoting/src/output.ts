/** What connections write, gathered so that each makes one system call a turn of the event loop. */
import { GrowingBuffer } from '@orbitmq/kernel';
import type { Timers } from '@orbitmq/runtime';

/** Answers of a window of 64 requests fit; larger ones grow it. */
const INITIAL_BYTES = 16_384;
/** A buffer that grew beyond this is given back to the system. */
const MAX_KEPT_BYTES = 262_144;
/** Buffers kept for reuse: more connections than this seldom write in one turn of the loop. */
const MAX_POOLED = 32;

/** Buffers for output, lent to connections only while they have something to send. */
export class OutputPool {
  readonly #free: GrowingBuffer[] = [];

  lend(): GrowingBuffer {
    return this.#free.pop() ?? new GrowingBuffer(INITIAL_BYTES);
  }

  giveBack(buffer: GrowingBuffer): void {
    if (this.#free.length >= MAX_POOLED) return;
    buffer.reset(MAX_KEPT_BYTES);
    this.#free.push(buffer);
  }
}

/** Something with output to be sent. */
export interface Flushable {
  flush(): void;
}

/** Flushes those that asked for it, once, after the events that are ready were handled. */
export class Flusher {
  readonly #timers: Timers;
  readonly pool = new OutputPool();
  #waiting: Flushable[] = [];
  #flushing: Flushable[] = [];
  #isScheduled = false;
  #isFlushing = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** The caller asks once until its `flush` was called. */
  add(flushable: Flushable): void {
    this.#waiting.push(flushable);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#timers.afterPoll(this.#run);
  }

  /** Sends now what waits: for callers that just finished a batch and need not wait for the loop. */
  flushNow(): void {
    // A flush may close a connection, whose listeners may write elsewhere: those wait for the next turn.
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const batch = this.#waiting;
    this.#waiting = this.#flushing;
    this.#flushing = batch;
    for (const flushable of batch) flushable.flush();
    batch.length = 0;
    this.#isFlushing = false;
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    this.flushNow();
  };
}
