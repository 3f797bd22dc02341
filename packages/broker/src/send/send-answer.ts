/**
 * Answers to sends as bytes. What never changes stands first in one template, so that an answer is one
 * copy and five numbers; the order of JSON keys is free.
 *
 *   JSON    {"code":0,"flag":1,…,"extFields":{…,"msgId":"<host><offset>","queueId":"q","queueOffset":"o"},"opaque":n}
 *   binary  as remoting's binary header, ext fields in the same order
 *
 * Source: SendMessageResponseHeader.java.
 */
import { copyFew, type GrowingBuffer, writeInt32 } from '@orbitmq/kernel';
import {
  LANGUAGE_OTHER,
  languageName,
  PROTOCOL_VERSION,
  ResponseCode,
  SerializeType,
} from '@orbitmq/protocol';

/** More than the variable part of an answer to a single send ever takes. */
const VARIABLE_BYTES = 160;
const HEX_DIGITS = Buffer.from('0123456789ABCDEF');
const TWO_32 = 4294967296;
const NO_BYTES = Buffer.alloc(0);

const JSON_QUEUE_ID = Buffer.from('","queueId":"');
const JSON_QUEUE_OFFSET = Buffer.from('","queueOffset":"');
const JSON_OPAQUE = Buffer.from('"},"opaque":');
const BINARY_QUEUE_ID = Buffer.from('\u0000\u0007queueId');
const BINARY_QUEUE_OFFSET = Buffer.from('\u0000\u000bqueueOffset');

export interface SendAnswerOptions {
  /** As `encodeHost` gives it; the first half of every message id. */
  readonly storeHost: Buffer;
  readonly regionId: string;
  readonly isTraceOn: boolean;
}

/** Writes answers of one broker. The response code is part of the template: one writer for each code. */
export class SendAnswerWriter {
  readonly #json: Buffer;
  readonly #binary: Buffer;
  readonly #hostHex: Buffer;
  readonly #binaryFieldsLengthAt: number;
  readonly #messageIdBytes: number;

  constructor(code: number, remark: string | undefined, options: SendAnswerOptions) {
    const hostHex = options.storeHost.toString('hex').toUpperCase();
    this.#hostHex = Buffer.from(hostHex);
    this.#messageIdBytes = hostHex.length + 16;
    const remarkJson = remark === undefined ? '' : `"remark":${JSON.stringify(remark)},`;
    const fields = `"MSG_REGION":${JSON.stringify(options.regionId)},"TRACE_ON":"${options.isTraceOn}"`;
    const header =
      `{"code":${code},"flag":1,"language":"${languageName(LANGUAGE_OTHER)}",${remarkJson}` +
      `"serializeTypeCurrentRPC":"JSON","version":${PROTOCOL_VERSION},"extFields":{${fields},"msgId":"`;
    this.#json = Buffer.concat([Buffer.alloc(8), Buffer.from(header)]);
    this.#binary = binaryTemplate(code, remark, options);
    this.#binaryFieldsLengthAt = 8 + 17 + Buffer.byteLength(remark ?? '');
  }

