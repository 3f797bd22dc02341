/**
 * The JSON header, walked byte by byte: `JSON.parse` of a send header costs 3–4 µs and makes some
 * forty objects, this walk costs under 1 µs and makes none.
 *
 * Reading rules are those of fastjson: any order of keys, unknown keys skipped, numbers also as
 * numeric strings, values of `extFields` as strings, numbers or booleans.
 *
 * Source: RemotingCommand.java, RemotingSerializable.java.
 */
import { indexOfJsonSpecial, int32At, RecentViews } from '@orbitmq/kernel';
import { languageOrdinal } from '../language.ts';
import { FrameError } from './frame-error.ts';
import { type FrameView, ValueForm } from './frame-view.ts';
import { unescapeJsonText } from './json-text.ts';
import { WordText } from './word-text.ts';

/** Deeper than anything a peer sends in a value that is skipped. */
const MAX_SKIPPED_DEPTH = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Where the scanners below leave what they found besides the position; one walk runs at a time. */
let scannedForm = 0;
let scannedStart = 0;
let scannedEnd = 0;
let scannedNumber = 0;

/** @throws {FrameError} when the bytes are no JSON object or a number does not fit int32 */
export function walkJsonHeader(view: FrameView, start: number, end: number): void {
  if (walkJavaHeader(view, start, end)) return;
  view.clear();
  walkAnyHeader(view, start, end);
}

/** What stands between the values of a request of Java's client: fastjson writes the keys in this order, without blanks. */
const JAVA_CODE = new WordText('{"code":');
const JAVA_FIELDS = new WordText(',"extFields":{');
const JAVA_FLAG = new WordText(',"flag":');
const JAVA_OPAQUE = new WordText(',"language":"JAVA","opaque":');
const JAVA_VERSION = new WordText(',"serializeTypeCurrentRPC":"JSON","version":');
const JAVA = 0;
const lastView = new RecentViews();

/**
 * Requests of Java's clients, whose constant parts are compared instead of walked: a quarter of the time.
 *
 * @returns false when it is another header; the view then holds what was noted so far
 */
function walkJavaHeader(view: FrameView, start: number, end: number): boolean {
  const { buffer } = view;
  const words = lastView.of(buffer);
  if (!JAVA_CODE.isAt(words, start, end)) return false;
  let position = scanDigits(buffer, start + JAVA_CODE.length, end);
  if (position < 0 || !JAVA_FIELDS.isAt(words, position, end)) return false;
  view.code = scannedNumber;
  position = walkExtFields(view, position + JAVA_FIELDS.length - 1, end);
  if (!JAVA_FLAG.isAt(words, position, end)) return false;
  position = scanDigits(buffer, position + JAVA_FLAG.length, end);
  if (position < 0 || !JAVA_OPAQUE.isAt(words, position, end)) return false;
  view.flag = scannedNumber;
  view.language = JAVA;
  position = scanDigits(buffer, position + JAVA_OPAQUE.length, end);
  if (position < 0 || !JAVA_VERSION.isAt(words, position, end)) return false;
  view.opaque = scannedNumber;
  view.hasOpaque = true;
  position = scanDigits(buffer, position + JAVA_VERSION.length, end);
  view.version = scannedNumber;
  return position === end - 1 && buffer[position] === CLOSE_BRACE;
}

function walkAnyHeader(view: FrameView, start: number, end: number): void {
  const { buffer } = view;
  let position = expect(buffer, skipBlanks(buffer, start, end), end, OPEN_BRACE);
  position = skipBlanks(buffer, position, end);
  if (buffer[position] === CLOSE_BRACE) {
    requireEnd(buffer, position + 1, end);
    return;
  }
  for (;;) {
    position = scanString(buffer, position, end);
    const keyStart = scannedStart;
    const keyEnd = scannedEnd;
    position = expect(buffer, skipBlanks(buffer, position, end), end, COLON);
    position = walkValue(view, keyStart, keyEnd, skipBlanks(buffer, position, end), end);
    position = skipBlanks(buffer, position, end);
    if (buffer[position] === CLOSE_BRACE && position < end) break;
    position = skipBlanks(buffer, expect(buffer, position, end, COMMA), end);
  }
  requireEnd(buffer, position + 1, end);
}

