const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};
// oxlint-disable-next-line no-control-regex -- control characters are what is escaped
const ESCAPED = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// oxlint-disable-next-line no-control-regex -- control characters are what is escaped
const STRICT_ESCAPED = /["\\/\u0000-\u001f\u007f-\uffff]/g;

/** A string as fastjson writes it: text beyond ASCII stays, C1 controls and line separators do not. */
export function printString(text: string): string {
  return `"${text.replace(ESCAPED, escapeCharacter)}"`;
}

/** The same in the "browser compatible" form: everything beyond ASCII, and the slash, is escaped. */
export function printStrictString(text: string): string {
  return `"${text.replace(STRICT_ESCAPED, (unit) => (unit === '/' ? '\\/' : escapeCharacter(unit)))}"`;
}

function escapeCharacter(unit: string): string {
  const named = NAMED_ESCAPES[unit];
  if (named !== undefined) return named;
  return `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
