/**
 * Telling records from what is none. Stronger than the reference: besides sizes, magic and the body's
 * CRC a record must stand where it says it does, its topic holds no zero byte, its properties end in
 * none, and no sector of them is zero, so that neither a stale record of an earlier life of the file nor
 * one of which a part was never written passes.
 *
 * Source: CommitLog.java (checkMessageAndReturnSize).
 */
import { crc32, readInt64 } from '@orbitmq/kernel';
import { MessageSysFlag, MIN_RECORD_BYTES, RecordField, RecordMagic } from '@orbitmq/protocol';

export type ScanResult =
  | { readonly kind: 'record'; readonly sizeBytes: number }
  /** The rest of the file holds nothing. */
  | { readonly kind: 'blank' }
  | { readonly kind: 'none'; readonly reason: DamageReason };

export type DamageReason =
  | 'end'
  | 'size'
  | 'magic'
  | 'offset'
  | 'lengths'
  | 'checksum'
  | 'topic'
  | 'properties';

/** What recovery needs of a record to dispatch it. */
export interface ScannedRecord {
  topic: string;
  queueId: number;
  queueOffset: number;
  physicalOffset: number;
  sizeBytes: number;
  sysFlag: number;
  storeTimestampMs: number;
  propertiesText: string;
}

const BLANK: ScanResult = { kind: 'blank' };

/** Judges what stands at `position`, whose place in the log is `physicalOffset`; `end` bounds the buffer. */
export function scanRecord(
  buffer: Buffer,
  position: number,
  end: number,
  physicalOffset: number,
): ScanResult {
  if (end - position < 8) return none('end');
  const sizeBytes = buffer.readInt32BE(position);
  const magic = buffer.readInt32BE(position + RecordField.magic);
  if (magic === RecordMagic.blank) return BLANK;
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return none('magic');
  if (sizeBytes < MIN_RECORD_BYTES) return none('size');
  if (sizeBytes > end - position) return none('end');
  if (readInt64(buffer, position + RecordField.physicalOffset) !== physicalOffset) {
    return none('offset');
  }
  const reason = checkRecord(buffer, position, sizeBytes, magic, physicalOffset);
  return reason === undefined ? { kind: 'record', sizeBytes } : none(reason);
}

/**
 * Why `buffer[position, position + sizeBytes)` is not a record that was written at `physicalOffset`; undefined when it is
 * one. For readers who know where a record stands and how long it is.
 */
// oxlint-disable-next-line max-params -- called for each record that is read from the files
export function recordDamage(
  buffer: Buffer,
  position: number,
  sizeBytes: number,
  physicalOffset: number,
): DamageReason | undefined {
  const magic = buffer.readInt32BE(position + RecordField.magic);
  return (
    headDamage(buffer, position, sizeBytes, physicalOffset) ??
    checkRecord(buffer, position, sizeBytes, magic, physicalOffset)
  );
}

/** Like {@link recordDamage}, but looks at size, magic and place only. */
// oxlint-disable-next-line max-params -- called for each record that is read from the files
export function headDamage(
  buffer: Buffer,
  position: number,
  sizeBytes: number,
  physicalOffset: number,
): DamageReason | undefined {
  const magic = buffer.readInt32BE(position + RecordField.magic);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return 'magic';
  if (buffer.readInt32BE(position) !== sizeBytes) return 'size';
  const isAtPlace = readInt64(buffer, position + RecordField.physicalOffset) === physicalOffset;
  return isAtPlace ? undefined : 'offset';
}

/** Whether a record without damage is a certain message of a queue. */
// oxlint-disable-next-line max-params -- called for each record that is read from the files
export function isMessageOf(
  buffer: Buffer,
  position: number,
  queue: { readonly queueId: number; readonly topicBytes: Buffer },
  queueOffset: number,
): boolean {
  const { queueId, topicBytes } = queue;
  if (buffer.readInt32BE(position + RecordField.queueId) !== queueId) return false;
  if (readInt64(buffer, position + RecordField.queueOffset) !== queueOffset) return false;
  const bodyLengthAt = position + bodyLengthOffset(buffer, position);
  let at = bodyLengthAt + 4 + buffer.readInt32BE(bodyLengthAt);
  const isV1 = buffer.readInt32BE(position + RecordField.magic) === RecordMagic.v1;
  const topicLength = isV1 ? buffer.readUInt8(at) : buffer.readUInt16BE(at);
  if (topicLength !== topicBytes.length) return false;
  at += isV1 ? 1 : 2;
  // A loop: the native comparison's call costs more than most topics are long.
  for (let index = 0; index < topicLength; index++) {
    if (buffer[at + index] !== topicBytes[index]) return false;
  }
  return true;
}

