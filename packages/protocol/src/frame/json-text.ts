/** Escapes of JSON strings, between bytes. */
import { copyToBackslash, RecentViews } from '@orbitmq/kernel';

const BACKSLASH = 0x5c;
const REPLACEMENT = 0xfffd;
const LETTER_U = 0x75;
/** `u000` as a little-endian word. */
const LETTER_U_000 = 0x30303075;
const sourceViews = new RecentViews();
const targetViews = new RecentViews();

/** What stands behind a backslash, other than `u`; 0 where nothing may. */
const SIMPLE_ESCAPES = buildSimpleEscapes();

function buildSimpleEscapes(): Uint8Array {
  const table = new Uint8Array(256);
  for (const [letter, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t', "''"]) {
    table[(letter as string).charCodeAt(0)] = (character as string).charCodeAt(0);
  }
  return table;
}

/**
 * Writes the text between two quotes, `source[start, end)`, unescaped, as UTF-8, into `target`.
 * Never longer than the escaped form. A lone surrogate becomes U+FFFD, a broken escape its letter.
 *
 * @returns the position behind it
 */
// oxlint-disable-next-line max-params -- spans as positions: an object per call costs more than the walk
export function unescapeJsonInto(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  targetPosition: number,
): number {
  const sourceView = sourceViews.of(source);
  const targetView = targetViews.of(target);
  let position = start;
  let out = targetPosition;
  for (;;) {
    const copied = copyToBackslash(sourceView, position, end, targetView, out);
    position += copied;
    out += copied;
    if (position >= end) return out;
    const letter = source[position + 1] as number;
    if (letter !== LETTER_U) {
      target[out++] = SIMPLE_ESCAPES[letter] || letter;
      position += 2;
      continue;
    }
    // \u0001 and \u0002 stand in the properties of every message.
    if (end - position >= 6 && sourceView.getInt32(position + 1, true) === LETTER_U_000) {
      const digit = source[position + 5] as number;
      if (digit >= 0x30 && digit <= 0x39) {
        target[out++] = digit - 0x30;
        position += 6;
        continue;
      }
    }
    let codePoint = hexAt(source, position + 2, end);
    position += 6;
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) {
      const low = isLowSurrogateAt(source, position, end) ? hexAt(source, position + 2, end) : 0;
      if (codePoint <= 0xdbff && low !== 0) {
        codePoint = 0x10000 + ((codePoint - 0xd800) << 10) + (low - 0xdc00);
        position += 6;
      } else {
        codePoint = REPLACEMENT;
      }
    }
    out = writeUtf8(target, out, codePoint);
  }
}

/** The same as text. */
export function unescapeJsonText(source: Buffer, start: number, end: number): string {
  const target = Buffer.allocUnsafe(end - start);
  return target.toString('utf8', 0, unescapeJsonInto(source, start, end, target, 0));
}

function isLowSurrogateAt(source: Buffer, position: number, end: number): boolean {
  if (end - position < 6 || source[position] !== BACKSLASH || source[position + 1] !== 0x75) {
    return false;
  }
  const unit = hexAt(source, position + 2, end);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Four hex digits; U+FFFD when they are none or cut off. */
function hexAt(source: Buffer, position: number, end: number): number {
  if (end - position < 4) return REPLACEMENT;
  let value = 0;
  for (let index = position; index < position + 4; index++) {
    const byte = source[index] as number;
    let digit = byte - 0x30;
    if (digit < 0 || digit > 9) {
      digit = (byte | 0x20) - 0x57;
      if (digit < 10 || digit > 15) return REPLACEMENT;
    }
    value = (value << 4) | digit;
  }
  return value;
}

function writeUtf8(target: Buffer, position: number, codePoint: number): number {
  let out = position;
  if (codePoint < 0x80) {
    target[out++] = codePoint;
  } else if (codePoint < 0x800) {
    target[out++] = 0xc0 | (codePoint >> 6);
    target[out++] = 0x80 | (codePoint & 0x3f);
  } else if (codePoint < 0x10000) {
    target[out++] = 0xe0 | (codePoint >> 12);
    target[out++] = 0x80 | ((codePoint >> 6) & 0x3f);
    target[out++] = 0x80 | (codePoint & 0x3f);
  } else {
    target[out++] = 0xf0 | (codePoint >> 18);
    target[out++] = 0x80 | ((codePoint >> 12) & 0x3f);
    target[out++] = 0x80 | ((codePoint >> 6) & 0x3f);
    target[out++] = 0x80 | (codePoint & 0x3f);
  }
  return out;
}
