/**
 * A request or an answer as an object, and its two encodings. Paths that handle each message do
 * without it: they read a {@link FrameView} and write bytes.
 *
 * Source: RemotingCommand.java, RocketMQSerializable.java.
 */
import { GrowingBuffer, RocketMqError } from '@orbitmq/kernel';
import { type FrameView, MAX_FRAME_BYTES, SerializeType } from './frame/frame-view.ts';
import { appendJsonHeader } from './frame/json-writer.ts';
import { LANGUAGE_OTHER, languageName } from './language.ts';

/** What we say we are: V4_9_7, the newest release every peer and tool of 4.x and 5.x treats alike. */
export const PROTOCOL_VERSION = 407;

/** Length, serialize type and header length. */
const PREFIX_BYTES = 8;
const OTHER_NAME = 'OTHER';

export const CommandFlag = { response: 1, oneway: 2 } as const;

export interface RemotingCommand {
  /** Request or response code; the binary header carries its low 16 bits only. */
  readonly code: number;
  /** Ordinal of `LanguageCode`. */
  readonly language: number;
  readonly version: number;
  /** Request id, echoed in the answer. */
  readonly opaque: number;
  /** {@link CommandFlag} bits. */
  readonly flag: number;
  readonly remark?: string | undefined;
  /** Absent when the command has no custom header. */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  /** Absent and empty are the same on the wire. */
  readonly body?: Buffer | undefined;
  readonly serializeType: SerializeType;
}

export function isResponse(command: RemotingCommand): boolean {
  return (command.flag & CommandFlag.response) !== 0;
}

export function isOneway(command: RemotingCommand): boolean {
  return (command.flag & CommandFlag.oneway) !== 0;
}

/** A copy of a frame that outlives the connection's buffer. */
export function toCommand(view: FrameView): RemotingCommand {
  return {
    code: view.code,
    language: view.language,
    version: view.version,
    opaque: view.opaque,
    flag: view.flag,
    remark: view.remark,
    extFields: view.fields(),
    body: view.bodyBytes === 0 ? undefined : Buffer.from(view.body()),
    serializeType: view.serializeType,
  };
}

/** What an answer takes over from its request. */
type Answered = Pick<RemotingCommand, 'opaque' | 'serializeType'>;

/** An answer to `request`, written in the request's own serialization. */
export function answerTo(
  request: Answered,
  answer: Pick<RemotingCommand, 'code' | 'remark' | 'extFields' | 'body'>,
): RemotingCommand {
  return {
    code: answer.code,
    language: LANGUAGE_OTHER,
    version: PROTOCOL_VERSION,
    opaque: request.opaque,
    flag: CommandFlag.response,
    remark: answer.remark,
    extFields: answer.extFields,
    body: answer.body,
    serializeType: request.serializeType,
  };
}

/** Most headers are smaller. */
const USUAL_HEADER_BYTES = 512;

/** @throws {RocketMqError} FRAME_TOO_LARGE */
export function encodeCommand(command: RemotingCommand): Buffer {
  const output = new GrowingBuffer(USUAL_HEADER_BYTES + (command.body?.length ?? 0));
  appendCommand(command, output);
  return output.buffer.subarray(0, output.length);
}

/** Writes a frame behind what a buffer holds. @throws {RocketMqError} FRAME_TOO_LARGE; nothing was written */
export function appendCommand(command: RemotingCommand, output: GrowingBuffer): void {
  const start = output.length;
  output.reserve(PREFIX_BYTES);
  output.length += PREFIX_BYTES;
  if (command.serializeType === SerializeType.json) {
    const language = languageName(command.language) ?? OTHER_NAME;
    appendJsonHeader(command, language, output);
  } else {
    output.append(encodeBinaryHeader(command));
  }
  const headerBytes = output.length - start - PREFIX_BYTES;
  const length = 4 + headerBytes + (command.body?.length ?? 0);
  if (length > MAX_FRAME_BYTES) {
    output.length = start;
    throw new RocketMqError(`frame of ${length} bytes is longer than ${MAX_FRAME_BYTES}`, {
      code: 'FRAME_TOO_LARGE',
      details: { length, max: MAX_FRAME_BYTES, requestCode: command.code },
    });
  }
  output.buffer.writeInt32BE(length, start);
  output.buffer.writeInt32BE((command.serializeType << 24) | headerBytes, start + 4);
  if (command.body !== undefined) output.append(command.body);
}

function encodeBinaryHeader(command: RemotingCommand): Buffer {
  const remark = Buffer.from(command.remark ?? '');
  const fields: Buffer[] = [];
  let fieldsBytes = 0;
  for (const [key, value] of Object.entries(command.extFields ?? {})) {
    const field = encodeBinaryField(key, value);
    fields.push(field);
    fieldsBytes += field.length;
  }
  const header = Buffer.allocUnsafe(21 + remark.length + fieldsBytes);
  header.writeUInt16BE(command.code & 0xffff, 0);
  header.writeUInt8(command.language & 0xff, 2);
  header.writeInt16BE(command.version, 3);
  header.writeInt32BE(command.opaque, 5);
  header.writeInt32BE(command.flag, 9);
  header.writeInt32BE(remark.length, 13);
  remark.copy(header, 17);
  let position = 17 + remark.length;
  position = header.writeInt32BE(fieldsBytes, position);
  for (const field of fields) position += field.copy(header, position);
  return header;
}

function encodeBinaryField(key: string, value: string): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const valueBytes = Buffer.byteLength(value);
  const field = Buffer.allocUnsafe(6 + keyBytes + valueBytes);
  field.writeUInt16BE(keyBytes, 0);
  field.write(key, 2);
  field.writeInt32BE(valueBytes, 2 + keyBytes);
  field.write(value, 6 + keyBytes);
  return field;
}
