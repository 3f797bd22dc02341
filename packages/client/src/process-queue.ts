import type { ReceivedMessage } from './message.ts';

interface Entry {
  message: ReceivedMessage;
  /** When a listener got it, by a clock that never goes back; undefined while it waits. */
  startedMs: number | undefined;
}

/**
 * Messages of one queue that were pulled and are not consumed yet, in their order. How many there are is
 * bounded by the flow control of pulls.
 *
 * Source: ProcessQueue.java.
 */
export class ProcessQueue {
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;
  #maxOffset = -1;

  get count(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Offset of the first message; undefined when there is none. */
  get firstOffset(): number | undefined {
    return this.#entries.keys().next().value;
  }

  /** Offset of the message that was added last; -1 before the first. */
  get maxOffset(): number {
    return this.#maxOffset;
  }

  /** Between the first and the last message, in offsets. */
  get span(): number {
    const first = this.firstOffset;
    return first === undefined ? 0 : this.#maxOffset - first;
  }

  /** Takes in messages that follow those it has; with lower offsets when the broker has lost what was there. */
  add(messages: readonly ReceivedMessage[]): void {
    for (const message of messages) {
      const { queueOffset, body } = message;
      this.#bytes += body.length - (this.#entries.get(queueOffset)?.message.body.length ?? 0);
      this.#entries.set(queueOffset, { message, startedMs: undefined });
      this.#maxOffset = queueOffset;
    }
  }

  has(message: ReceivedMessage): boolean {
    return this.#entries.has(message.queueOffset);
  }

  /** The first messages, at most so many. */
  head(maxMessages: number): ReceivedMessage[] {
    const messages: ReceivedMessage[] = [];
    for (const { message } of this.#entries.values()) {
      if (messages.length >= maxMessages) break;
      messages.push(message);
    }
    return messages;
  }

  /** A listener gets the message now. */
  start(message: ReceivedMessage, nowMs: number): void {
    const entry = this.#entries.get(message.queueOffset);
    if (entry !== undefined) entry.startedMs = nowMs;
  }

  /** No listener has the message any more: it waits to be tried again, changed perhaps. */
  putBack(message: ReceivedMessage): void {
    const entry = this.#entries.get(message.queueOffset);
    if (entry === undefined) return;
    entry.message = message;
    entry.startedMs = undefined;
  }

  /** Those among the first `maxMessages` that a listener has had since before a time. */
  startedBefore(timeMs: number, maxMessages: number): ReceivedMessage[] {
    const found: ReceivedMessage[] = [];
    let seen = 0;
    for (const { message, startedMs } of this.#entries.values()) {
      if (seen++ >= maxMessages) break;
      if (startedMs !== undefined && startedMs < timeMs) found.push(message);
    }
    return found;
  }

  /**
   * Messages are done with.
   *
   * @returns where the group may go on: before the first message that is not done with
   */
  remove(...messages: readonly ReceivedMessage[]): number {
    for (const { queueOffset } of messages) {
      const entry = this.#entries.get(queueOffset);
      if (entry === undefined) continue;
      this.#entries.delete(queueOffset);
      this.#bytes -= entry.message.body.length;
    }
    return this.firstOffset ?? this.#maxOffset + 1;
  }
}
