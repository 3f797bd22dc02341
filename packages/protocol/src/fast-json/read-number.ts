import { jsonMalformed } from './json-error.ts';
import type { Token } from './read-string.ts';

/** Longest number that is read: converting longer ones costs more than linear time. */
const MAX_NUMBER_CHARACTERS = 400;

/** A number, with the type letter that fastjson's class-name mode may put behind it. */
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[LSBFDlsbfd]?/y;
const FRACTION_OR_EXPONENT = /[.eE]/;
const TYPE_LETTER = /[a-zA-Z]$/;

/** Reads the number at `start`; an integer that a double cannot hold exactly becomes a bigint. */
export function readNumber(text: string, start: number): Token<number | bigint> {
  NUMBER.lastIndex = start;
  const match = NUMBER.exec(text)?.[0];
  if (match === undefined) throw jsonMalformed('expected a value', text, start);
  if (match.length > MAX_NUMBER_CHARACTERS) throw jsonMalformed('number too long', text, start);
  const digits = match.replace(TYPE_LETTER, '');
  const end = start + match.length;
  const value = Number(digits);
  if (FRACTION_OR_EXPONENT.test(digits) || Number.isSafeInteger(value)) return { value, end };
  return { value: BigInt(digits.startsWith('+') ? digits.slice(1) : digits), end };
}
