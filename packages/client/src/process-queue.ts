import type { ReceivedMessage } from './message.ts';

/** Messages of one queue that were pulled and are not consumed yet, in their order. Source: ProcessQueue.java. */
export class ProcessQueue {
  readonly #messages = new Map<number, ReceivedMessage>();
  #bytes = 0;
  #maxOffset = -1;

  get count(): number {
    return this.#messages.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Between the first and the last message, in offsets. */
  get span(): number {
    const first = this.#messages.keys().next().value;
    return first === undefined ? 0 : this.#maxOffset - first;
  }

  /** Takes in messages that follow those it has. */
  add(messages: readonly ReceivedMessage[]): void {
    for (const message of messages) {
      this.#messages.set(message.queueOffset, message);
      this.#bytes += message.body.length;
      this.#maxOffset = Math.max(this.#maxOffset, message.queueOffset);
    }
  }

  /**
   * A message is done with.
   *
   * @returns where the group may go on: before the first message that is not done with
   */
  remove(message: ReceivedMessage): number {
    if (this.#messages.delete(message.queueOffset)) this.#bytes -= message.body.length;
    return this.#messages.keys().next().value ?? this.#maxOffset + 1;
  }
}