  /**
   * Writes the answer to a single send.
   *
   * @param messageIds the ids of a batch; undefined for a single message, whose id is made of `physicalOffset`
   */
  // oxlint-disable-next-line max-params -- one call a message: an options object costs what the template saves
  write(
    output: GrowingBuffer,
    serializeType: number,
    opaque: number,
    queueId: number,
    queueOffset: number,
    physicalOffset: number,
    messageIds?: string,
  ): void {
    const ids = messageIds === undefined ? NO_BYTES : Buffer.from(messageIds);
    const template = serializeType === SerializeType.json ? this.#json : this.#binary;
    output.reserve(template.length + VARIABLE_BYTES + ids.length);
    const { buffer } = output;
    const start = output.length;
    buffer.set(template, start);
    let position = start + template.length;
    if (serializeType === SerializeType.json) {
      position = this.#writeId(buffer, position, physicalOffset, ids);
      position = copyFew(JSON_QUEUE_ID, buffer, position);
      position = writeDecimal(buffer, position, queueId);
      position = copyFew(JSON_QUEUE_OFFSET, buffer, position);
      position = writeDecimal(buffer, position, queueOffset);
      position = copyFew(JSON_OPAQUE, buffer, position);
      position = writeDecimal(buffer, position, opaque);
      buffer[position++] = 0x7d;
      writeInt32(buffer, position - start - 8, start + 4);
    } else {
      writeInt32(buffer, ids.length > 0 ? ids.length : this.#messageIdBytes, position);
      position = this.#writeId(buffer, position + 4, physicalOffset, ids);
      position = writeBinaryNumber(buffer, position, BINARY_QUEUE_ID, queueId);
      position = writeBinaryNumber(buffer, position, BINARY_QUEUE_OFFSET, queueOffset);
      writeInt32(buffer, opaque, start + 13);
      const fieldsLengthAt = start + this.#binaryFieldsLengthAt;
      writeInt32(buffer, position - fieldsLengthAt - 4, fieldsLengthAt);
      writeInt32(buffer, (1 << 24) | (position - start - 8), start + 4);
    }
    writeInt32(buffer, position - start - 4, start);
    output.length = position;
  }

  #writeId(buffer: Buffer, position: number, physicalOffset: number, ids: Buffer): number {
    if (ids.length > 0) {
      buffer.set(ids, position);
      return position + ids.length;
    }
    return writeHex64(buffer, copyFew(this.#hostHex, buffer, position), physicalOffset);
  }
}

/** Frame prefix and header up to the value length of `msgId`. */
function binaryTemplate(
  code: number,
  remark: string | undefined,
  options: SendAnswerOptions,
): Buffer {
  const remarkBytes = Buffer.from(remark ?? '');
  const head = Buffer.alloc(8 + 21 + remarkBytes.length);
  head.writeUInt16BE(code, 8);
  head.writeUInt8(LANGUAGE_OTHER, 10);
  head.writeInt16BE(PROTOCOL_VERSION, 11);
  head.writeInt32BE(1, 17);
  head.writeInt32BE(remarkBytes.length, 21);
  remarkBytes.copy(head, 25);
  return Buffer.concat([
    head,
    binaryField('MSG_REGION', options.regionId),
    binaryField('TRACE_ON', String(options.isTraceOn)),
    Buffer.from('\u0000\u0005msgId'),
  ]);
}

function binaryField(key: string, value: string): Buffer {
  const lengths = Buffer.alloc(6);
  const keyBytes = Buffer.from(key);
  const valueBytes = Buffer.from(value);
  lengths.writeUInt16BE(keyBytes.length, 0);
  lengths.writeInt32BE(valueBytes.length, 2);
  return Buffer.concat([lengths.subarray(0, 2), keyBytes, lengths.subarray(2), valueBytes]);
}

function writeBinaryNumber(buffer: Buffer, position: number, key: Buffer, value: number): number {
  const lengthAt = copyFew(key, buffer, position);
  const end = writeDecimal(buffer, lengthAt + 4, value);
  writeInt32(buffer, end - lengthAt - 4, lengthAt);
  return end;
}

/** Decimal digits of an integer. @returns the position behind them */
export function writeDecimal(buffer: Buffer, position: number, value: number): number {
  let rest = value;
  let start = position;
  if (rest < 0) {
    buffer[start++] = 0x2d;
    rest = -rest;
  }
  let end = start;
  let bound = 10;
  for (end++; bound <= rest; bound *= 10) end++;
  let at = end - 1;
  // Integer division by shifts only holds below 2^31; what is above goes by doubles.
  while (rest > 0x7fffffff) {
    const quotient = Math.floor(rest / 10);
    buffer[at--] = 0x30 + (rest - quotient * 10);
    rest = quotient;
  }
  let small = rest | 0;
  for (; at >= start; at--) {
    const quotient = (small / 10) | 0;
    buffer[at] = 0x30 + (small - quotient * 10);
    small = quotient;
  }
  return end;
}

function writeHex64(buffer: Buffer, position: number, value: number): number {
  const high = Math.floor(value / TWO_32);
  writeHex32(buffer, position, high);
  writeHex32(buffer, position + 8, value - high * TWO_32);
  return position + 16;
}

function writeHex32(buffer: Buffer, position: number, value: number): void {
  for (let digit = 0; digit < 8; digit++) {
    buffer[position + digit] = HEX_DIGITS[(value >>> (28 - digit * 4)) & 0xf] as number;
  }
}

/** Codes under which a message was stored all the same; their answers carry the full header. */
export const STORED_CODES: readonly number[] = [
  ResponseCode.SUCCESS,
  ResponseCode.FLUSH_DISK_TIMEOUT,
  ResponseCode.SLAVE_NOT_AVAILABLE,
  ResponseCode.FLUSH_SLAVE_TIMEOUT,
];
