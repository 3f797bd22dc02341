/**
 * Takes out of a record what the index wants of it, without making a string: it runs for each message.
 *
 * Source: IndexService.java (buildIndex).
 */
import { javaHashCode, javaHashCodeOfUtf8 } from '@orbitmq/kernel';
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
  /** Of `topic#key`, the unique key's first; empty for a rolled-back half message. */
  readonly hashes: number[] = [];
  storeTimestampMs = 0;
  sizeBytes = 0;

  /**
   * Reads the record at `position`, that was in the log at `physicalOffset`.
   *
   * @returns `none` when no whole record of that place stands there
   */
  read(buffer: Buffer, position: number, end: number, physicalOffset: number): KeysResult {
    this.hashes.length = 0;
    if (end - position < 8) return 'none';
    const magic = buffer.readInt32BE(position + 4);
    if (magic === RecordMagic.blank) return 'blank';
    if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return 'none';
    this.sizeBytes = buffer.readInt32BE(position);
    if (this.sizeBytes < MIN_RECORD_BYTES || this.sizeBytes > end - position) return 'none';
    const offset = buffer.readInt32BE(position + 28) * TWO_32 + buffer.readUInt32BE(position + 32);
    if (offset !== physicalOffset) return 'none';
    const sysFlag = buffer.readInt32BE(position + 36);
    const bornBytes = (sysFlag & MessageSysFlag.bornHostIpv6) === 0 ? 8 : 20;
    const storeBytes = (sysFlag & MessageSysFlag.storeHostIpv6) === 0 ? 8 : 20;
    const storedAt = position + 48 + bornBytes;
    this.storeTimestampMs =
      buffer.readInt32BE(storedAt) * TWO_32 + buffer.readUInt32BE(storedAt + 4);
    const transaction = sysFlag & MessageSysFlag.transactionMask;
    if (transaction === MessageSysFlag.transactionRollback) return 'record';
    const bodyAt = storedAt + 8 + storeBytes + 12;
    this.#readNames(buffer, bodyAt + 4 + buffer.readInt32BE(bodyAt), magic === RecordMagic.v1);
    return 'record';
  }

  #readNames(buffer: Buffer, topicAt: number, isV1: boolean): void {
    const topicStart = topicAt + (isV1 ? 1 : 2);
    const topicEnd =
      topicStart + (isV1 ? (buffer[topicAt] as number) : buffer.readUInt16BE(topicAt));
    const propertiesStart = topicEnd + 2;
    const propertiesEnd = propertiesStart + buffer.readUInt16BE(topicEnd);
    let uniqueStart = 0;
    let uniqueEnd = 0;
    let keysStart = 0;
    let keysEnd = 0;
    for (let start = propertiesStart; start < propertiesEnd; ) {
      let end = start;
      while (end < propertiesEnd && buffer[end] !== PROPERTY_END) end++;
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
    this.hashes.push(keyHashOf(javaHashCodeOfUtf8(buffer, start, end, prefix)));
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
