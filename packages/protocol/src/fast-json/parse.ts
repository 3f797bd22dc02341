/**
 * Reads JSON as tolerantly as fastjson 1.x does: besides standard JSON it takes bare integers,
 * booleans, null and whole objects as keys, unquoted names, single quotes, surplus commas,
 * comments, `NaN` and `undefined` (null), and `{"$ref":"$.path"}` for a value written before.
 *
 * Source: DefaultJSONParser.java, JSONLexerBase.java of fastjson 1.2 (default features).
 */
import { jsonMalformed } from './json-error.ts';
import { type JsonValue, MapEntries } from './json-value.ts';
import { readNumber } from './read-number.ts';
import { readString } from './read-string.ts';
import { OpenContainers, type OpenObject } from './references.ts';

/** Deepest nesting: RocketMQ's own bodies need 7, and the stack of any thread holds this. */
export const MAX_JSON_DEPTH = 128;
/** Longest text: four times the largest frame, for configuration files that never travel. */
export const MAX_JSON_CHARACTERS = 64 * 1024 * 1024;

/**
 * Parses a text. Objects have no prototype, so any key is safe. A reference to an enclosing value
 * or to nothing reads as null; values referred to are shared, not copied.
 *
 * @throws {RocketMqError} JSON_MALFORMED, and nothing else, whatever the input is
 */
export function parseFastJson(source: string | Buffer): JsonValue {
  const text = typeof source === 'string' ? source : source.toString('utf8');
  if (text.length > MAX_JSON_CHARACTERS) {
    throw jsonMalformed(`longer than ${MAX_JSON_CHARACTERS} characters`, text, MAX_JSON_CHARACTERS);
  }
  return new Parser(text).parseWhole();
}

const BYTE_ORDER_MARK = 0xfeff;
/** Blanks, and the control characters that fastjson skips as such. */
const BLANKS = /[ \t\n\r\f\b]*/y;
const NAME = /[A-Za-z_$\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', null],
  ['NaN', null],
]);

class Parser {
  readonly #text: string;
  readonly #open: OpenContainers;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#open = new OpenContainers(text);
  }

  parseWhole(): JsonValue {
    if (this.#text.charCodeAt(0) === BYTE_ORDER_MARK) this.#position = 1;
    this.#skipBlanks();
    const value = this.#value();
    this.#skipBlanks();
    if (this.#position < this.#text.length) throw this.#malformed('expected nothing more');
    return value;
  }

  #value(): JsonValue {
    const character = this.#text.charAt(this.#position);
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    if (character === '"' || character === "'") return this.#string();
    NAME.lastIndex = this.#position;
    const word = NAME.exec(this.#text)?.[0];
    return word === undefined ? this.#number() : this.#word(word);
  }

  #word(word: string): JsonValue {
    const value = WORDS.get(word);
    if (value === undefined) throw this.#malformed('expected a value');
    this.#position += word.length;
    return value;
  }

  #string(): string {
    const token = readString(this.#text, this.#position);
    this.#position = token.end;
    return token.value;
  }

  #number(): number | bigint {
    const token = readNumber(this.#text, this.#position);
    this.#position = token.end;
    return token.value;
  }

  #array(): JsonValue {
    this.#checkDepth();
    const items: JsonValue[] = [];
    const open = this.#open.enterList(items);
    this.#position++;
    while (this.#nextItem(']')) {
      open.openStep = items.length;
      items.push(this.#value());
    }
    this.#open.leave();
    return items;
  }

  #object(): JsonValue {
    this.#checkDepth();
    const open = this.#open.enterObject();
    this.#position++;
    while (this.#nextItem('}')) this.#entry(open);
    this.#open.leave();
    const reference = open.fields['$ref'];
    if (open.entries === undefined && typeof reference === 'string') {
      return this.#open.resolve(reference, this.#position);
    }
    return open.entries === undefined ? open.fields : new MapEntries(open.entries);
  }

  #entry(open: OpenObject): void {
    open.openStep = undefined;
    const key = this.#key();
    this.#skipBlanks();
    if (this.#text.charAt(this.#position) !== ':') throw this.#malformed("expected ':'");
    this.#position++;
    this.#skipBlanks();
    open.openStep = typeof key === 'string' || typeof key === 'number' ? key : undefined;
    open.add(key, this.#value());
  }

  #key(): JsonValue {
    NAME.lastIndex = this.#position;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) return this.#value();
    this.#position += name.length;
    const isWord = name === 'true' || name === 'false' || name === 'null';
    return isWord ? (WORDS.get(name) ?? null) : name;
  }

  /** Moves to the next item; commas may be missing before the first and surplus anywhere. */
  #nextItem(close: string): boolean {
    const before = this.#position;
    this.#skipBlanks();
    let hasComma = this.#text.charAt(before - 1) === (close === ']' ? '[' : '{');
    while (this.#text.charAt(this.#position) === ',') {
      hasComma = true;
      this.#position++;
      this.#skipBlanks();
    }
    if (this.#text.charAt(this.#position) === close) {
      this.#position++;
      return false;
    }
    if (!hasComma) throw this.#malformed(`expected ',' or '${close}'`);
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      BLANKS.lastIndex = this.#position;
      BLANKS.exec(this.#text);
      this.#position = BLANKS.lastIndex;
      if (this.#text.charAt(this.#position) !== '/') return;
      this.#skipComment();
    }
  }

  #skipComment(): void {
    const isLine = this.#text.charAt(this.#position + 1) === '/';
    if (!isLine && this.#text.charAt(this.#position + 1) !== '*') {
      throw this.#malformed('expected a comment');
    }
    const end = this.#text.indexOf(isLine ? '\n' : '*/', this.#position + 2);
    if (end < 0 && !isLine) throw this.#malformed('comment without its end');
    this.#position = end < 0 ? this.#text.length : end + (isLine ? 1 : 2);
  }

  #checkDepth(): void {
    if (this.#open.depth === MAX_JSON_DEPTH) {
      throw this.#malformed(`nested deeper than ${MAX_JSON_DEPTH}`);
    }
  }

  #malformed(reason: string): Error {
    return jsonMalformed(reason, this.#text, this.#position);
  }
}
