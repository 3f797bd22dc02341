/**
 * `.properties` text as java.util.Properties reads and writes it: ISO-8859-1 with `\uXXXX`, comments
 * behind `#` and `!`, a key ended by `=`, `:` or a blank, lines continued by a `\` at their end.
 *
 * Source: java.util.Properties.load and store.
 */
import { RocketMqError } from '@orbitmq/kernel';

export interface Property {
  readonly key: string;
  readonly value: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A line with those that continue it. */
interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/**
 * All entries in their order; a key may come twice, the last one counts.
 *
 * @param source names the text in errors: the file's path
 * @throws {RocketMqError} CONFIG_INVALID, with file and line, for a `\u` that four hex digits do not follow
 */
export function parseProperties(text: string, source: string): Property[] {
  return logicalLines(text).map(({ text: content, line }) => {
    const keyEnd = endOfKey(content);
    const valueStart = startOfValue(content, keyEnd);
    const where = `${source}:${line}`;
    return {
      key: unescape(content.slice(0, keyEnd), where),
      value: unescape(content.slice(valueStart), where),
      line,
    };
  });
}

/** One `key=value` line a property, escaped so that {@link parseProperties} gives the same back. */
export function printProperties(entries: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of entries) text += `${escape(key, true)}=${escape(value, false)}\n`;
  return text;
}

function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  const natural = text.split(/\r\n|\n|\r/);
  for (let index = 0; index < natural.length; index++) {
    const line = index + 1;
    let content = trimStart(natural[index] ?? '');
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    while (isContinued(content)) {
      content = content.slice(0, -1);
      if (index + 1 >= natural.length) break;
      index++;
      content += trimStart(natural[index] ?? '');
    }
    if (content !== '') lines.push({ text: content, line });
  }
  return lines;
}

function trimStart(text: string): string {
  return text.replace(/^[ \t\f]+/, '');
}

function isContinued(text: string): boolean {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

function endOfKey(text: string): number {
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (/[=: \t\f]/.test(text.charAt(index))) return index;
  }
  return text.length;
}

function startOfValue(text: string, keyEnd: number): number {
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(text.slice(keyEnd));
  return keyEnd + (separator?.[0].length ?? 0);
}

function unescape(text: string, where: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_whole, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === 'u') {
      throw new RocketMqError(`${where}: \\u is not followed by four hexadecimal digits`, {
        code: 'CONFIG_INVALID',
      });
    }
    return ESCAPES[escaped] ?? escaped;
  });
}

function escape(text: string, isKey: boolean): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    escaped += escapeUnit(text.charAt(index), isKey || index === 0);
  }
  return escaped;
}

function escapeUnit(unit: string, escapesBlank: boolean): string {
  if (unit === ' ') return escapesBlank ? '\\ ' : ' ';
  if (unit === '\t') return '\\t';
  if (unit === '\n') return '\\n';
  if (unit === '\r') return '\\r';
  if (unit === '\f') return '\\f';
  if ('=:#!\\'.includes(unit)) return `\\${unit}`;
  const code = unit.charCodeAt(0);
  if (code >= 0x20 && code <= 0x7e) return unit;
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
