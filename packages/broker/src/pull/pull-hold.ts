/**
 * Pulls that found nothing and wait for a message (long polling).
 *
 * Source: PullRequestHoldService.java.
 */

import type { Connection } from '@orbitmq/remoting';
import type { MessageFilter, Queue } from '@orbitmq/store';
import type { Topic } from '../topics/topic.ts';

/** A pull with all it needs to be run again. */
export interface HeldPull {
  readonly connection: Connection;
  readonly serializeType: number;
  readonly opaque: number;
  readonly group: string;
  readonly topic: Topic;
  readonly queueId: number;
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly filter: MessageFilter | undefined;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** What was asked for. */
  readonly queueOffset: number;
  /** From where on nothing was looked at yet; beyond `queueOffset` when what came did not match. */
  scanOffset: number;
  /** When it came, or was last woken, on the monotonic clock. */
  startedMs: number;
}

export interface PullHoldOptions {
  /** Most pulls held at a time; one more is answered at once. */
  readonly maxHeld: number;
  /** Runs a held pull again; returns false to keep holding it. */
  readonly retry: (pull: HeldPull, isExpired: boolean) => boolean;
}

/** The waiting pulls of each queue. */
export class PullHold {
  readonly #options: PullHoldOptions;
  readonly #byQueue = new Map<Queue, HeldPull[]>();
  #size = 0;

  constructor(options: PullHoldOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false when no more can be held */
  hold(queue: Queue, pull: HeldPull): boolean {
    if (this.#size >= this.#options.maxHeld) return false;
    const waiting = this.#byQueue.get(queue);
    if (waiting === undefined) this.#byQueue.set(queue, [pull]);
    else waiting.push(pull);
    this.#size++;
    queue.hasWaiters = true;
    return true;
  }

  /** New messages can be read from the queue. */
  onArrival(queue: Queue): void {
    this.#visit(queue, () => false);
  }

  /** Answers what waited long enough, on the monotonic clock. */
  expire(nowMs: number): void {
    const isDue = (pull: HeldPull) => pull.deadlineMs <= nowMs;
    const queues: Queue[] = [];
    // Few of many, so that the others are not taken out and put in again.
    for (const [queue, waiting] of this.#byQueue) {
      if (waiting.some((pull) => isDue(pull) || pull.connection.isClosed)) queues.push(queue);
    }
    for (const queue of queues) this.#visit(queue, isDue, true);
  }

  /** Answers everything, as when its time had come. */
  expireAll(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }

  /** @param onlyExpired leaves alone those whose time has not come */
  #visit(queue: Queue, isExpired: (pull: HeldPull) => boolean, onlyExpired = false): void {
    const waiting = this.#byQueue.get(queue);
    if (waiting === undefined) return;
    // A retry may hold a new pull of the same queue; it goes to a fresh list.
    this.#byQueue.delete(queue);
    this.#size -= waiting.length;
    queue.hasWaiters = false;
    for (const pull of waiting) {
      if (pull.connection.isClosed) continue;
      const expired = isExpired(pull);
      const isKept = onlyExpired && !expired ? true : !this.#options.retry(pull, expired);
      if (isKept) this.hold(queue, pull);
    }
  }
}
