/**
 * A request as data: its code and what its custom headers carry. Headers travel as `extFields`,
 * a map from field names to text in which an absent entry is Java's null.
 */
import { RocketMqError } from '@orbitmq/kernel';

/** Header fields as they travel. */
export type ExtFields = Readonly<Record<string, string>>;

/** How one value is written and read; `T` is what code sees. */
export interface Field<T> {
  /** What a value must be, for error messages. */
  readonly expected: string;
  /** @returns undefined for text that is no such value */
  parse(text: string): T | undefined;
  print(value: T): string;
  /** Value of an absent field; undefined makes an absent field an error unless it is optional. */
  readonly absent?: T | undefined;
  readonly isOptional: boolean;
}

/** A field that may be missing; reading one that is missing gives undefined. */
export interface OptionalField<T> extends Field<T> {
  readonly isOptional: true;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

type OptionalNames<F> = {
  [Name in keyof F]: F[Name] extends OptionalField<unknown> ? Name : never;
}[keyof F];
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** Values of a header's fields as handlers see them. */
export type ValuesOf<F> = {
  readonly [Name in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[Name]>;
} & {
  readonly [Name in OptionalNames<F>]?: ValueOf<F[Name]> | undefined;
};

/** A request and the header of its answer. */
export interface CommandDefinition<Request, Response> {
  readonly code: number;
  /** Apache's name of the code. */
  readonly name: string;
  readonly request: Request;
  readonly response: Response;
}

/** What any definition looks like to code that handles all of them. */
export type AnyCommandDefinition = CommandDefinition<Fields, Fields>;
export type RequestOf<D> = D extends { readonly request: infer F } ? ValuesOf<F> : never;
export type ResponseOf<D> = D extends { readonly response: infer F } ? ValuesOf<F> : never;

/** A header without fields. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- no field is what it says
export type NoFields = Record<never, never>;

/** States a request; `response` is left out when the answer has no custom header. */
export function defineCommand<
  const Request extends Record<string, Field<unknown>> = NoFields,
  const Response extends Record<string, Field<unknown>> = NoFields,
>(definition: {
  readonly code: number;
  readonly name: string;
  readonly request?: Request;
  readonly response?: Response;
}): CommandDefinition<Request, Response> {
  return {
    code: definition.code,
    name: definition.name,
    request: definition.request ?? ({} as Request),
    response: definition.response ?? ({} as Response),
  };
}

interface Absent<T> {
  /** What an absent field means. */
  readonly absent: T;
}
interface Optional {
  readonly optional: true;
}

interface Kind<T> {
  readonly expected: string;
  parse(text: string): T | undefined;
  print(value: T): string;
}

interface FieldMaker<T> {
  (): Field<T>;
  (option: Optional): OptionalField<T>;
  (option: Absent<T>): Field<T>;
}

function fieldMaker<T>(kind: Kind<T>): FieldMaker<T> {
  function make(option?: Absent<T> | Optional): Field<T> {
    if (option === undefined) return { ...kind, isOptional: false };
    if ('absent' in option) return { ...kind, isOptional: false, absent: option.absent };
    return { ...kind, isOptional: true };
  }
  return make as FieldMaker<T>;
}

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;
const INT64_MAX_TEXT = '9223372036854775807';
const INT64_MIN_TEXT = '-9223372036854775808';
const INTEGER = /^[+-]?\d{1,19}$/;

export const text: FieldMaker<string> = fieldMaker({
  expected: 'text',
  parse: (value) => value,
  print: (value) => value,
});

export const int32: FieldMaker<number> = fieldMaker({
  expected: 'an integer of 32 bits',
  parse(value) {
    if (!INTEGER.test(value)) return undefined;
    const parsed = Number(value);
    return parsed >= INT32_MIN && parsed <= INT32_MAX ? parsed : undefined;
  },
  print: String,
});

/** A Java long as a number: exact up to 2^53, beyond it the nearest double; written within a long's range. */
export const int64: FieldMaker<number> = fieldMaker({
  expected: 'an integer of 64 bits',
  parse: (value) => (INTEGER.test(value) ? Number(value) : undefined),
  print: printInt64,
});

export const bool: FieldMaker<boolean> = fieldMaker({
  expected: 'true or false',
  // Java's Boolean.parseBoolean: anything but "true" is false.
  parse: (value) => value.toLowerCase() === 'true',
  print: String,
});

export const float64: FieldMaker<number> = fieldMaker({
  expected: 'a number',
  parse(value) {
    const parsed = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isNaN(parsed) ? undefined : parsed;
  },
  print: (value) => (Number.isInteger(value) ? `${value}.0` : String(value)),
});

function printInt64(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (value >= 2 ** 63) return INT64_MAX_TEXT;
  if (value <= -(2 ** 63)) return INT64_MIN_TEXT;
  return BigInt(Math.trunc(value)).toString();
}

/** @throws {RocketMqError} HEADER_FIELD_INVALID when a value that must be there is undefined */
export function encodeFields<F extends Fields>(
  fields: F,
  values: ValuesOf<F>,
): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const name in fields) {
    const field = fields[name] as Field<unknown>;
    const value = (values as Record<string, unknown>)[name];
    if (value !== undefined) encoded[name] = field.print(value);
    else if (!field.isOptional && field.absent === undefined) throw missing(name, field);
  }
  return encoded;
}

/** @throws {RocketMqError} HEADER_FIELD_INVALID when a field is missing or its text is no such value */
export function decodeFields<F extends Fields>(
  fields: F,
  extFields: ExtFields | undefined,
): ValuesOf<F> {
  const decoded: Record<string, unknown> = {};
  for (const name in fields) {
    const field = fields[name] as Field<unknown>;
    const value = extFields?.[name];
    if (value !== undefined) {
      const parsed = field.parse(value);
      if (parsed === undefined) throw illegal(name, field, value);
      decoded[name] = parsed;
    } else if (field.absent !== undefined) {
      decoded[name] = field.absent;
    } else if (!field.isOptional) {
      throw missing(name, field);
    }
  }
  return decoded as ValuesOf<F>;
}

/** Longest piece of a peer's value that an error repeats. */
const MAX_QUOTED_LENGTH = 64;

function illegal(name: string, field: Field<unknown>, value: string): RocketMqError {
  const quoted = JSON.stringify(value.slice(0, MAX_QUOTED_LENGTH));
  return new RocketMqError(`header field ${name} is ${quoted}, expected ${field.expected}`, {
    code: 'HEADER_FIELD_INVALID',
    details: { field: name },
  });
}

function missing(name: string, field: Field<unknown>): RocketMqError {
  return new RocketMqError(`header field ${name} is missing, expected ${field.expected}`, {
    code: 'HEADER_FIELD_INVALID',
    details: { field: name },
  });
}
