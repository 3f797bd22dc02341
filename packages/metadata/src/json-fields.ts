/** Values read from JSON as fastjson reads beans: absent, null and misfit values take the default. */
import { isJsonObject, type JsonObject, type JsonValue, mapEntriesOf } from '@orbitmq/protocol';

const NO_FIELDS: JsonObject = {};

export function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : NO_FIELDS;
}

export function asText(value: JsonValue | undefined, absent: string): string {
  return typeof value === 'string' ? value : absent;
}

/** An integer, also one written as text. */
export function asInteger(value: JsonValue | undefined, absent: number): number {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^[+-]?\d{1,19}$/.test(value.trim())) return Number(value);
  return absent;
}

export function asBoolean(value: JsonValue | undefined, absent: boolean): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 1) return true;
  return value === 'false' || value === 0 ? false : absent;
}

export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

export function asTexts(value: JsonValue | undefined): Record<string, string> {
  const entries = Object.entries(asObject(value));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A map with integer keys and values, whichever way its keys were written; what is neither is left out. */
export function asIntegerMap(value: JsonValue | undefined): Map<number, number> {
  const map = new Map<number, number>();
  for (const [key, entry] of mapEntriesOf(value) ?? []) {
    const [number, integer] = [asInteger(key, Number.NaN), asInteger(entry, Number.NaN)];
    if (!Number.isNaN(number) && !Number.isNaN(integer)) map.set(number, integer);
  }
  return map;
}
