/** int64 on the wire and on disk as a JavaScript number: exact up to 2^53, which no offset or time reaches. */

const TWO_32 = 4294967296;

/**
 * Reads a big-endian signed 64-bit integer. Exact for |value| <= 2^53; larger ones are rounded.
 *
 * @throws {RangeError} ERR_OUT_OF_RANGE, as Buffer's methods do, when not all eight bytes are there
 */
export function readInt64(buffer: Uint8Array, position: number): number {
  if (position < 0 || position + 8 > buffer.length) {
    const error = new RangeError(`eight bytes at ${position}, of ${buffer.length} that there are`);
    throw Object.assign(error, { code: 'ERR_OUT_OF_RANGE' });
  }
  return int32At(buffer, position) * TWO_32 + (int32At(buffer, position + 4) >>> 0);
}

/**
 * Reads a big-endian signed 32-bit integer: what `Buffer.readInt32BE` does in a fraction of the time, without its
 * checks; all four bytes have to be there.
 */
export function int32At(buffer: Uint8Array, position: number): number {
  return (
    ((buffer[position] as number) << 24) |
    ((buffer[position + 1] as number) << 16) |
    ((buffer[position + 2] as number) << 8) |
    (buffer[position + 3] as number)
  );
}

/** Writes a big-endian signed 64-bit integer. @returns the position behind it */
export function writeInt64(buffer: Uint8Array, value: number, position: number): number {
  const high = Math.floor(value / TWO_32);
  writeInt32(buffer, high, position);
  // The low 32 bits of the two's complement, for negative values as well.
  return writeInt32(buffer, value - high * TWO_32, position + 4);
}

/**
 * Writes the low 32 bits of an integer, big-endian: what `Buffer.writeInt32BE` does in a third of the time,
 * without its checks. @returns the position behind it
 */
export function writeInt32(buffer: Uint8Array, value: number, position: number): number {
  buffer[position] = value >>> 24;
  buffer[position + 1] = value >>> 16;
  buffer[position + 2] = value >>> 8;
  buffer[position + 3] = value;
  return position + 4;
}
