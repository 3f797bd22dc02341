import { jsonMalformed } from './json-error.ts';

/** A piece of the text and where the next one starts. */
export interface Token<T> {
  readonly value: T;
  readonly end: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const HEX_2 = /^[0-9a-fA-F]{2}$/;
const HEX_4 = /^[0-9a-fA-F]{4}$/;
const OCTAL = /^[0-7]$/;

/** Reads a string whose opening quote, single or double, stands at `start`. */
export function readString(text: string, start: number): Token<string> {
  const quote = text.charAt(start);
  const close = text.indexOf(quote, start + 1);
  if (close < 0) throw jsonMalformed('string without its closing quote', text, start);
  // Looked for in the string alone: in a text without any it would be looked for to the end, for each string.
  const value = text.slice(start + 1, close);
  return value.includes('\\') ? readEscaped(text, start, quote) : { value, end: close + 1 };
}

function readEscaped(text: string, start: number, quote: string): Token<string> {
  const pieces: string[] = [];
  let position = start + 1;
  let plainStart = position;
  while (position < text.length) {
    const character = text.charAt(position);
    if (character === quote) {
      pieces.push(text.slice(plainStart, position));
      return { value: pieces.join(''), end: position + 1 };
    }
    if (character === '\\') {
      pieces.push(text.slice(plainStart, position));
      const escape = readEscape(text, position);
      pieces.push(escape.value);
      position = escape.end;
      plainStart = position;
    } else {
      position++;
    }
  }
  throw jsonMalformed('string without its closing quote', text, start);
}

function readEscape(text: string, start: number): Token<string> {
  const letter = text.charAt(start + 1);
  if (letter === 'u') return readHex(text, start, HEX_4, 4);
  if (letter === 'x') return readHex(text, start, HEX_2, 2);
  if (OCTAL.test(letter)) return { value: String.fromCharCode(Number(letter)), end: start + 2 };
  const value = ESCAPES[letter];
  if (value === undefined) throw jsonMalformed('unknown escape', text, start);
  return { value, end: start + 2 };
}

function readHex(text: string, start: number, form: RegExp, digits: number): Token<string> {
  const hex = text.slice(start + 2, start + 2 + digits);
  if (!form.test(hex)) throw jsonMalformed('broken escape', text, start);
  return { value: String.fromCharCode(Number.parseInt(hex, 16)), end: start + 2 + digits };
}
