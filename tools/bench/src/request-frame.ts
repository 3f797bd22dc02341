/** Frames made once and sent many times; only the opaque changes, in place and of fixed width. */
import { CommandFlag, encodeCommand, RequestCode, SerializeType } from '@orbitmq/protocol';

/** The largest opaque of that many digits: what is patched never changes its length. */
const FIRST_OPAQUE = 100_000_000;
const OPAQUE_DIGITS = 9;
const CLIENT_VERSION = 409;

export interface RequestFrame {
  readonly bytes: Buffer;
  /** Where the opaque's digits stand. */
  readonly opaqueAt: number;
}

export function requestFrame(
  code: number,
  extFields: Readonly<Record<string, string>>,
  body: Buffer | undefined,
): RequestFrame {
  const bytes = encodeCommand({
    code,
    extFields,
    body,
    language: 0,
    version: CLIENT_VERSION,
    opaque: FIRST_OPAQUE,
    flag: 0,
    serializeType: SerializeType.json,
  });
  return { bytes, opaqueAt: bytes.indexOf(`"opaque":${FIRST_OPAQUE}`) + '"opaque":'.length };
}

/** Sets the request id, from 0 to 899 999 999. */
export function setOpaque({ bytes, opaqueAt }: RequestFrame, id: number): void {
  bytes.write(String(FIRST_OPAQUE + id), opaqueAt, OPAQUE_DIGITS, 'latin1');
}

/** The request id of an answer; the code is to be success. @returns -1 for any other code */
export function answeredId(frame: Buffer, start: number, headerEnd: number): number {
  const header = frame.toString('latin1', start, headerEnd);
  if (!header.includes('"code":0,')) return -1;
  const at = header.indexOf('"opaque":') + '"opaque":'.length;
  return Number.parseInt(header.slice(at), 10) - FIRST_OPAQUE;
}

const TRANSACTION_COMMIT = '8';
/** Of a 64-bit integer: what is patched never changes its length, and zeros before a number change nothing. */
const OFFSET_DIGITS = 19;
const MESSAGE_ID_CHARACTERS = 32;

/** What a producer answers to stored half messages: their transactions are committed. One-way. */
export class CommitFrames {
  readonly #template: Buffer;
  readonly #queueOffsetAt: number;
  readonly #logOffsetAt: number;
  readonly #messageIdAt: number;

  constructor(producerGroup: string) {
    const queueOffset = '8'.repeat(OFFSET_DIGITS);
    const logOffset = '9'.repeat(OFFSET_DIGITS);
    const messageId = 'F'.repeat(MESSAGE_ID_CHARACTERS);
    this.#template = encodeCommand({
      code: RequestCode.END_TRANSACTION,
      extFields: {
        producerGroup,
        tranStateTableOffset: queueOffset,
        commitLogOffset: logOffset,
        commitOrRollback: TRANSACTION_COMMIT,
        fromTransactionCheck: 'false',
        msgId: messageId,
        transactionId: '',
      },
      body: undefined,
      language: 0,
      version: CLIENT_VERSION,
      opaque: FIRST_OPAQUE,
      flag: CommandFlag.oneway,
      serializeType: SerializeType.json,
    });
    this.#queueOffsetAt = this.#template.indexOf(queueOffset);
    this.#logOffsetAt = this.#template.indexOf(logOffset);
    this.#messageIdAt = this.#template.indexOf(messageId);
  }

  /** @param header of the answer to a half message, as JSON */
  commitOf(header: string): Buffer {
    const messageId = textOf(header, '"msgId":"');
    const frame = Buffer.from(this.#template);
    frame.write(
      textOf(header, '"queueOffset":"').padStart(OFFSET_DIGITS, '0'),
      this.#queueOffsetAt,
      'latin1',
    );
    // An offset message id ends with the offset, in hexadecimal.
    const logOffset = String(Number.parseInt(messageId.slice(-16), 16));
    frame.write(logOffset.padStart(OFFSET_DIGITS, '0'), this.#logOffsetAt, 'latin1');
    frame.write(messageId, this.#messageIdAt, MESSAGE_ID_CHARACTERS, 'latin1');
    return frame;
  }
}

function textOf(header: string, name: string): string {
  const start = header.indexOf(name) + name.length;
  return header.slice(start, header.indexOf('"', start));
}
