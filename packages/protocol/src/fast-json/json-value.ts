/**
 * JSON as fastjson 1.x writes and reads it: maps may have keys that are integers, booleans, null or
 * whole objects, integers keep 64 bits, and doubles that are whole numbers keep their ".0".
 */

/** A JSON value. Integers beyond 2^53 are bigint; every other number is a number. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | JsonObject
  | MapEntries
  | JsonSet
  | JavaDouble;

/** An object all of whose keys are strings. What is undefined is not printed. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/**
 * A map with at least one key that is no string, e.g. `{0:"a"}` or `{{"queueId":0,"topic":"t"}:5}`,
 * as its entries in order. Numbers, booleans, null and objects as keys print without quotes.
 */
export class MapEntries {
  readonly entries: readonly (readonly [key: JsonValue, value: JsonValue])[];

  constructor(entries: readonly (readonly [key: JsonValue, value: JsonValue])[]) {
    this.entries = entries;
  }
}

/** A Java set or primitive array: an array that the pretty form keeps on one line. Printing only. */
export class JsonSet {
  readonly items: readonly JsonValue[];

  constructor(items: readonly JsonValue[]) {
    this.items = items;
  }
}

/** A Java double: 1 prints as `1.0`, what is not finite as `null`. Printing only. */
export class JavaDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Whether a value is an object with string keys only. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof MapEntries) &&
    !(value instanceof JsonSet) &&
    !(value instanceof JavaDouble)
  );
}

/**
 * Entries of a map, whichever way its keys were written.
 *
 * @returns undefined for what is no map
 */
export function mapEntriesOf(
  value: JsonValue | undefined,
): readonly (readonly [key: JsonValue, value: JsonValue])[] | undefined {
  if (value instanceof MapEntries) return value.entries;
  if (!isJsonObject(value)) return undefined;
  return Object.entries(value) as [string, JsonValue][];
}
