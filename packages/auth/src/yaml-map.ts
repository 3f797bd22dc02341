import { parse, YAMLError } from 'yaml';
import { aclFileMalformed } from './auth-error.ts';

/**
 * Reads a YAML map whose scalars are all texts: 12345678 and 0012 are keys, not counts. Null is absent.
 *
 * @throws {RocketMqError} ACL_FILE_MALFORMED
 */
export function parseYamlMap(text: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = parse(text, nullAsAbsent, { schema: 'failsafe' }) ?? {};
  } catch (error) {
    // The parser's own message, and so its stack, quotes the lines, in which secrets stand.
    throw aclFileMalformed(`not YAML${placeOf(error)}`);
  }
  if (document === '') return {};
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw aclFileMalformed('expected a map of keys to values');
  }
  return document as Readonly<Record<string, unknown>>;
}

function placeOf(error: unknown): string {
  if (!(error instanceof YAMLError)) return '';
  const [start] = error.linePos ?? [];
  const place = start === undefined ? '' : ` at line ${start.line}, column ${start.col}`;
  return `${place} (${error.code})`;
}

function nullAsAbsent(_key: unknown, value: unknown): unknown {
  return value === 'null' || value === '~' || value === '' ? undefined : value;
}
