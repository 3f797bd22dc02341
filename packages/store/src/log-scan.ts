/**
 * Telling records from what is none. Stronger than the reference: besides sizes, magic and the body's
 * CRC a record must stand where it says it does, its topic holds no zero byte, its properties end in
 * none, and no sector of them is zero, so that neither a stale record of an earlier life of the file nor
 * one of which a part was never written passes.
 *
 * Source: CommitLog.java (checkMessageAndReturnSize).
 */
import { crc32, RecentViews, readInt64 } from '@orbitmq/kernel';
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

/** `maxMessageSize` may be raised, but no frame that a peer can send is longer. */
export const MAX_RECORD_BYTES = 32 * 1024 * 1024;

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
  const reason = checkRecord(buffer, position, sizeBytes, physicalOffset);
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
  return (
    headDamage(buffer, position, sizeBytes, physicalOffset) ??
    checkRecord(buffer, position, sizeBytes, physicalOffset)
  );
}

/** Checks run on the same few buffers hundreds of times. Numbers are had from a view in half the time of `Buffer`'s. */
const views = new RecentViews();

/** Like {@link recordDamage}, but looks at size, magic and place only. */
// oxlint-disable-next-line max-params -- called for each record that is read from the files
export function headDamage(
  buffer: Buffer,
  position: number,
  sizeBytes: number,
  physicalOffset: number,
): DamageReason | undefined {
  const view = views.of(buffer);
  const magic = view.getInt32(position + RecordField.magic);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return 'magic';
  if (view.getInt32(position) !== sizeBytes) return 'size';
  const isAtPlace = getInt64(view, position + RecordField.physicalOffset) === physicalOffset;
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
  const view = views.of(buffer);
  if (view.getInt32(position + RecordField.queueId) !== queueId) return false;
  if (getInt64(view, position + RecordField.queueOffset) !== queueOffset) return false;
  const bodyLengthAt = position + bodyLengthOffset(view, position);
  let at = bodyLengthAt + 4 + view.getInt32(bodyLengthAt);
  const isV1 = view.getInt32(position + RecordField.magic) === RecordMagic.v1;
  const topicLength = isV1 ? view.getUint8(at) : view.getUint16(at);
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
  physicalOffset: number,
): DamageReason | undefined {
  const view = views.of(buffer);
  const end = position + sizeBytes;
  const bodyLengthAt = position + bodyLengthOffset(view, position);
  if (bodyLengthAt + 4 > end) return 'lengths';
  const bodyBytes = view.getInt32(bodyLengthAt);
  const bodyStart = bodyLengthAt + 4;
  const bodyEnd = bodyStart + bodyBytes;
  const isV1 = view.getInt32(position + RecordField.magic) === RecordMagic.v1;
  const topicStart = bodyEnd + (isV1 ? 1 : 2);
  if (bodyBytes < 0 || topicStart > end) return 'lengths';
  const topicEnd = topicStart + (isV1 ? view.getUint8(bodyEnd) : view.getUint16(bodyEnd));
  const propertiesStart = topicEnd + 2;
  if (propertiesStart > end) return 'lengths';
  if (propertiesStart + view.getUint16(topicEnd) !== end) return 'lengths';
  const crc = view.getInt32(position + RecordField.bodyCrc);
  if (bodyBytes > 0 && crc32(buffer, bodyStart, bodyEnd) !== crc) return 'checksum';
  // Zeros are sectors that were never written.
  if (hasZero(view, topicStart, topicEnd)) return 'topic';
  if (!hasZero(view, propertiesStart, end)) return undefined;
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

function bodyLengthOffset(view: DataView, position: number): number {
  const sysFlag = view.getInt32(position + RecordField.sysFlag);
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
  const bodyLengthAt = position + bodyLengthOffset(views.of(buffer), position);
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

/** Whether a byte of `[start, end)` is zero: four at a time, since a native search costs more than most texts are long. */
function hasZero(view: DataView, start: number, end: number): boolean {
  let at = start;
  for (; end - at >= 4; at += 4) {
    const word = view.getInt32(at);
    // The highest bit of a byte stays only where it was zero, or above one that was.
    if (((word - 0x01010101) & ~word & 0x80808080) !== 0) return true;
  }
  for (; at < end; at++) {
    if (view.getUint8(at) === 0) return true;
  }
  return false;
}

function getInt64(view: DataView, position: number): number {
  return view.getInt32(position) * 4_294_967_296 + view.getUint32(position + 4);
}

function none(reason: DamageReason): ScanResult {
  return { kind: 'none', reason };
}
