/**
 * The records of a transaction.
 *
 *   half       topic RMQ_SYS_TRANS_HALF_TOPIC, queue 0: the message as it was sent, its transaction bits
 *              cleared, with REAL_TOPIC and REAL_QID; when the broker stores it again to ask for it, with
 *              TRANSACTION_CHECK_TIMES and TRAN_PREPARED_QUEUE_OFFSET, the half offset its producer knows
 *   committed  topic and queue it was sent to; transaction bits 0x8; preparedTransactionOffset is where
 *              the half record is in the log; the properties stay as they are
 *   op         topic RMQ_SYS_TRANS_OP_HALF_TOPIC, queue 0, tag `d`: its body says in decimal which half
 *              offset is settled. 5.x writes several, each with a comma behind it; both are read, and the
 *              form that 4.x reads too is written
 *
 * Source: TransactionalMessageBridge.java, EndTransactionProcessor.java, TransactionalMessageServiceImpl.java.
 */
import { javaHashCode } from '@orbitmq/kernel';
import { encodeRecord, MessageSysFlag, PropertyName } from '@orbitmq/protocol';
import { AppendRecord } from '@orbitmq/store';
import { setProperties } from '../send/record-properties.ts';
import { writeDecimal } from '../send/send-answer.ts';
import type { StoredRecord } from '../send/stored-record.ts';

const OP_TAG = 'd';
const MAX_OFFSET_DIGITS = 20;
const OP_PROPERTIES = Buffer.from(`${PropertyName.tags}\u0001${OP_TAG}`);
const OP_TAGS_CODE = javaHashCode(OP_TAG);

/** The offset of the half message as its producer knows it, whatever copies followed. */
export function originOf(half: StoredRecord): number {
  return preparedOffsetOf(half) ?? half.queueOffset;
}

/** The origin of a copy; undefined for a message that is none. */
export function preparedOffsetOf(half: StoredRecord): number | undefined {
  const { preparedQueueOffset } = half.scan;
  return preparedQueueOffset < 0 ? undefined : preparedQueueOffset;
}

/** How often the producer was asked. */
export function checkTimesOf(half: StoredRecord): number {
  return integerProperty(half, PropertyName.transactionCheckTimes) ?? 0;
}

/**
 * How old a half message has to be before its producer is asked, in milliseconds, if it says so itself.
 * -1 and what is no number stand for `transactionTimeOut`.
 */
export function ownImmunityMs(
  half: StoredRecord,
  transactionTimeOutMs: number,
): number | undefined {
  const text = half.properties[PropertyName.checkImmunityTimeInSeconds];
  if (text === undefined) return undefined;
  const seconds = /^-?\d{1,12}$/.test(text) ? Number(text) : -1;
  return seconds === -1 ? transactionTimeOutMs : seconds * 1000;
}

export function committedRecord(half: StoredRecord): AppendRecord {
  const record = half.again();
  record.sysFlag =
    (record.sysFlag & ~MessageSysFlag.transactionMask) | MessageSysFlag.transactionCommit;
  record.preparedTransactionOffset = half.physicalOffset;
  return record;
}

/** @returns undefined when the properties do not fit a record with what is added */
export function copyOfHalf(
  half: StoredRecord,
  checkTimes: number,
  origin: number | undefined,
): AppendRecord | undefined {
  const record = half.again();
  const isFitting = setProperties(record, {
    [PropertyName.transactionCheckTimes]: String(checkTimes),
    ...(origin === undefined ? {} : { [PropertyName.preparedQueueOffset]: String(origin) }),
  });
  return isFitting ? record : undefined;
}

/** Op messages one after the other, in one record. */
export class OpRecord {
  readonly #record = new AppendRecord();

  /** @param storeHost as `encodeHost` gives it */
  constructor(storeHost: Buffer) {
    const record = this.#record;
    record.bornHost = storeHost;
    record.body = Buffer.alloc(MAX_OFFSET_DIGITS);
    record.properties = OP_PROPERTIES;
    record.propertiesEnd = OP_PROPERTIES.length;
    record.tagsCode = OP_TAGS_CODE;
  }

  /** @returns to be appended before the next is asked for */
  settling(halfOffset: number, nowMs: number): AppendRecord {
    const record = this.#record;
    record.bornTimestampMs = nowMs;
    record.bodyEnd = writeDecimal(record.body, 0, halfOffset);
    return record;
  }
}

/** Half offsets that an op message settles; none for what is no op message. */
export function settledBy(op: StoredRecord): readonly number[] {
  if (op.properties[PropertyName.tags] !== OP_TAG) return [];
  return op.body
    .toString('latin1')
    .split(',')
    .filter((text) => /^\d{1,15}$/.test(text))
    .map(Number);
}

/** The record that a producer is asked about: the copy in the half queue, with the message's own topic and queue. */
export function recordToCheck(
  half: StoredRecord,
  copy: AppendRecord,
  place: { readonly queueOffset: number; readonly physicalOffset: number },
): Buffer {
  return encodeRecord({
    ...place,
    topic: half.realTopic ?? half.topic,
    queueId: half.realQueueId,
    flag: copy.flag,
    sysFlag: copy.sysFlag,
    bornTimestamp: copy.bornTimestampMs,
    bornHost: copy.bornHost,
    storeTimestamp: half.storeTimestampMs,
    storeHost: half.storeHost,
    reconsumeTimes: copy.reconsumeTimes,
    preparedTransactionOffset: 0,
    body: half.body,
    properties: copy.properties.subarray(copy.propertiesStart, copy.propertiesEnd),
  });
}

function integerProperty(half: StoredRecord, name: string): number | undefined {
  const text = half.properties[name];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
