/**
 * Java's `String.hashCode()`: h = 31·h + c over UTF-16 code units, wrapping at 32 bits.
 *
 * @returns a signed 32-bit integer; "TagA" gives 2598919
 */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  }
  return hash;
}

/**
 * The same over UTF-8 bytes `buffer[start, end)`, without making the string when all of them are ASCII.
 *
 * @param seed hash of the characters that stand before them, 0 for none
 */
export function javaHashCodeOfUtf8(buffer: Buffer, start: number, end: number, seed = 0): number {
  let hash = seed;
  let position = start;
  // Four at a time: each step would else wait for the multiplication before it.
  for (; end - position >= 4; position += 4) {
    const first = buffer[position] as number;
    const second = buffer[position + 1] as number;
    const third = buffer[position + 2] as number;
    const fourth = buffer[position + 3] as number;
    if ((first | second | third | fourth) >= 0x80) break;
    const sum = first * 31 ** 3 + second * 31 ** 2 + third * 31 + fourth;
    hash = (Math.imul(31 ** 4, hash) + sum) | 0;
  }
  for (; position < end; position++) {
    const byte = buffer[position] as number;
    if (byte >= 0x80) return continueDecoded(buffer.toString('utf8', position, end), hash);
    hash = (Math.imul(31, hash) + byte) | 0;
  }
  return hash;
}

function continueDecoded(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  }
  return hash;
}
