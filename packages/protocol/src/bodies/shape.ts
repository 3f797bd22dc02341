/**
 * What a body must look like, as a value: from a shape come its TypeScript type, its validating
 * reader and its printer in the order in which the shape names the fields (Java's: alphabetical).
 *
 * Readers convert as fastjson does: numbers and booleans given as strings, integer keys with or
 * without quotes, null like an absent field, unknown fields ignored.
 */
import {
  JavaDouble,
  type JsonObject,
  type JsonValue,
  MapEntries,
  mapEntriesOf,
  parseFastJson,
} from '../fast-json/index.ts';

/** How a value of type `T` is read from JSON and written as JSON. */
export interface Shape<T> {
  /** @throws {ShapeMismatch} */
  read(value: JsonValue): T;
  write(value: T): JsonValue;
}

/** A value that does not fit: what was expected, and where, innermost step last. */
export class ShapeMismatch extends Error {
  override readonly name = 'ShapeMismatch';
  readonly path: string[] = [];
}

/** A field that may be missing; reading one that is missing gives undefined. */
export interface OptionalShape<T> extends Shape<T> {
  readonly isOptional: true;
}

/** A field with a value for when it is missing. */
export interface DefaultedShape<T> extends Shape<T> {
  absent(): T;
}

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

type StructShapes = Readonly<Record<string, Shape<unknown>>>;

/** Values of a struct's fields. */
export type StructOf<F> = {
  readonly [Name in keyof F as F[Name] extends OptionalShape<unknown> ? never : Name]: TypeOf<
    F[Name]
  >;
} & {
  readonly [Name in keyof F as F[Name] extends OptionalShape<unknown> ? Name : never]?:
    | TypeOf<F[Name]>
    | undefined;
};

export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return {
    read: (value) => shape.read(value),
    write: (value) => shape.write(value),
    isOptional: true,
  };
}

export function defaulted<T>(shape: Shape<T>, absent: T): DefaultedShape<T> {
  return {
    read: (value) => shape.read(value),
    write: (value) => shape.write(value),
    absent: () => absent,
  };
}

/** An object with these fields. */
export function struct<const F extends StructShapes>(shapes: F): Shape<StructOf<F>> {
  const fields = Object.entries(shapes);
  return {
    read(value) {
      const given = fieldsOf(value);
      const result: Record<string, unknown> = {};
      for (const [name, shape] of fields) {
        const field = readField(shape, name, given[name]);
        if (field !== undefined) result[name] = field;
      }
      return result as StructOf<F>;
    },
    write(value) {
      const result: Record<string, JsonValue> = {};
      for (const [name, shape] of fields) {
        const field = (value as Record<string, unknown>)[name];
        if (field !== undefined) result[name] = shape.write(field);
      }
      return result;
    },
  };
}

function fieldsOf(value: JsonValue): JsonObject {
  const entries = mapEntriesOf(value);
  if (entries === undefined) throw new ShapeMismatch('expected an object');
  if (!(value instanceof MapEntries)) return value as JsonObject;
  const fields: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (const [key, field] of entries) if (typeof key === 'string') fields[key] = field;
  return fields;
}

function readField(shape: Shape<unknown>, name: string, value: JsonValue | undefined): unknown {
  if (value !== undefined && value !== null) return readAt(shape, value, name);
  if ('isOptional' in shape) return undefined;
  if ('absent' in shape) return (shape as DefaultedShape<unknown>).absent();
  const mismatch = new ShapeMismatch('expected a value');
  mismatch.path.push(name);
  throw mismatch;
}

/** Reads a part; a mismatch within it tells where. */
function readAt<T>(shape: Shape<T>, value: JsonValue, step: string): T {
  try {
    return shape.read(value);
  } catch (error) {
    if (error instanceof ShapeMismatch) error.path.unshift(step);
    throw error;
  }
}

export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    read(value) {
      if (!Array.isArray(value)) throw new ShapeMismatch('expected an array');
      return (value as JsonValue[]).map((given, index) => readAt(item, given, `[${index}]`));
    },
    write: (items) => items.map((given) => item.write(given)),
  };
}

/** A map from names. A Map: names come from peers, and `__proto__` is a legal topic. */
export function mapOf<T>(item: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return {
    read(value) {
      const map = new Map<string, T>();
      for (const [key, given] of entriesOf(value)) {
        const name = text.read(key);
        map.set(name, readAt(item, given, name));
      }
      return map;
    },
    write: (map) => new MapEntries([...map].map(([name, given]) => [name, item.write(given)])),
  };
}

