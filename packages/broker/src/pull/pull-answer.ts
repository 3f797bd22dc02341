/**
 * Answers to pulls as bytes: `code`, the status as remark, and in the ext fields nextBeginOffset,
 * minOffset, maxOffset and suggestWhichBrokerId; then the records as the body.
 *
 * Source: PullMessageResponseHeader.java.
 */
import type { GrowingBuffer } from '@orbitmq/kernel';
import { assert } from '@orbitmq/kernel';
import {
  LANGUAGE_OTHER,
  languageName,
  MAX_FRAME_BYTES,
  PROTOCOL_VERSION,
  SerializeType,
} from '@orbitmq/protocol';

/** More than the header of an answer takes besides its remark. */
const HEADER_BYTES = 512;
/** Records of one answer at most. */
export const MAX_ANSWER_BYTES = MAX_FRAME_BYTES - HEADER_BYTES;

export interface PullAnswer {
  readonly code: number;
  readonly remark: string;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly suggestWhichBrokerId: number;
}

/** Writes an answer whose body is `records.buffer[0, records.length)`. */
export function writePullAnswer(
  output: GrowingBuffer,
  request: { readonly serializeType: number; readonly opaque: number },
  answer: PullAnswer,
  records: GrowingBuffer | undefined,
): void {
  const bodyBytes = records?.length ?? 0;
  assert(bodyBytes < MAX_ANSWER_BYTES, 'a pull returns less than a frame holds');
  output.reserve(HEADER_BYTES + answer.remark.length + bodyBytes);
  const { buffer } = output;
  const start = output.length;
  const headerBytes =
    request.serializeType === SerializeType.json
      ? writeJson(buffer, start + 8, request.opaque, answer)
      : writeBinary(buffer, start + 8, request.opaque, answer);
  buffer.writeInt32BE(4 + headerBytes + bodyBytes, start);
  buffer.writeInt32BE((request.serializeType << 24) | headerBytes, start + 4);
  let position = start + 8 + headerBytes;
  if (records !== undefined) position += records.buffer.copy(buffer, position, 0, bodyBytes);
  output.length = position;
}

/** @returns the header's size */
function writeJson(buffer: Buffer, position: number, opaque: number, answer: PullAnswer): number {
  return buffer.write(
    `{"code":${answer.code},"extFields":{"suggestWhichBrokerId":"${answer.suggestWhichBrokerId}",` +
      `"nextBeginOffset":"${answer.nextBeginOffset}","minOffset":"${answer.minOffset}",` +
      `"maxOffset":"${answer.maxOffset}"},"flag":1,"language":"${languageName(LANGUAGE_OTHER)}",` +
      `"opaque":${opaque},"remark":"${answer.remark}","serializeTypeCurrentRPC":"JSON",` +
      `"version":${PROTOCOL_VERSION}}`,
    position,
    'latin1',
  );
}

function writeBinary(buffer: Buffer, start: number, opaque: number, answer: PullAnswer): number {
  buffer.writeUInt16BE(answer.code, start);
  buffer.writeUInt8(LANGUAGE_OTHER, start + 2);
  buffer.writeInt16BE(PROTOCOL_VERSION, start + 3);
  buffer.writeInt32BE(opaque, start + 5);
  buffer.writeInt32BE(1, start + 9);
  let position = buffer.writeInt32BE(answer.remark.length, start + 13);
  position += buffer.write(answer.remark, position, 'latin1');
  const fieldsLengthAt = position;
  position += 4;
  position = writeField(buffer, position, 'suggestWhichBrokerId', answer.suggestWhichBrokerId);
  position = writeField(buffer, position, 'nextBeginOffset', answer.nextBeginOffset);
  position = writeField(buffer, position, 'minOffset', answer.minOffset);
  position = writeField(buffer, position, 'maxOffset', answer.maxOffset);
  buffer.writeInt32BE(position - fieldsLengthAt - 4, fieldsLengthAt);
  return position - start;
}

function writeField(buffer: Buffer, start: number, key: string, value: number): number {
  const text = String(value);
  let position = buffer.writeUInt16BE(key.length, start);
  position += buffer.write(key, position, 'latin1');
  position = buffer.writeInt32BE(text.length, position);
  return position + buffer.write(text, position, 'latin1');
}
