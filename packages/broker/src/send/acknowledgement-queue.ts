import { assert } from '@orbitmq/kernel';

/** Whatever a stored message's sender waits on: a connection, or a piece of the broker itself. */
export interface Acknowledged<Sender> {
  readonly sender: Sender;
  readonly serializeType: number;
  readonly opaque: number;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  /** Ids of a batch's messages; undefined for a single one. */
  readonly messageIds: string | undefined;
}

/** Calls of {@link AcknowledgementQueue}, one per message; positional, since they run for each one. */
export interface AcknowledgementSink<Sender> {
  // oxlint-disable-next-line max-params -- one call a message: an object each would be garbage
  acknowledge(
    sender: Sender,
    serializeType: number,
    opaque: number,
    queueId: number,
    queueOffset: number,
    physicalOffset: number,
    messageIds: string | undefined,
  ): void;
}

/**
 * Messages that were appended and wait to be written, or synced: in the log's order, so that one end
 * offset acknowledges all before it. A ring of columns that doubles up to its bound: nothing is
 * allocated per message.
 */
export class AcknowledgementQueue<Sender> {
  readonly #maxLength: number;
  #capacity = 1024;
  #head = 0;
  #length = 0;
  #senders: (Sender | undefined)[] = Array.from({ length: 1024 });
  #messageIds: (string | undefined)[] = Array.from({ length: 1024 });
  #numbers = new Float64Array(1024 * COLUMNS);

  /** @param maxLength most messages that may wait; the sender of one more is told that the broker is busy */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= this.#maxLength;
  }

  /** When the message at the head was appended, on the monotonic clock; NaN when none waits. */
  get headSinceMs(): number {
    return this.#length === 0 ? Number.NaN : this.#number(this.#head, SINCE_MS);
  }

  /**
   * Notes a message whose record ends at `endOffset` of the log.
   *
   * @param sinceMs when it was appended, on the monotonic clock
   */
  // oxlint-disable-next-line max-params -- one call a message: an object each would be garbage
  push(
    sender: Sender,
    serializeType: number,
    opaque: number,
    queueId: number,
    queueOffset: number,
    physicalOffset: number,
    endOffset: number,
    sinceMs: number,
    messageIds?: string,
  ): void {
    if (this.#length === this.#capacity) this.#grow();
    const slot = (this.#head + this.#length) & (this.#capacity - 1);
    this.#senders[slot] = sender;
    this.#messageIds[slot] = messageIds;
    const numbers = this.#numbers;
    const at = slot * COLUMNS;
    numbers[at + SERIALIZE_TYPE] = serializeType;
    numbers[at + OPAQUE] = opaque;
    numbers[at + QUEUE_ID] = queueId;
    numbers[at + QUEUE_OFFSET] = queueOffset;
    numbers[at + PHYSICAL_OFFSET] = physicalOffset;
    numbers[at + END_OFFSET] = endOffset;
    numbers[at + SINCE_MS] = sinceMs;
    this.#length++;
  }

  /** Hands over, in order, every message whose record ends at or before `endOffset`. */
  releaseUpTo(endOffset: number, sink: AcknowledgementSink<Sender>): void {
    while (this.#length > 0 && this.#number(this.#head, END_OFFSET) <= endOffset) {
      this.#release(sink);
    }
  }

  /** Hands over, in order, every message that was appended before `sinceMs`. */
  releaseOlderThan(sinceMs: number, sink: AcknowledgementSink<Sender>): void {
    while (this.#length > 0 && this.#number(this.#head, SINCE_MS) < sinceMs) this.#release(sink);
  }

  /** Hands over all that wait. */
  releaseAll(sink: AcknowledgementSink<Sender>): void {
    this.releaseUpTo(Number.POSITIVE_INFINITY, sink);
  }

  #release(sink: AcknowledgementSink<Sender>): void {
    const slot = this.#head;
    const sender = this.#senders[slot] as Sender;
    const messageIds = this.#messageIds[slot];
    this.#senders[slot] = undefined;
    this.#messageIds[slot] = undefined;
    this.#head = (slot + 1) & (this.#capacity - 1);
    this.#length--;
    sink.acknowledge(
      sender,
      this.#number(slot, SERIALIZE_TYPE),
      this.#number(slot, OPAQUE),
      this.#number(slot, QUEUE_ID),
      this.#number(slot, QUEUE_OFFSET),
      this.#number(slot, PHYSICAL_OFFSET),
      messageIds,
    );
  }

  #number(slot: number, column: number): number {
    return this.#numbers[slot * COLUMNS + column] as number;
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    assert(this.#capacity < this.#maxLength * 2, 'a full queue takes no more');
    const senders: (Sender | undefined)[] = Array.from({ length: capacity });
    const messageIds: (string | undefined)[] = Array.from({ length: capacity });
    const numbers = new Float64Array(capacity * COLUMNS);
    for (let index = 0; index < this.#length; index++) {
      const slot = (this.#head + index) & (this.#capacity - 1);
      senders[index] = this.#senders[slot];
      messageIds[index] = this.#messageIds[slot];
      numbers.set(
        this.#numbers.subarray(slot * COLUMNS, slot * COLUMNS + COLUMNS),
        index * COLUMNS,
      );
    }
    this.#senders = senders;
    this.#messageIds = messageIds;
    this.#numbers = numbers;
    this.#capacity = capacity;
    this.#head = 0;
  }
}

const COLUMNS = 8;
const SERIALIZE_TYPE = 0;
const OPAQUE = 1;
const QUEUE_ID = 2;
const QUEUE_OFFSET = 3;
const PHYSICAL_OFFSET = 4;
const END_OFFSET = 5;
const SINCE_MS = 6;
