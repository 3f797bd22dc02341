/**
 * Writes JSON in fastjson 1.x's spelling: no blanks, keys in the order given, integer, boolean and
 * object keys bare, non-ASCII text raw.
 *
 * Source: SerializeWriter.java, MapSerializer.java, ListSerializer.java of fastjson 1.2.
 */
import {
  isJsonObject,
  JavaDouble,
  type JsonObject,
  JsonSet,
  type JsonValue,
  MapEntries,
  mapEntriesOf,
} from './json-value.ts';
import { printDouble } from './print-double.ts';
import { printStrictString, printString } from './print-string.ts';

export interface PrintOptions {
  /**
   * Lines and tabs as fastjson's PrettyFormat: fields and list items on lines of their own, entries
   * of maps with integer keys and items of sets not.
   */
  readonly pretty?: boolean;
  /**
   * Standard JSON as name servers answer route requests of clients from V4_9_4 on: every key quoted,
   * keys of maps sorted, non-ASCII text and slashes escaped, integers beyond 2^53 as strings.
   */
  readonly strict?: boolean;
}

/** Prints a value; it must not contain itself. */
export function printFastJson(value: JsonValue, options: PrintOptions = {}): string {
  const print: Printing = {
    isPretty: options.pretty === true,
    isStrict: options.strict === true,
    string: options.strict === true ? printStrictString : printString,
  };
  return printValue(value, print, 0);
}

interface Printing {
  readonly isPretty: boolean;
  readonly isStrict: boolean;
  string(text: string): string;
}

function printValue(value: JsonValue, print: Printing, indent: number): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return print.string(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return printInteger(value, print);
  if (typeof value === 'number') return printNumber(value, print);
  return printContainer(value, print, indent);
}

function printContainer(
  value: Exclude<JsonValue, null | string | boolean | number | bigint>,
  print: Printing,
  indent: number,
): string {
  if (value instanceof JavaDouble) return printDouble(value.value);
  if (value instanceof JsonSet) {
    return `[${value.items.map((item) => printValue(item, print, indent)).join(',')}]`;
  }
  if (value instanceof MapEntries || isJsonObject(value)) return printMap(value, print, indent);
  return printList(value, print, indent);
}

function printNumber(value: number, print: Printing): string {
  if (!Number.isInteger(value)) return printDouble(value);
  return printInteger(Number.isSafeInteger(value) ? value : BigInt(value), print);
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** Clamped to a long: 2^63, which a double makes of Java's Long.MAX_VALUE, prints as that. */
function printInteger(value: number | bigint, print: Printing): string {
  if (typeof value === 'number') return String(value);
  const clamped = value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : value;
  return print.isStrict ? `"${clamped}"` : String(clamped);
}

function printList(items: readonly JsonValue[], print: Printing, indent: number): string {
  if (items.length === 0) return '[]';
  const lineStart = print.isPretty ? newLine(indent + 1) : '';
  const printed = items.map((item) => lineStart + printValue(item, print, indent + 1));
  return `[${printed.join(',')}${print.isPretty ? newLine(indent) : ''}]`;
}

function printMap(map: JsonObject | MapEntries, print: Printing, indent: number): string {
  const printed: string[] = [];
  for (const [key, value] of orderedEntries(map, print)) {
    if (value === undefined) continue;
    const isName = typeof key === 'string';
    const lineStart = print.isPretty && isName ? newLine(indent + 1) : '';
    printed.push(
      `${lineStart}${printKey(key, print, indent + 1)}:${printValue(value, print, indent + 1)}`,
    );
  }
  if (printed.length === 0) return '{}';
  return `{${printed.join(',')}${print.isPretty ? newLine(indent) : ''}}`;
}

function orderedEntries(
  map: JsonObject | MapEntries,
  print: Printing,
): readonly (readonly [JsonValue, JsonValue | undefined])[] {
  const entries = mapEntriesOf(map) ?? [];
  return print.isStrict ? entries.toSorted(([left], [right]) => compareKeys(left, right)) : entries;
}

function compareKeys(left: JsonValue, right: JsonValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [leftText, rightText] = [keyText(left), keyText(right)];
  if (leftText === rightText) return 0;
  return leftText < rightText ? -1 : 1;
}

function printKey(key: JsonValue, print: Printing, indent: number): string {
  if (typeof key === 'string') return print.string(key);
  if (print.isStrict) return print.string(keyText(key));
  return printValue(key, { ...print, isPretty: false }, indent);
}

/** A key as text: objects in fastjson's spelling. */
function keyText(key: JsonValue): string {
  return typeof key === 'string' ? key : printFastJson(key);
}

function newLine(indent: number): string {
  return `\n${'\t'.repeat(indent)}`;
}
