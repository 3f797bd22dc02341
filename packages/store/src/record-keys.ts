/**
 * Takes out of a record what the index wants of it, without making a string: it runs for each message.
 *
 * Source: IndexService.java (buildIndex).
 */
import { indexOfByte, javaHashCode, javaHashCodeOfUtf8, RecentViews } from '@orbitmq/kernel';
import { MessageSysFlag, MIN_RECORD_BYTES, PropertyName, RecordMagic } from '@orbitmq/protocol';
import { keyHashOf } from './index-file.ts';

const PROPERTY_END = 2;
const SPACE = 0x20;
const HASH_SIGN = 0x23;
const UNIQUE_KEY = Buffer.from(`${PropertyName.uniqueKey}\u0001`);
const KEYS = Buffer.from(`${PropertyName.keys}\u0001`);

export type KeysResult = 'record' | 'blank' | 'none';

/** Filled by {@link RecordKeys.read}; one object is used for all. */
export class RecordKeys {
  /** Of `topic#key`, the first {@link count} of them, the unique key's first. */
  readonly hashes: number[] = [];
  /** 0 for a rolled-back half message. */
  count = 0;
  storeTimestampMs = 0;
  sizeBytes = 0;
  readonly #views = new RecentViews();

  /**
   * Reads the record at `position`, that was in the log at `physicalOffset`.
   *
   * @returns `none` when no whole record of that place stands there
   */
  read(buffer: Buffer, position: number, end: number, physicalOffset: number): KeysResult {
    this.count = 0;
    if (end - position < 8) return 'none';
    const view = this.#views.of(buffer);
    const magic = view.getInt32(position + 4);
    if (magic === RecordMagic.blank) return 'blank';
    if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return 'none';
    this.sizeBytes = view.getInt32(position);
    if (this.sizeBytes < MIN_RECORD_BYTES || this.sizeBytes > end - position) return 'none';
    const offset = view.getInt32(position + 28) * TWO_32 + view.getUint32(position + 32);
    if (offset !== physicalOffset) return 'none';
    const recordEnd = position + this.sizeBytes;
    const sysFlag = view.getInt32(position + 36);
    const bornBytes = (sysFlag & MessageSysFlag.bornHostIpv6) === 0 ? 8 : 20;
    const storeBytes = (sysFlag & MessageSysFlag.storeHostIpv6) === 0 ? 8 : 20;
    const storedAt = position + 48 + bornBytes;
    const bodyAt = storedAt + 8 + storeBytes + 12;
    if (recordEnd - bodyAt < 4) return 'none';
    this.storeTimestampMs = view.getInt32(storedAt) * TWO_32 + view.getUint32(storedAt + 4);
    const bodyBytes = view.getInt32(bodyAt);
    const topicAt = bodyAt + 4 + bodyBytes;
    if (bodyBytes < 0 || recordEnd - topicAt < 2) return 'none';
    const isV1 = magic === RecordMagic.v1;
    const topicStart = topicAt + (isV1 ? 1 : 2);
    const topicEnd = topicStart + (isV1 ? view.getUint8(topicAt) : view.getUint16(topicAt));
    if (recordEnd - topicEnd < 2) return 'none';
    const propertiesEnd = topicEnd + 2 + view.getUint16(topicEnd);
    if (propertiesEnd > recordEnd) return 'none';
    const transaction = sysFlag & MessageSysFlag.transactionMask;
    if (transaction !== MessageSysFlag.transactionRollback) {
      this.#readNames(buffer, topicStart, topicEnd, propertiesEnd);
    }
    return 'record';
  }

  // oxlint-disable-next-line max-params -- spans of one record; one call a message
  #readNames(buffer: Buffer, topicStart: number, topicEnd: number, propertiesEnd: number): void {
    const view = this.#views.of(buffer);
    let uniqueStart = 0;
    let uniqueEnd = 0;
    let keysStart = 0;
    let keysEnd = 0;
    for (let start = topicEnd + 2; start < propertiesEnd; ) {
      const end = indexOfByte(view, start, propertiesEnd, PROPERTY_END);
      // Of properties that come twice the last one counts.
      if (isNamed(buffer, start, end, UNIQUE_KEY)) {
        uniqueStart = start + UNIQUE_KEY.length;
        uniqueEnd = end;
      } else if (isNamed(buffer, start, end, KEYS)) {
        keysStart = start + KEYS.length;
        keysEnd = end;
      }
      start = end + 1;
    }
    if (uniqueEnd === 0 && keysEnd === 0) return;
    const topicHash = javaHashCodeOfUtf8(buffer, topicStart, topicEnd);
    const prefix = (Math.imul(31, topicHash) + HASH_SIGN) | 0;
    if (uniqueEnd > 0) this.#add(buffer, uniqueStart, uniqueEnd, prefix);
    for (let start = keysStart; start < keysEnd; ) {
      let end = start;
      while (end < keysEnd && buffer[end] !== SPACE) end++;
      if (end > start) this.#add(buffer, start, end, prefix);
      start = end + 1;
    }
  }

  // oxlint-disable-next-line max-params -- a span and where it goes
  #add(buffer: Buffer, start: number, end: number, prefix: number): void {
    this.hashes[this.count++] = keyHashOf(javaHashCodeOfUtf8(buffer, start, end, prefix));
  }
}

/** What a query looks for. */
export function queryHash(topic: string, key: string): number {
  return keyHashOf(javaHashCode(`${topic}#${key}`));
}

/** Whether the property is `name`, with a value that is not empty. */
// oxlint-disable-next-line max-params -- a span and a name
function isNamed(buffer: Buffer, start: number, end: number, name: Buffer): boolean {
  if (buffer[start] !== name[0] || end - start <= name.length) return false;
  for (let index = 1; index < name.length; index++) {
    if (buffer[start + index] !== name[index]) return false;
  }
  return true;
}

const TWO_32 = 4294967296;
