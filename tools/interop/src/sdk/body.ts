import { crc32 } from 'node:zlib';

const CHECKSUM_SIZE = 8;
const LETTERS = 26;
const FIRST_LETTER = 'a'.charCodeAt(0);

/** A message body that can be made again from its index, the same in all judges: `run:index:filler...crc32`. */
export function makeBody(run: string, index: number, sizeBytes: number): Buffer {
  const head = Buffer.from(`${run}:${index}:`);
  const body = Buffer.alloc(Math.max(sizeBytes, head.length + CHECKSUM_SIZE));
  head.copy(body);
  const end = body.length - CHECKSUM_SIZE;
  for (let i = head.length; i < end; i++) body[i] = FIRST_LETTER + ((index * 31 + i) % LETTERS);
  const checksum = crc32(body.subarray(0, end)).toString(16).padStart(CHECKSUM_SIZE, '0');
  body.write(checksum, end, 'latin1');
  return body;
}

/** The index of a body of this run, or -1 when a single byte is not as it was made. */
export function indexOfBody(run: string, body: Buffer): number {
  const match = /^([^:]*):(\d{1,9}):/u.exec(body.toString('latin1', 0, 80));
  if (match === null || match[1] !== run) return -1;
  const index = Number(match[2]);
  return body.equals(makeBody(run, index, body.length)) ? index : -1;
}
