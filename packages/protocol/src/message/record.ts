/**
 * A stored message: the bytes in the commit log and in every answer that carries messages.
 * `B`, `S`: 8 for an IPv4 host, 20 for an IPv6 one; `n` body, `t` topic, `p` properties bytes.
 *
 *   offset      size  field
 *   0           4     totalSize, this field included
 *   4           4     magic: v1 DA A3 20 A7, v2 DA A3 20 AB
 *   8           4     CRC-32 of the body & 0x7FFFFFFF, 0 without body
 *   12          4     queueId
 *   16          4     flag
 *   20          8     queueOffset, in messages
 *   28          8     physicalOffset, bytes from the log's start
 *   36          4     sysFlag
 *   40          8     bornTimestamp, ms
 *   48          B     bornHost
 *   48+B        8     storeTimestamp, ms
 *   56+B        S     storeHost
 *   56+B+S      4     reconsumeTimes
 *   60+B+S      8     preparedTransactionOffset
 *   68+B+S      4+n   body
 *   72+B+S+n    1+t   topic (v2: 2+t)
 *   …           2+p   properties
 *
 * Source: MessageDecoder.java, CommitLog.java.
 */
import { crc32, errorCode, int32At, RocketMqError, readInt64, writeInt64 } from '@orbitmq/kernel';
import { decodeHost, encodeMessageId, type HostAddress, hostBytes } from './message-id.ts';
import { decodeProperties } from './properties.ts';
import { PropertyName } from './property-name.ts';
import { MessageSysFlag } from './sys-flag.ts';

export const RecordMagic = {
  v1: 0xdaa320a7 | 0,
  v2: 0xdaa320ab | 0,
  /** Fills a commit-log file behind its last record. */
  blank: 0xcbd43194 | 0,
} as const;

/** Where fields stand whose place does not depend on the hosts. */
export const RecordField = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const;

/** Size of a record with IPv4 hosts, v1, without body, topic and properties. */
export const MIN_RECORD_BYTES = 91;

/** A message as it was stored. */
export interface StoredMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  /** In messages. */
  readonly queueOffset: number;
  /** Bytes from the commit log's start. */
  readonly physicalOffset: number;
  readonly sysFlag: number;
  /** Milliseconds since the epoch, from the sender. */
  readonly bornTimestamp: number;
  readonly bornHost: HostAddress;
  readonly storeTimestamp: number;
  readonly storeHost: HostAddress;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  /** As stored, possibly compressed. */
  readonly body: Buffer;
  readonly bodyCrc: number;
  readonly properties: Readonly<Record<string, string>>;
  /** Bytes the record takes. */
  readonly storeSizeBytes: number;
  /** Id by place, which VIEW_MESSAGE_BY_ID resolves. */
  readonly offsetMessageId: string;
}

/** Id that applications know a message by: the sender's unique key, else the id by place. */
export function messageIdOf(message: StoredMessage): string {
  return message.properties[PropertyName.uniqueKey] ?? message.offsetMessageId;
}

/**
 * Reads the record at `position`. The body is a view into `buffer`.
 *
 * @throws {RocketMqError} RECORD_MALFORMED when sizes do not agree or the magic is another
 */
export function decodeRecord(buffer: Buffer, position: number): StoredMessage {
  const storeSizeBytes = recordSizeAt(buffer, position);
  const magic = buffer.readInt32BE(position + RecordField.magic);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) {
    throw malformed('magic is neither v1 nor v2', { magic, position });
  }
  try {
    return decodeChecked(buffer.subarray(position, position + storeSizeBytes), magic);
  } catch (cause) {
    if (errorCode(cause)?.startsWith('ERR_') === true) {
      throw malformed('a length leads out of the record', { position }, cause);
    }
    throw cause;
  }
}

/** Reads records that stand back to back, as in the body of a pull's answer. @throws as {@link decodeRecord} */
export function decodeRecords(body: Buffer): StoredMessage[] {
  const messages: StoredMessage[] = [];
  let position = 0;
  while (position < body.length) {
    const message = decodeRecord(body, position);
    messages.push(message);
    position += message.storeSizeBytes;
  }
  return messages;
}