/** The first four letters of the keys, as {@link int32At} reads them. */
const CODE = 0x636f6465;
const FLAG = 0x666c6167;
const OPAQ = 0x6f706171;
const REMA = 0x72656d61;
const VERS = 0x76657273;
const LANG = 0x6c616e67;
const EXTF = 0x65787446;

/** One member of the header; which one is told by the first letters of its key, then checked. */
// oxlint-disable-next-line max-params -- spans as positions: an object per call costs more than the walk
function walkValue(
  view: FrameView,
  keyStart: number,
  keyEnd: number,
  position: number,
  end: number,
): number {
  const { buffer } = view;
  const keyBytes = keyEnd - keyStart;
  switch (keyBytes < 4 ? 0 : int32At(buffer, keyStart)) {
    case CODE:
      if (keyBytes !== 4) break;
      return walkCode(view, position, end);
    case FLAG:
      if (keyBytes !== 4) break;
      return walkFlag(view, position, end);
    case OPAQ:
      if (keyBytes !== 6 || !matches(buffer, keyStart + 4, 'ue')) break;
      return walkOpaque(view, position, end);
    case VERS:
      if (keyBytes !== 7 || !matches(buffer, keyStart + 4, 'ion')) break;
      return walkVersion(view, position, end);
    case LANG:
      if (keyBytes !== 8 || !matches(buffer, keyStart + 4, 'uage')) break;
      return walkLanguage(view, position, end);
    case REMA:
      if (keyBytes !== 6 || !matches(buffer, keyStart + 4, 'rk')) break;
      return walkRemark(view, position, end);
    case EXTF:
      if (keyBytes !== 9 || !matches(buffer, keyStart + 4, 'ields')) break;
      return walkExtFields(view, position, end);
    default:
  }
  return skipValue(buffer, position, end);
}

function walkCode(view: FrameView, position: number, end: number): number {
  const next = scanInt32(view.buffer, position, end, 'code');
  view.code = scannedNumber;
  return next;
}

function walkFlag(view: FrameView, position: number, end: number): number {
  const next = scanInt32(view.buffer, position, end, 'flag');
  view.flag = scannedNumber;
  return next;
}

function walkOpaque(view: FrameView, position: number, end: number): number {
  const next = scanInt32(view.buffer, position, end, 'opaque');
  view.opaque = scannedNumber;
  view.hasOpaque = (scannedForm & ValueForm.absent) === 0;
  return next;
}

function walkVersion(view: FrameView, position: number, end: number): number {
  const next = scanInt32(view.buffer, position, end, 'version');
  view.version = scannedNumber;
  return next;
}

function walkLanguage(view: FrameView, position: number, end: number): number {
  const next = scanScalar(view.buffer, position, end);
  view.language = scannedLanguage(view.buffer);
  return next;
}

function walkRemark(view: FrameView, position: number, end: number): number {
  const next = scanScalar(view.buffer, position, end);
  noteRemark(view);
  return next;
}

function walkExtFields(view: FrameView, start: number, end: number): number {
  const { buffer } = view;
  if (buffer[start] !== OPEN_BRACE) {
    const next = scanScalar(buffer, start, end);
    if ((scannedForm & ValueForm.absent) === 0) throw malformed('extFields is no object', start);
    return next;
  }
  let position = skipBlanks(buffer, start + 1, end);
  if (buffer[position] === CLOSE_BRACE && position < end) return position + 1;
  for (;;) {
    const compactEnd = walkCompactField(view, position, end);
    position = compactEnd < 0 ? walkField(view, position, end) : compactEnd;
    // What nearly always follows, then what may.
    if (buffer[position] === COMMA && buffer[position + 1] === QUOTE) {
      position++;
      continue;
    }
    position = skipBlanks(buffer, position, end);
    if (buffer[position] === CLOSE_BRACE && position < end) return position + 1;
    position = skipBlanks(buffer, expect(buffer, position, end, COMMA), end);
  }
}

