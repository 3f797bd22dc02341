/**
 * Texts on hot paths, looked at four bytes at a time. The arithmetic is the old one of `strlen`: in
 * `(w - 0x01010101) & ~w & 0x80808080` the lowest bit that is set belongs to the first zero byte of `w`.
 */

const ONES = 0x01010101;
const THREES = 0x03030303;
const HIGH_BITS = 0x80808080 | 0;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/** @returns where the byte stands first in `[start, end)`; `end` when it does not */
export function indexOfByte(view: DataView, start: number, end: number, byte: number): number {
  const pattern = Math.imul(byte, ONES);
  let position = start;
  for (; end - position >= 4; position += 4) {
    const marks = zeroBytes(view.getInt32(position, true) ^ pattern);
    if (marks !== 0) return position + firstMarked(marks);
  }
  while (position < end && view.getUint8(position) !== byte) position++;
  return position;
}

/** @returns where a byte of 0, 1 or 2 stands first in `[start, end)`; `end` when none does */
export function indexOfControl(view: DataView, start: number, end: number): number {
  let position = start;
  for (; end - position >= 4; position += 4) {
    const word = view.getInt32(position, true);
    const marks = ((word - THREES) | 0) & ~word & HIGH_BITS;
    if (marks !== 0) return position + firstMarked(marks);
  }
  while (position < end && view.getUint8(position) > 2) position++;
  return position;
}

/**
 * @returns where in a JSON string a quote, a backslash or a byte that is no ASCII stands first in `[start, end)`;
 *   `end` when none does
 */
export function indexOfJsonSpecial(view: DataView, start: number, end: number): number {
  let position = start;
  for (; end - position >= 4; position += 4) {
    const word = view.getInt32(position, true);
    const marks = zeroBytes(word ^ QUOTES) | zeroBytes(word ^ BACKSLASHES) | (word & HIGH_BITS);
    if (marks !== 0) return position + firstMarked(marks);
  }
  for (; position < end; position++) {
    const byte = view.getUint8(position);
    if (byte === 0x22 || byte === 0x5c || byte >= 0x80) return position;
  }
  return position;
}

/**
 * Copies up to the first backslash in `[start, end)`, or all when there is none.
 *
 * @returns how many bytes
 */
// oxlint-disable-next-line max-params -- spans as positions: an object per call costs more than the copy
export function copyToBackslash(
  source: DataView,
  start: number,
  end: number,
  target: DataView,
  targetPosition: number,
): number {
  let from = start;
  let to = targetPosition;
  for (; end - from >= 4; from += 4, to += 4) {
    const word = source.getInt32(from, true);
    if (zeroBytes(word ^ BACKSLASHES) !== 0) break;
    target.setInt32(to, word, true);
  }
  for (; from < end; from++, to++) {
    const byte = source.getUint8(from);
    if (byte === 0x5c) break;
    target.setUint8(to, byte);
  }
  return from - start;
}

/** Bytes above the first zero byte may be marked too. */
function zeroBytes(word: number): number {
  return ((word - ONES) | 0) & ~word & HIGH_BITS;
}

/** Index of the first byte, in memory's order, that is marked. */
function firstMarked(marks: number): number {
  return (31 - Math.clz32(marks & -marks)) >> 3;
}