/** Where the parts of a record are, as positions in the buffer that holds it; ends are exclusive. */
export interface RecordParts {
  readonly bornHostStart: number;
  readonly bornHostEnd: number;
  readonly storeTimestampAt: number;
  readonly storeHostStart: number;
  readonly storeHostEnd: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly topicStart: number;
  readonly topicEnd: number;
  readonly propertiesStart: number;
  readonly propertiesEnd: number;
}

/** Finds the parts of a well-formed record, for readers that do not need it decoded. */
export function recordPartsAt(buffer: Buffer, position: number): RecordParts {
  const sysFlag = int32At(buffer, position + RecordField.sysFlag);
  const bornHostStart = position + RecordField.bornHost;
  const bornHostEnd = bornHostStart + hostBytes((sysFlag & MessageSysFlag.bornHostIpv6) !== 0);
  const storeHostStart = bornHostEnd + 8;
  const storeHostEnd = storeHostStart + hostBytes((sysFlag & MessageSysFlag.storeHostIpv6) !== 0);
  const bodyStart = storeHostEnd + 16;
  const bodyEnd = bodyStart + int32At(buffer, bodyStart - 4);
  const isV1 = int32At(buffer, position + RecordField.magic) === RecordMagic.v1;
  const topicStart = bodyEnd + (isV1 ? 1 : 2);
  const topicBytes = isV1 ? (buffer[bodyEnd] as number) : uint16At(buffer, bodyEnd);
  const topicEnd = topicStart + topicBytes;
  const propertiesStart = topicEnd + 2;
  return {
    bornHostStart,
    bornHostEnd,
    storeTimestampAt: bornHostEnd,
    storeHostStart,
    storeHostEnd,
    bodyStart,
    bodyEnd,
    topicStart,
    topicEnd,
    propertiesStart,
    propertiesEnd: propertiesStart + uint16At(buffer, topicEnd),
  };
}

/** Lengths in well-formed records are not negative. */
function uint16At(buffer: Buffer, position: number): number {
  return ((buffer[position] as number) << 8) | (buffer[position + 1] as number);
}

/** Text of the properties of a well-formed record, see `propertyOf`. */
export function recordPropertiesText(buffer: Buffer, position: number): string {
  const { propertiesStart, propertiesEnd } = recordPartsAt(buffer, position);
  return buffer.toString('utf8', propertiesStart, propertiesEnd);
}

function recordSizeAt(buffer: Buffer, position: number): number {
  if (buffer.length - position < MIN_RECORD_BYTES) {
    throw malformed('shorter than a record', { bytes: buffer.length - position });
  }
  const size = buffer.readInt32BE(position);
  if (size < MIN_RECORD_BYTES || size > buffer.length - position) {
    throw malformed('size is out of range', { size, available: buffer.length - position });
  }
  return size;
}