/**
 * A field as all official clients write it: `"key":"value"` without blanks.
 *
 * @returns behind it; -1 when it is written otherwise, and nothing was noted
 */
function walkCompactField(view: FrameView, start: number, end: number): number {
  const { buffer } = view;
  const words = lastView.of(buffer);
  const keyStart = start + 1;
  const keyEnd = compactKeyEnd(buffer, words, start, end);
  if (keyEnd < 0) return -1;
  const valueStart = keyEnd + 3;
  let form: number = ValueForm.plain;
  for (let position = valueStart; ; ) {
    position = indexOfJsonSpecial(words, position, end);
    if (position >= end) return -1;
    const byte = buffer[position] as number;
    if (byte === QUOTE) {
      const field = view.addField(keyStart, keyEnd, valueStart, position);
      if (form !== ValueForm.plain) view.setForm(field, form);
      return position + 1;
    }
    if (byte === BACKSLASH) {
      form |= ValueForm.escaped;
      position += 2;
    } else {
      form |= ValueForm.nonAscii;
      do position++;
      while (position < end && (buffer[position] as number) >= 0x80);
    }
  }
}

/** `"x":` as a little-endian word without its letter. */
const ONE_LETTER_KEY = 0x3a220022;

/** @returns the end of a key of which `":"` and at least one byte follow; -1 when it is written otherwise */
function compactKeyEnd(buffer: Buffer, words: DataView, start: number, end: number): number {
  if (end - start < 6) return -1;
  let position = start + 2;
  // Keys of the most frequent requests are one letter.
  const isOneLetter =
    (words.getInt32(start, true) & 0xffff00ff) === ONE_LETTER_KEY &&
    buffer[start + 1] !== BACKSLASH;
  if (!isOneLetter) {
    if (buffer[start] !== QUOTE) return -1;
    for (position = start + 1; position < end && buffer[position] !== QUOTE; position++) {
      if (buffer[position] === BACKSLASH) return -1;
    }
    if (end - position < 4 || buffer[position + 1] !== COLON) return -1;
  }
  return buffer[position + 2] === QUOTE ? position : -1;
}

function walkField(view: FrameView, start: number, end: number): number {
  const { buffer } = view;
  let position = scanString(buffer, start, end);
  const keyStart = scannedStart;
  const keyEnd = scannedEnd;
  position = expect(buffer, skipBlanks(buffer, position, end), end, COLON);
  position = scanScalar(buffer, skipBlanks(buffer, position, end), end);
  const field = view.addField(keyStart, keyEnd, scannedStart, scannedEnd);
  if (scannedForm !== 0) view.setForm(field, scannedForm);
  return position;
}

function noteRemark(view: FrameView): void {
  if ((scannedForm & ValueForm.absent) !== 0) return;
  view.remarkStart = scannedStart;
  view.remarkEnd = scannedEnd;
  view.remarkForm = scannedForm;
}

/** A string from its opening quote on: leaves its inside in the scanned span. @returns behind the closing quote */
function scanString(buffer: Buffer, start: number, end: number): number {
  if (buffer[start] !== QUOTE || start >= end) throw malformed('a string is expected', start);
  let form = 0;
  for (let position = start + 1; position < end; position++) {
    const byte = buffer[position] as number;
    if (byte === QUOTE) {
      scannedStart = start + 1;
      scannedEnd = position;
      scannedForm = form;
      return position + 1;
    }
    if (byte === BACKSLASH) {
      form |= ValueForm.escaped;
      position++;
    } else if (byte >= 0x80) {
      form |= ValueForm.nonAscii;
    }
  }
  throw malformed('a string does not end', start);
}

