import { jsonMalformed } from './json-error.ts';
import { isJsonObject, type JsonValue, MapEntries, mapEntriesOf } from './json-value.ts';
import { type PathStep, parseReferencePath } from './reference-path.ts';

/**
 * How many values all references of a text may stand for together. Values are shared, so memory does
 * not grow with them, but the time of whoever walks the result does.
 */
const MAX_REFERRED_VALUES = 1_000_000;
/** How many entries of maps without string keys all lookups may pass: they are searched one by one. */
const MAX_SEARCHED_ENTRIES = 20_000_000;

/** An object of which some entries have been read. */
export class OpenObject {
  readonly fields: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  /** All entries, from the first key on that is no string. */
  entries: [JsonValue, JsonValue][] | undefined;
  /** Where the entry stands that is being read. */
  openStep: PathStep | undefined;
  /** References that stood as keys so far. */
  referenceKeys = 0;

  add(key: JsonValue, value: JsonValue): void {
    if (this.entries === undefined && typeof key === 'string') {
      this.fields[key] = value;
      return;
    }
    this.entries ??= Object.entries(this.fields);
    this.entries.push([key, value]);
  }

  /** What has been read of it. */
  soFar(): JsonValue {
    return this.entries === undefined ? this.fields : new MapEntries(this.entries);
  }
}

interface OpenList {
  readonly items: JsonValue[];
  openStep: PathStep | undefined;
}

/**
 * The containers around the reading position, outermost first. fastjson writes an object in full where
 * it stands first, so that whatever a reference means has been read before it.
 */
export class OpenContainers {
  readonly #text: string;
  readonly #stack: (OpenObject | OpenList)[] = [];
  #referredValues = 0;
  #searchedEntries = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get depth(): number {
    return this.#stack.length;
  }

  enterObject(): OpenObject {
    const open = new OpenObject();
    this.#stack.push(open);
    return open;
  }

  enterList(items: JsonValue[]): OpenList {
    const open = { items, openStep: undefined };
    this.#stack.push(open);
    return open;
  }

  leave(): void {
    this.#stack.pop();
  }

  /**
   * The value that a path names; null for an enclosing or absent one.
   *
   * @throws {RocketMqError} JSON_MALFORMED when references multiply beyond a bound
   */
  resolve(path: string, position: number): JsonValue {
    const parent = this.#stack.at(-1);
    const isKey = parent instanceof OpenObject && parent.openStep === undefined;
    // Every object key of a map has the path `<map>.null`: the n-th of them here means the n-th there.
    const keyIndex = isKey ? parent.referenceKeys++ : 0;
    const steps = parseReferencePath(path);
    const found = steps === undefined ? undefined : this.#find(steps, keyIndex);
    if (found === undefined) return null;
    this.#count(found, position);
    return found;
  }

  #find(steps: readonly PathStep[], keyIndex: number): JsonValue | undefined {
    let depth = 0;
    while (depth < steps.length && this.#stack[depth + 1] && this.#isOpen(depth, steps[depth]))
      depth++;
    // All steps lead through containers that are still open: the value encloses its reference.
    if (depth === steps.length) return undefined;
    const open = this.#stack[depth];
    if (open === undefined) return undefined;
    let value: JsonValue | undefined = open instanceof OpenObject ? open.soFar() : open.items;
    for (const step of steps.slice(depth)) value = this.#childOf(value, step, keyIndex);
    return value;
  }

  #childOf(value: JsonValue | undefined, step: PathStep, keyIndex: number): JsonValue | undefined {
    if (Array.isArray(value)) {
      return typeof step === 'number' ? (value[step] as JsonValue | undefined) : undefined;
    }
    if (value instanceof MapEntries) {
      this.#searchedEntries += value.entries.length;
      if (this.#searchedEntries > MAX_SEARCHED_ENTRIES) return undefined;
      return childOfEntries(value.entries, step, keyIndex);
    }
    return isJsonObject(value) ? value[String(step)] : undefined;
  }

  #isOpen(depth: number, step: PathStep | undefined): boolean {
    const openStep = this.#stack[depth]?.openStep;
    return openStep !== undefined && String(openStep) === String(step);
  }

  #count(value: JsonValue, position: number): void {
    const pending: (JsonValue | undefined)[] = [value];
    while (pending.length > 0) {
      const next = pending.pop();
      if (++this.#referredValues > MAX_REFERRED_VALUES) {
        throw jsonMalformed(
          `references to more than ${MAX_REFERRED_VALUES} values`,
          this.#text,
          position,
        );
      }
      if (typeof next !== 'object' || next === null) continue;
      if (Array.isArray(next)) for (const item of next) pending.push(item);
      else for (const entry of mapEntriesOf(next) ?? []) pending.push(...entry);
    }
  }
}

function childOfEntries(
  entries: MapEntries['entries'],
  step: PathStep,
  keyIndex: number,
): JsonValue | undefined {
  const name = String(step);
  let objectKeys = 0;
  for (const [key, value] of entries) {
    if (typeof key !== 'object') {
      if (String(key) === name) return value;
    } else if (name === 'null' && objectKeys++ === keyIndex) {
      return key;
    }
  }
  return undefined;
}
