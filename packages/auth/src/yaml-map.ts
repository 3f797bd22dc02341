import { parse } from 'yaml';
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
    throw aclFileMalformed('not YAML', error);
  }
  if (document === '') return {};
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw aclFileMalformed('expected a map of keys to values');
  }
  return document as Readonly<Record<string, unknown>>;
}

function nullAsAbsent(_key: unknown, value: unknown): unknown {
  return value === 'null' || value === '~' || value === '' ? undefined : value;
}