/** Few names and their texts, e.g. attributes. */
export const textRecord: Shape<Readonly<Record<string, string>>> = {
  read(value) {
    const record: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [key, given] of entriesOf(value)) {
      const name = text.read(key);
      record[name] = readAt(text, given, name);
    }
    return record;
  },
  write: (record) => ({ ...record }),
};

/** A map from integers, whose keys are printed without quotes. */
export function intMapOf<T>(item: Shape<T>): Shape<ReadonlyMap<number, T>> {
  return {
    read(value) {
      const map = new Map<number, T>();
      for (const [key, given] of entriesOf(value)) {
        const integer = int64.read(key);
        map.set(integer, readAt(item, given, String(integer)));
      }
      return map;
    },
    write: (map) => new MapEntries([...map].map(([key, given]) => [key, item.write(given)])),
  };
}

/** A map from objects, as its entries. */
export type Entries<K, T> = readonly (readonly [key: K, value: T])[];

/** A map whose keys are objects. A key that is a string is read as the text of the object. */
export function objectMapOf<K, T>(key: Shape<K>, item: Shape<T>): Shape<Entries<K, T>> {
  return {
    read(value) {
      return entriesOf(value).map(([givenKey, given], index) => [
        readAt(key, objectKey(givenKey), `key ${index}`),
        readAt(item, given, `value ${index}`),
      ]);
    },
    write: (map) =>
      new MapEntries(map.map(([given, value]) => [key.write(given), item.write(value)])),
  };
}

/** Standard JSON has strings for keys only, so that some writers put the object's text there. */
function objectKey(key: JsonValue): JsonValue {
  return typeof key === 'string' ? parseFastJson(key) : key;
}

/** Entries of a map; those whose value is null count as absent. */
function entriesOf(value: JsonValue): readonly (readonly [JsonValue, JsonValue])[] {
  const entries = mapEntriesOf(value);
  if (entries === undefined) throw new ShapeMismatch('expected a map');
  return entries.filter(([, item]) => item !== null);
}

/** Text; numbers and booleans are taken as their text. */
export const text: Shape<string> = {
  read(value) {
    if (typeof value === 'string') return value;
    if (typeof value === 'object') throw new ShapeMismatch('expected text');
    return String(value);
  },
  write: (value) => value,
};

/** The name of a constant; an ordinal number is taken as the name at that place. */
export function enumName(names: readonly string[]): Shape<string> {
  return {
    read(value) {
      if (typeof value === 'number') return names[value] ?? String(value);
      const given = text.read(value);
      return names.find((name) => name === given.toUpperCase()) ?? given;
    },
    write: (value) => value,
  };
}

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;
const INT64_LIMIT = 2 ** 63;
const INTEGER = /^[+-]?\d{1,19}$/;

export const int32: Shape<number> = {
  read(value) {
    const number = integerOf(value);
    if (number === undefined || number > INT32_MAX || number < INT32_MIN) {
      throw new ShapeMismatch('expected an integer of 32 bits');
    }
    return number;
  },
  write: (value) => value,
};

/** A Java long as a number: exact up to 2^53, beyond it the nearest double. */
export const int64: Shape<number> = {
  read(value) {
    const number = integerOf(value);
    if (number === undefined || Math.abs(number) > INT64_LIMIT) {
      throw new ShapeMismatch('expected an integer of 64 bits');
    }
    return number;
  },
  write: (value) => value,
};

function integerOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && INTEGER.test(value) ? Number(value) : undefined;
}

/** A Java double: whole ones are printed with `.0`. */
export const float64: Shape<number> = {
  read(value) {
    if (typeof value === 'number') return value;
    const isNumeric = typeof value === 'string' && value.trim() !== '';
    const number = isNumeric || typeof value === 'bigint' ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw new ShapeMismatch('expected a number');
    return number;
  },
  write: (value) => new JavaDouble(value),
};

export const bool: Shape<boolean> = {
  read(value) {
    if (typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    const given = typeof value === 'string' ? value.toLowerCase() : '';
    if (given !== 'true' && given !== 'false') throw new ShapeMismatch('expected true or false');
    return given === 'true';
  },
  write: (value) => value,
};
