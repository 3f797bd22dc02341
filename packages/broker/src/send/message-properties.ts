/**
 * The properties of a message on its way into the store: taken from the header unescaped, without
 * `WAIT`, with those noted that decide what happens to the message, and with `CLUSTER`, `MSG_REGION` and
 * `TRACE_ON` set: consumers of 5.x trace no message without a region.
 *
 *   text => name 0x01 value (0x02 name 0x01 value)* [0x02]
 *
 * Source: SendMessageProcessor.java, AbstractSendMessageProcessor.java (buildMsgContext), MessageDecoder.java.
 */
import {
  copyFew,
  indexOfControl,
  javaHashCode,
  javaHashCodeOfUtf8,
  RecentViews,
} from '@orbitmq/kernel';
import { type FrameView, PropertyName, propertyOf } from '@orbitmq/protocol';
import {
  isText,
  NAME_END_BYTE,
  PROPERTY_END_BYTE,
  SpecialProperty,
  startsWith,
} from './property-bytes.ts';

/** What a record can carry: the length of its properties is a signed 16-bit integer. */
export const MAX_PROPERTIES_BYTES = 32_767;
/** An escaped byte takes up to six characters; longer values cannot shrink to what a record carries. */
const MAX_ESCAPED_BYTES = MAX_PROPERTIES_BYTES * 6;

/** What the broker says about itself in each message. */
export interface BrokerStamp {
  readonly cluster: string;
  readonly regionId: string;
  readonly isTraceOn: boolean;
}

/** One reusable set of properties; its bytes are valid until the next call. */
export class MessageProperties {
  buffer = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;
  /** Java's hash of the `TAGS` value, 0 without. */
  tagsCode = 0;
  /** Whether the sender waits for flush and replication (`WAIT`, default true). */
  isWaiting = true;
  /** {@link SpecialProperty} bits. */
  special = 0;
  /** Whether there is a NUL: a record with one cannot be told from a torn one when the log is recovered. */
  #hasNul = false;

  readonly #stamp: Buffer;
  readonly #views = new RecentViews();

  constructor({ cluster, regionId, isTraceOn }: BrokerStamp) {
    this.#stamp = Buffer.from(
      `CLUSTER\u0001${cluster}\u0002MSG_REGION\u0001${regionId}\u0002TRACE_ON\u0001${isTraceOn}`,
    );
  }

  /** @returns false for properties that a record cannot carry: too long, or with a NUL */
  read(frame: FrameView, field: number): boolean {
    this.length = 0;
    this.#forget();
    if (field >= 0) {
      const bytes = frame.valueEnd(field) - frame.valueStart(field);
      if (bytes > MAX_ESCAPED_BYTES) return false;
      this.#reserve(bytes);
      const end = frame.copyValue(field, this.buffer, 0);
      this.length = this.#scan(end);
    }
    return this.#appendStamp();
  }

  /** The same for properties that are bytes already. */
  readBytes(source: Buffer, start: number, end: number): boolean {
    this.#forget();
    this.#reserve(end - start);
    source.copy(this.buffer, 0, start, end);
    this.length = this.#scan(end - start);
    return this.#appendStamp();
  }

  text(): string {
    return this.buffer.toString('utf8', 0, this.length);
  }

  #forget(): void {
    this.tagsCode = 0;
    this.isWaiting = true;
    this.special = 0;
    this.#hasNul = false;
  }

  #reserve(bytes: number): void {
    const needed = bytes + this.#stamp.length + 2;
    if (this.buffer.length < needed) this.buffer = Buffer.allocUnsafeSlow(needed * 2);
  }

  /** Notes what matters and closes the gap that `WAIT` leaves. @returns the new length */
  #scan(length: number): number {
    const { buffer } = this;
    const words = this.#views.of(buffer);
    let position = 0;
    let kept = 0;
    while (position < length) {
      let nameEnd = -1;
      let end = indexOfControl(words, position, length);
      for (; end < length; end = indexOfControl(words, end + 1, length)) {
        const byte = buffer[end] as number;
        if (byte === PROPERTY_END_BYTE) break;
        if (byte !== NAME_END_BYTE) this.#hasNul = true;
        else if (nameEnd < 0) nameEnd = end;
      }
      const isDropped = nameEnd > position && this.#note(position, nameEnd, end);
      const next = end < length ? end + 1 : end;
      if (!isDropped) {
        kept = kept === position ? next : moveBack(buffer, position, next, kept);
      }
      position = next;
    }
    return kept;
  }

  /** @returns whether the property is not stored */
  #note(start: number, nameEnd: number, end: number): boolean {
    const { buffer } = this;
    switch (nameEnd - start) {
      case 4:
        if (buffer[start] === 0x54 && startsWith(buffer, start, 'TAGS')) {
          this.tagsCode = javaHashCodeOfUtf8(buffer, nameEnd + 1, end);
        } else if (buffer[start] === 0x57 && startsWith(buffer, start, 'WAIT')) {
          this.isWaiting = !isText(buffer, nameEnd + 1, end, 'false');
          return true;
        }
        return false;
      case 5:
        if (startsWith(buffer, start, 'DELAY')) this.special |= SpecialProperty.delay;
        return false;
      case 7:
        return startsWith(buffer, start, 'CLUSTER');
      case 8:
        if (startsWith(buffer, start, 'TRACE_ON')) return true;
        if (startsWith(buffer, start, 'TRAN_MSG') && isText(buffer, nameEnd + 1, end, 'true')) {
          this.special |= SpecialProperty.transaction;
        }
        return false;
      case 10:
        return startsWith(buffer, start, 'MSG_REGION');
      case 14:
        if (startsWith(buffer, start, 'TIMER_DELAY_MS')) this.special |= SpecialProperty.timer;
        return false;
      case 15:
        if (startsWith(buffer, start, 'TIMER_DELAY_SEC')) this.special |= SpecialProperty.timer;
        return false;
      case 16:
        if (startsWith(buffer, start, 'TIMER_DELIVER_MS')) this.special |= SpecialProperty.timer;
        return false;
      case 20:
        if (startsWith(buffer, start, 'INNER_MULTI_DISPATCH')) {
          this.special |= SpecialProperty.multiDispatch;
        }
        return false;
      default:
        return false;
    }
  }

  #appendStamp(): boolean {
    const { buffer } = this;
    if (this.length > 0 && buffer[this.length - 1] !== PROPERTY_END_BYTE) {
      buffer[this.length++] = PROPERTY_END_BYTE;
    }
    this.length = copyFew(this.#stamp, buffer, this.length);
    return this.length <= MAX_PROPERTIES_BYTES && !this.#hasNul;
  }
}

/** A few dozen bytes at most: a loop is cheaper than a call. @returns the position behind them */
function moveBack(buffer: Buffer, start: number, end: number, position: number): number {
  let to = position;
  for (let from = start; from < end; from++) buffer[to++] = buffer[from] as number;
  return to;
}

/** Java's hash of the `TAGS` value in encoded properties; 0 without. */
export function tagsCodeOf(properties: Buffer): number {
  const tags = propertyOf(properties.toString('utf8'), PropertyName.tags);
  return tags === undefined ? 0 : javaHashCode(tags);
}
