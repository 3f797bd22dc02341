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

/** What a producer answers to a stored half message: its transaction is committed. One-way. */
export function commitOf(header: string, producerGroup: string): Buffer {
  const { extFields = {} } = JSON.parse(header) as {
    readonly extFields?: Readonly<Record<string, string>>;
  };
  const messageId = extFields['msgId'] ?? '';
  return encodeCommand({
    code: RequestCode.END_TRANSACTION,
    extFields: {
      producerGroup,
      tranStateTableOffset: extFields['queueOffset'] ?? '',
      // An offset message id ends with the offset, in hexadecimal.
      commitLogOffset: String(Number.parseInt(messageId.slice(-16), 16)),
      commitOrRollback: TRANSACTION_COMMIT,
      fromTransactionCheck: 'false',
      msgId: messageId,
      transactionId: extFields['transactionId'] ?? '',
    },
    body: undefined,
    language: 0,
    version: CLIENT_VERSION,
    opaque: FIRST_OPAQUE,
    flag: CommandFlag.oneway,
    serializeType: SerializeType.json,
  });
}
