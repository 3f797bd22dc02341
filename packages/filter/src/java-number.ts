/**
 * Numbers as Java's filter has them: a literal is an Integer, a Long or a Double, and a property's
 * text is converted to the type of what it is compared with.
 *
 * Source: ConstantExpression.java, ComparisonExpression.__compare, Double.compareTo.
 */
export type JavaNumber =
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'long'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number };

const INT32_MAX = 2_147_483_647n;
const INT32_MIN = -2_147_483_648n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const INTEGER = /^[+-]?\d+$/;
/** Longest text that is converted: a Long has 19 digits, leading zeros are allowed. */
const MAX_INTEGER_CHARACTERS = 64;
const DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;

/** The literal of a decimal number. @returns undefined beyond 64 bits */
export function numberOfDecimal(digits: string): JavaNumber | undefined {
  const value = integerOf(digits, INT64_MIN, INT64_MAX);
  if (value === undefined) return undefined;
  return value <= INT32_MAX ? { kind: 'integer', value: Number(value) } : { kind: 'long', value };
}

/** @returns undefined for text that Java does not take as a number of that type */
export function convert(text: string, kind: JavaNumber['kind']): JavaNumber | undefined {
  if (kind === 'double') {
    const value = doubleOf(text);
    return value === undefined ? undefined : { kind, value };
  }
  const isInteger = kind === 'integer';
  const value = isInteger
    ? integerOf(text, INT32_MIN, INT32_MAX)
    : integerOf(text, INT64_MIN, INT64_MAX);
  if (value === undefined) return undefined;
  return isInteger ? { kind, value: Number(value) } : { kind: 'long', value };
}

function integerOf(text: string, min: bigint, max: bigint): bigint | undefined {
  if (text.length > MAX_INTEGER_CHARACTERS || !INTEGER.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value < min || value > max ? undefined : value;
}

/** Source: Double.valueOf; its hexadecimal form is not taken. */
export function doubleOf(text: string): number | undefined {
  const trimmed = text.trim();
  return DOUBLE.test(trimmed) ? Number(trimmed.replace(/[fFdD]$/, '')) : undefined;
}

/** Negative, zero or positive, as Java's compareTo after widening to the wider type. */
export function compareNumbers(left: JavaNumber, right: JavaNumber): number {
  if (left.kind === 'double' || right.kind === 'double') {
    return compareDoubles(Number(left.value), Number(right.value));
  }
  if (left.value === right.value) return 0;
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}

/** NaN is greater than everything and equal to itself; -0 is less than 0. Source: Double.compare. */
export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (Object.is(left, right)) return 0;
  if (Number.isNaN(left)) return 1;
  if (Number.isNaN(right)) return -1;
  return Object.is(left, -0) ? -1 : 1;
}

export function negate(number: JavaNumber): JavaNumber {
  if (number.kind === 'long') return { kind: 'long', value: -number.value };
  // Java's Integer has no -0; its Double has.
  if (number.kind === 'integer') return { kind: 'integer', value: 0 - number.value };
  return { kind: 'double', value: -number.value };
}