// oxlint-disable-next-line max-params -- called for each record of a scan
function checkRecord(
  buffer: Buffer,
  position: number,
  sizeBytes: number,
  magic: number,
  physicalOffset: number,
): DamageReason | undefined {
  const end = position + sizeBytes;
  const bodyLengthAt = position + bodyLengthOffset(buffer, position);
  if (bodyLengthAt + 4 > end) return 'lengths';
  const bodyBytes = buffer.readInt32BE(bodyLengthAt);
  const bodyStart = bodyLengthAt + 4;
  const bodyEnd = bodyStart + bodyBytes;
  const topicWidth = magic === RecordMagic.v1 ? 1 : 2;
  if (bodyBytes < 0 || bodyEnd + topicWidth > end) return 'lengths';
  const topicEnd = bodyEnd + topicWidth + buffer.readUIntBE(bodyEnd, topicWidth);
  if (topicEnd + 2 > end) return 'lengths';
  const propertiesStart = topicEnd + 2;
  if (propertiesStart + buffer.readUInt16BE(topicEnd) !== end) return 'lengths';
  const crc = buffer.readInt32BE(position + RecordField.bodyCrc);
  if (bodyBytes > 0 && crc32(buffer, bodyStart, bodyEnd) !== crc) return 'checksum';
  // Zeros are sectors that were never written.
  if (hasZero(buffer, bodyEnd + topicWidth, topicEnd)) return 'topic';
  if (!hasZero(buffer, propertiesStart, end)) return undefined;
  // A zero within is a property with a NUL in its text, which Apache's brokers take; at the end it is a cut.
  if (buffer[end - 1] === 0) return 'properties';
  const shift = position - physicalOffset;
  const isTorn = hasZeroSector(buffer, { start: position, from: propertiesStart, end, shift });
  return isTorn ? 'properties' : undefined;
}

/** Disks write these as a whole or not at all. */
const SECTOR_BYTES = 512;
const ZERO_SECTOR = Buffer.alloc(SECTOR_BYTES);

interface RecordSpan {
  readonly start: number;
  readonly end: number;
  /** Sectors that end before it are not looked at. */
  readonly from: number;
  /** From the log's offsets to the buffer's. */
  readonly shift: number;
}

/**
 * Whether a sector holds nothing but zeros of the record `buffer[start, end)`: it was never written, or
 * last when the record was not there yet. Log files are whole sectors; where they are not, the check is
 * weaker.
 */
function hasZeroSector(buffer: Buffer, { start, from, end, shift }: RecordSpan): boolean {
  const first = Math.floor((from - shift) / SECTOR_BYTES) * SECTOR_BYTES + shift;
  for (let sector = first; sector < end; sector += SECTOR_BYTES) {
    const partStart = Math.max(start, sector);
    const partEnd = Math.min(end, sector + SECTOR_BYTES);
    if (buffer.compare(ZERO_SECTOR, 0, partEnd - partStart, partStart, partEnd) === 0) return true;
  }
  return false;
}

function bodyLengthOffset(buffer: Buffer, position: number): number {
  const sysFlag = buffer.readInt32BE(position + RecordField.sysFlag);
  const bornBytes = (sysFlag & MessageSysFlag.bornHostIpv6) === 0 ? 8 : 20;
  const storeBytes = (sysFlag & MessageSysFlag.storeHostIpv6) === 0 ? 8 : 20;
  return RecordField.bornHost + bornBytes + 8 + storeBytes + 12;
}

/** When the record at `position` was stored, milliseconds since the epoch. */
export function storeTimestampAt(buffer: Buffer, position: number): number {
  const sysFlag = buffer.readInt32BE(position + RecordField.sysFlag);
  const bornBytes = (sysFlag & MessageSysFlag.bornHostIpv6) === 0 ? 8 : 20;
  return readInt64(buffer, position + RecordField.bornHost + bornBytes);
}

/** Takes out of a record that {@link scanRecord} accepted what its dispatch needs. */
export function describeRecord(buffer: Buffer, position: number): ScannedRecord {
  const isV1 = buffer.readInt32BE(position + RecordField.magic) === RecordMagic.v1;
  const bodyLengthAt = position + bodyLengthOffset(buffer, position);
  const topicLengthAt = bodyLengthAt + 4 + buffer.readInt32BE(bodyLengthAt);
  const topicStart = topicLengthAt + (isV1 ? 1 : 2);
  const topicEnd = topicStart + buffer.readUIntBE(topicLengthAt, isV1 ? 1 : 2);
  const propertiesEnd = topicEnd + 2 + buffer.readUInt16BE(topicEnd);
  return {
    topic: buffer.toString('utf8', topicStart, topicEnd),
    queueId: buffer.readInt32BE(position + RecordField.queueId),
    queueOffset: readInt64(buffer, position + RecordField.queueOffset),
    physicalOffset: readInt64(buffer, position + RecordField.physicalOffset),
    sizeBytes: buffer.readInt32BE(position),
    sysFlag: buffer.readInt32BE(position + RecordField.sysFlag),
    storeTimestampMs: storeTimestampAt(buffer, position),
    propertiesText: buffer.toString('utf8', topicEnd + 2, propertiesEnd),
  };
}

function hasZero(buffer: Buffer, start: number, end: number): boolean {
  const at = buffer.indexOf(0, start);
  return at >= 0 && at < end;
}

function none(reason: DamageReason): ScanResult {
  return { kind: 'none', reason };
}