/** A string, number, true, false or null. @returns behind it */
function scanScalar(buffer: Buffer, start: number, end: number): number {
  const first = buffer[start];
  if (first === QUOTE) return scanString(buffer, start, end);
  let position = start;
  while (position < end && isLiteralByte(buffer[position] as number)) position++;
  if (position === start) throw malformed('a value is expected', start);
  scannedStart = start;
  scannedEnd = position;
  scannedForm = first === 0x6e ? ValueForm.absent : ValueForm.plain;
  return position;
}

/** Letters, digits, sign, point: what numbers and the words true, false and null are made of. */
function isLiteralByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  );
}

/** Digits of any int32 below a billion: what numbers nearly always are, read while they are looked for. */
const MAX_PLAIN_DIGITS = 9;

/** An int32 as a number or as text; a JSON null counts as 0. Leaves it in the scanned number. @returns behind it */
function scanInt32(buffer: Buffer, start: number, end: number, name: string): number {
  const position = scanDigits(buffer, start, end);
  if (position >= 0 && (buffer[position] === COMMA || buffer[position] === CLOSE_BRACE)) {
    scannedForm = ValueForm.plain;
    return position;
  }
  const next = scanScalar(buffer, start, end);
  scannedNumber = scannedInt32(buffer, name);
  return next;
}

/** One to {@link MAX_PLAIN_DIGITS} digits with something behind them. @returns behind them; -1 for anything else */
function scanDigits(buffer: Buffer, start: number, end: number): number {
  let value = 0;
  let position = start;
  for (; position < end; position++) {
    const digit = (buffer[position] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const digits = position - start;
  if (digits === 0 || digits > MAX_PLAIN_DIGITS || position === end) return -1;
  scannedNumber = value;
  return position;
}

/** The scanned scalar as int32; a JSON null counts as 0. */
function scannedInt32(buffer: Buffer, name: string): number {
  if ((scannedForm & ValueForm.absent) !== 0) return 0;
  const value = Number(buffer.toString('latin1', scannedStart, scannedEnd));
  if (!Number.isInteger(value) || value !== (value | 0)) {
    throw malformed(`${name} is no int32`, scannedStart);
  }
  return value;
}

function scannedLanguage(buffer: Buffer): number {
  if ((scannedForm & ValueForm.absent) !== 0) return 0;
  return scannedEnd - scannedStart === 4 && matches(buffer, scannedStart, 'JAVA')
    ? 0
    : languageOrdinal(unescapeJsonText(buffer, scannedStart, scannedEnd));
}

/** Any value. @returns behind it */
function skipValue(buffer: Buffer, start: number, end: number): number {
  let depth = 0;
  let position = start;
  do {
    position = skipBlanks(buffer, position, end);
    if (position >= end) throw malformed('a value does not end', start);
    const byte = buffer[position];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_SKIPPED_DEPTH) throw malformed('a value is nested too deeply', start);
      position++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      position++;
    } else if (depth > 0 && (byte === COMMA || byte === COLON)) {
      position++;
    } else {
      position = scanScalar(buffer, position, end);
    }
  } while (depth > 0);
  return position;
}

function skipBlanks(buffer: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end) {
    const byte = buffer[position];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    position++;
  }
  return position;
}

function expect(buffer: Buffer, position: number, end: number, byte: number): number {
  if (position >= end || buffer[position] !== byte) {
    throw malformed(`'${String.fromCharCode(byte)}' is expected`, position);
  }
  return position + 1;
}

function requireEnd(buffer: Buffer, position: number, end: number): void {
  if (skipBlanks(buffer, position, end) !== end) {
    throw malformed('bytes follow the header object', position);
  }
}

function matches(buffer: Buffer, start: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    if (buffer[start + index] !== word.charCodeAt(index)) return false;
  }
  return true;
}

function malformed(reason: string, position: number): FrameError {
  return new FrameError(`JSON header: ${reason}`, { position });
}
