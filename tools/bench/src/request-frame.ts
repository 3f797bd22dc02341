/** Frames made once and sent many times; only the opaque changes, in place and of fixed width. */
import { encodeCommand, SerializeType } from '@orbitmq/protocol';

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
