import { filterMalformed } from './filter-error.ts';

export type TokenKind = 'keyword' | 'name' | 'text' | 'decimal' | 'double' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Keywords in upper case, texts without quotes, everything else as it stands. */
  readonly value: string;
  readonly position: number;
}

const KEYWORDS = new Set(
  'NOT AND OR BETWEEN IN TRUE FALSE NULL IS CONTAINS STARTSWITH ENDSWITH'.split(' '),
);

const CONSTANTS = new Set(['TRUE', 'FALSE', 'NULL']);

const BLANKS_AND_COMMENTS = /(?:[ \t\n\r\f]|--[^\n\r]*[\n\r]|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*/y;
const NAME = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const DOUBLE = /(?:\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)/y;
const DECIMAL = /(?:0|[1-9]\d*[lL]?)(?![A-Za-z0-9_$])/y;
const TEXT = /'(?:''|[^'])*'/y;
const SYMBOL = /<>|<=|>=|[<>=(),+-]/y;

/**
 * Splits an expression.
 *
 * @throws {RocketMqError} FILTER_MALFORMED where no token stands
 *
 * Source: SelectorParser.jj.
 */
export function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += matchAt(BLANKS_AND_COMMENTS, expression, position)?.length ?? 0;
    if (position === expression.length || isLastComment(expression, position, tokens)) break;
    const { token, end } = tokenAt(expression, position);
    tokens.push(token);
    position = end;
  }
  tokens.push({ kind: 'end', value: '', position });
  return tokens;
}

/**
 * Whether a comment without the end of its line stands here. To Java it is none, which makes `--1` a
 * number; but behind an operand nothing else can be meant.
 */
function isLastComment(expression: string, position: number, before: readonly Token[]): boolean {
  if (!expression.startsWith('--', position)) return false;
  const last = before.at(-1);
  if (last === undefined) return false;
  if (last.kind === 'keyword') return CONSTANTS.has(last.value);
  return last.kind !== 'symbol' || last.value === ')';
}

function tokenAt(expression: string, position: number): { token: Token; end: number } {
  for (const [kind, form] of FORMS) {
    const found = matchAt(form, expression, position);
    if (found === undefined) continue;
    return { token: tokenOf(kind, found, position), end: position + found.length };
  }
  const reason =
    expression[position] === "'" ? 'text without its closing quote' : 'unknown character';
  throw filterMalformed(reason, expression, position);
}

const FORMS: readonly (readonly [TokenKind, RegExp])[] = [
  ['name', NAME],
  ['double', DOUBLE],
  ['decimal', DECIMAL],
  ['text', TEXT],
  ['symbol', SYMBOL],
];

function tokenOf(kind: TokenKind, found: string, position: number): Token {
  if (kind === 'text') return { kind, value: found.slice(1, -1).replaceAll("''", "'"), position };
  const upper = found.toUpperCase();
  if (kind === 'name' && KEYWORDS.has(upper)) return { kind: 'keyword', value: upper, position };
  return { kind, value: found, position };
}

function matchAt(form: RegExp, expression: string, position: number): string | undefined {
  form.lastIndex = position;
  return form.exec(expression)?.[0];
}
