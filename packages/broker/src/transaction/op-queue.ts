import type { Clock } from '@orbitmq/runtime';
import { AppendStatus, type MessageStore, type Queue } from '@orbitmq/store';
import { isStored, type MessageWriter } from '../send/message-writer.ts';
import { OpRecord } from './half-message.ts';
import { OpProgress } from './op-progress.ts';

/** Op messages that the store refused, to be appended again. */
const MAX_OWED_OPS = 100_000;

export interface OpQueueOptions {
  readonly store: MessageStore;
  readonly writer: MessageWriter;
  readonly clock: Clock;
  /** As `encodeHost` gives it. */
  readonly storeHost: Buffer;
}

/** The queue of op messages: each says that a half message is settled, and is used up when nobody asks for that any more. */
export class OpQueue {
  readonly queue: Queue;
  readonly #options: OpQueueOptions;
  readonly #record: OpRecord;
  readonly #progress: OpProgress;
  #owed: number[] = [];

  /** @param done everything in the queue before this offset is used up */
  constructor(queue: Queue, done: number, options: OpQueueOptions) {
    this.queue = queue;
    this.#options = options;
    this.#record = new OpRecord(options.storeHost);
    this.#progress = new OpProgress(done);
  }

  /** Appends an op message; {@link note} it when it is safe. @returns its offset; -1 when the store does not take it */
  append(halfOffset: number): number {
    const { writer, clock, store } = this.#options;
    const status = writer.appendOwn(this.queue, this.#record.settling(halfOffset, clock.now()));
    return status === AppendStatus.ok ? store.appended.queueOffset : -1;
  }

  /** Appends an op message and notes it. @returns whether it is stored; it is owed otherwise */
  async put(halfOffset: number): Promise<boolean> {
    const opOffset = this.append(halfOffset);
    if (opOffset < 0 || !isStored(await this.#options.writer.settled())) return false;
    this.note(opOffset, halfOffset);
    return true;
  }

  /** The same for one that must be there in the end. */
  async putOrOwe(halfOffset: number): Promise<void> {
    if (!(await this.put(halfOffset))) this.owe(halfOffset);
  }

  /** An op message is stored; calls come in the queue's order. */
  note(opOffset: number, halfOffset: number): void {
    this.#progress.note(opOffset, halfOffset);
  }

  /** What is beyond the bound is settled in memory alone: after a restart its producer is asked again. */
  owe(halfOffset: number): void {
    if (this.#owed.length < MAX_OWED_OPS) this.#owed.push(halfOffset);
  }

  /** Appends what is owed, as far as the store takes it. */
  async payOwed(): Promise<void> {
    const owed = this.#owed;
    this.#owed = [];
    for (const halfOffset of owed) await this.putOrOwe(halfOffset);
  }

  /** First op message that may still be needed when every half message before `halfBase` is settled. */
  doneUpTo(halfBase: number): number {
    return Math.min(this.#progress.doneUpTo(halfBase), this.queue.maxOffset);
  }
}
