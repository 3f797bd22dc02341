/**
 * What the broker wants to know of a message's properties when it stores the message another time, found
 * in one walk over their bytes: nothing is decoded that stays as it is.
 *
 *   text => name 0x01 value (0x02 name 0x01 value)* [0x02]
 *
 * As for `decodeProperties`, empty names and values count for nothing and the last of two equal names wins.
 *
 * Source: MessageDecoder.java (string2messageProperties).
 */
import { indexOfControl, javaHashCodeOfUtf8, RecentViews } from '@orbitmq/kernel';
import { isText, NAME_END_BYTE, PROPERTY_END_BYTE, SpecialProperty } from './property-bytes.ts';

/** A number of more digits is none that the broker writes. */
const MAX_DIGITS = 15;

const views = new RecentViews();

/** One reusable scan; what it says is valid until the next {@link read}. */
export class PropertyScan {
  /** Java's hash of the `TAGS` value, 0 without. */
  tagsCode = 0;
  /** {@link SpecialProperty} bits; never that of a half message. */
  special = 0;
  /** The `DELAY` value; -1 without, and for what is not written as `String(level)` is. */
  delayLevel = -1;
  /** The `REAL_TOPIC` value's bytes; -1 without. */
  realTopicStart = -1;
  realTopicEnd = -1;
  /** The `REAL_QID` value; -1 without, and for what is no number. */
  realQueueId = -1;
  /** The `TRAN_PREPARED_QUEUE_OFFSET` value, the offset of a half message as its producer knows it; -1 likewise. */
  preparedQueueOffset = -1;
  /** The `PGROUP` value's bytes; -1 without. */
  producerGroupStart = -1;
  producerGroupEnd = -1;

  read(bytes: Buffer, start: number, end: number): void {
    this.#forget();
    const words = views.of(bytes);
    let position = start;
    while (position < end) {
      let nameEnd = -1;
      let valueEnd = indexOfControl(words, position, end);
      for (; valueEnd < end; valueEnd = indexOfControl(words, valueEnd + 1, end)) {
        const byte = bytes[valueEnd] as number;
        if (byte === PROPERTY_END_BYTE) break;
        if (byte === NAME_END_BYTE && nameEnd < 0) nameEnd = valueEnd;
      }
      if (nameEnd > position && nameEnd + 1 < valueEnd) {
        this.#note(bytes, position, nameEnd, valueEnd);
      }
      position = valueEnd + 1;
    }
  }

  #forget(): void {
    this.tagsCode = 0;
    this.special = 0;
    this.delayLevel = -1;
    this.realTopicStart = -1;
    this.realTopicEnd = -1;
    this.realQueueId = -1;
    this.preparedQueueOffset = -1;
    this.producerGroupStart = -1;
    this.producerGroupEnd = -1;
  }

  #note(bytes: Buffer, start: number, nameEnd: number, valueEnd: number): void {
    const value = nameEnd + 1;
    switch (nameEnd - start) {
      case 4:
        if (isText(bytes, start, nameEnd, 'TAGS')) {
          this.tagsCode = javaHashCodeOfUtf8(bytes, value, valueEnd);
        }
        return;
      case 5:
        if (isText(bytes, start, nameEnd, 'DELAY')) {
          this.special |= SpecialProperty.delay;
          this.delayLevel = canonicalNumber(bytes, value, valueEnd);
        }
        return;
      case 6:
        if (isText(bytes, start, nameEnd, 'PGROUP')) {
          this.producerGroupStart = value;
          this.producerGroupEnd = valueEnd;
        }
        return;
      case 8:
        if (isText(bytes, start, nameEnd, 'REAL_QID')) {
          this.realQueueId = canonicalNumber(bytes, value, valueEnd);
        }
        return;
      case 10:
        if (isText(bytes, start, nameEnd, 'REAL_TOPIC')) {
          this.realTopicStart = value;
          this.realTopicEnd = valueEnd;
        }
        return;
      case 14:
        if (isText(bytes, start, nameEnd, 'TIMER_DELAY_MS')) this.special |= SpecialProperty.timer;
        return;
      case 15:
        if (isText(bytes, start, nameEnd, 'TIMER_DELAY_SEC')) this.special |= SpecialProperty.timer;
        return;
      case 16:
        if (isText(bytes, start, nameEnd, 'TIMER_DELIVER_MS')) {
          this.special |= SpecialProperty.timer;
        }
        return;
      case 26:
        if (isText(bytes, start, nameEnd, 'TRAN_PREPARED_QUEUE_OFFSET')) {
          this.preparedQueueOffset = canonicalNumber(bytes, value, valueEnd);
        }
        return;
      default:
    }
  }
}

/** @returns -1 for anything but decimal digits */
function canonicalNumber(bytes: Buffer, start: number, end: number): number {
  if (end - start > MAX_DIGITS) return -1;
  if (bytes[start] === 0x30 && end - start > 1) return -1;
  let value = 0;
  for (let position = start; position < end; position++) {
    const digit = (bytes[position] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