function decodeChecked(record: Buffer, magic: number): StoredMessage {
  const sysFlag = record.readInt32BE(RecordField.sysFlag);
  const bornBytes = hostBytes((sysFlag & MessageSysFlag.bornHostIpv6) !== 0);
  const storeBytes = hostBytes((sysFlag & MessageSysFlag.storeHostIpv6) !== 0);
  const afterBorn = RecordField.bornHost + bornBytes;
  const storeHostStart = afterBorn + 8;
  const afterStore = storeHostStart + storeBytes;
  const bodyStart = afterStore + 16;
  const bodyEnd = bodyStart + lengthOf(record.readInt32BE(afterStore + 12));
  const topicWidth = magic === RecordMagic.v1 ? 1 : 2;
  const topicStart = bodyEnd + topicWidth;
  const topicEnd = topicStart + lengthOf(record.readIntBE(bodyEnd, topicWidth));
  const propertiesStart = topicEnd + 2;
  const propertiesEnd = propertiesStart + lengthOf(record.readInt16BE(topicEnd));
  if (propertiesEnd > record.length)
    throw malformed('properties lead out of the record', { propertiesEnd });
  const physicalOffset = readInt64(record, RecordField.physicalOffset);
  return {
    topic: record.toString('utf8', topicStart, topicEnd),
    queueId: record.readInt32BE(RecordField.queueId),
    flag: record.readInt32BE(RecordField.flag),
    queueOffset: readInt64(record, RecordField.queueOffset),
    physicalOffset,
    sysFlag,
    bornTimestamp: readInt64(record, RecordField.bornTimestamp),
    bornHost: decodeHost(record, RecordField.bornHost, bornBytes),
    storeTimestamp: readInt64(record, afterBorn),
    storeHost: decodeHost(record, storeHostStart, storeBytes),
    reconsumeTimes: record.readInt32BE(afterStore),
    preparedTransactionOffset: readInt64(record, afterStore + 4),
    body: record.subarray(bodyStart, bodyEnd),
    bodyCrc: record.readInt32BE(RecordField.bodyCrc),
    properties: decodeProperties(record.toString('utf8', propertiesStart, propertiesEnd)),
    storeSizeBytes: record.length,
    offsetMessageId: encodeMessageId(record.subarray(storeHostStart, afterStore), physicalOffset),
  };
}

function lengthOf(length: number): number {
  if (length < 0) throw malformed('negative length', { length });
  return length;
}

/** What {@link encodeRecord} writes. */
export type RecordContent = Omit<
  StoredMessage,
  'properties' | 'storeSizeBytes' | 'offsetMessageId' | 'bodyCrc' | 'bornHost' | 'storeHost'
> & {
  /** As `encodeHost` gives them; their lengths must agree with the sysFlag's bits. */
  readonly bornHost: Buffer;
  readonly storeHost: Buffer;
  /** Encoded, see `encodeProperties`. */
  readonly properties: Buffer;
};

/** A record as an object's bytes: for messages built one at a time. The store's append path writes its own. */
export function encodeRecord(content: RecordContent): Buffer {
  const { body, bornHost, storeHost, properties } = content;
  const topic = Buffer.from(content.topic);
  const topicWidth = topic.length > 127 ? 2 : 1;
  const fixedBytes = 68 + bornHost.length + storeHost.length;
  const totalSize =
    fixedBytes + 4 + body.length + topicWidth + topic.length + 2 + properties.length;
  const record = Buffer.alloc(totalSize);
  record.writeInt32BE(totalSize, 0);
  record.writeInt32BE(topicWidth === 1 ? RecordMagic.v1 : RecordMagic.v2, RecordField.magic);
  record.writeInt32BE(body.length === 0 ? 0 : crc32(body) & 0x7fffffff, RecordField.bodyCrc);
  record.writeInt32BE(content.queueId, RecordField.queueId);
  record.writeInt32BE(content.flag, RecordField.flag);
  writeInt64(record, content.queueOffset, RecordField.queueOffset);
  writeInt64(record, content.physicalOffset, RecordField.physicalOffset);
  record.writeInt32BE(content.sysFlag, RecordField.sysFlag);
  writeInt64(record, content.bornTimestamp, RecordField.bornTimestamp);
  let position = RecordField.bornHost + bornHost.copy(record, RecordField.bornHost);
  position = writeInt64(record, content.storeTimestamp, position);
  position += storeHost.copy(record, position);
  position = record.writeInt32BE(content.reconsumeTimes, position);
  position = writeInt64(record, content.preparedTransactionOffset, position);
  position = record.writeInt32BE(body.length, position);
  position += body.copy(record, position);
  position = record.writeIntBE(topic.length, position, topicWidth);
  position += topic.copy(record, position);
  position = record.writeInt16BE(properties.length, position);
  properties.copy(record, position);
  return record;
}

function malformed(
  reason: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): RocketMqError {
  return new RocketMqError(`message record: ${reason}`, {
    code: 'RECORD_MALFORMED',
    details,
    cause,
  });
}
