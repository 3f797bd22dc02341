/** int64 on the wire and on disk as a JavaScript number: exact up to 2^53, which no offset or time reaches. */

const TWO_32 = 4294967296;

/** Reads a big-endian signed 64-bit integer. Exact for |value| <= 2^53; larger ones are rounded. */
export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * TWO_32 + buffer.readUInt32BE(position + 4);
}

/** Writes a big-endian signed 64-bit integer. @returns the position behind it */
export function writeInt64(buffer: Buffer, value: number, position: number): number {
  buffer.writeInt32BE(Math.floor(value / TWO_32), position);
  // `>>> 0` keeps the low 32 bits of the two's complement for negative values as well.
  buffer.writeUInt32BE((value % TWO_32) >>> 0, position + 4);
  return position + 8;
}
