/**
 * Parses SQL92 expressions.
 *
 *   or         => and { OR and }
 *   and        => equality { AND equality }
 *   equality   => comparison { ("=" | "<>") comparison | IS [NOT] NULL }
 *   comparison => unary { (">" | ">=" | "<" | "<=") unary
 *                       | [NOT] BETWEEN unary AND unary
 *                       | [NOT] IN "(" text { "," text } ")"
 *                       | [NOT] (CONTAINS | STARTSWITH | ENDSWITH) text }
 *   unary      => "+" unary | "-" unary | NOT unary | primary
 *   primary    => text | number | TRUE | FALSE | NULL | name | "(" or ")"
 *
 * NOT binds tighter than comparisons: `NOT a = 1` means `(NOT a) = 1`. Keywords are of any case,
 * names of properties are not.
 *
 * Source: SelectorParser.jj, ComparisonExpression.java. Unlike there, the whole text must parse: Java
 * ignores what follows a complete expression.
 */
import type { RocketMqError } from '@orbitmq/kernel';
import { type Comparison, type Expression, isCondition, type TextOperation } from './expression.ts';
import { filterMalformed } from './filter-error.ts';
import { compareNumbers, numberOfDecimal } from './java-number.ts';
import { type Token, type TokenKind, tokensOf } from './tokens.ts';

/** Longest expression: what fits into a message's properties, and more than any filter that is read by people. */
export const MAX_EXPRESSION_CHARACTERS = 32_767;
/** Deepest nesting of parentheses and unary operators: evaluation recurses. */
export const MAX_EXPRESSION_DEPTH = 100;
/** How many operators may follow one another without AND or OR between them, in total: each nests too. */
const MAX_CHAINED = 100;

/** @throws {RocketMqError} FILTER_MALFORMED with the position of what is wrong */
export function parseExpression(expression: string): Expression {
  if (expression.length > MAX_EXPRESSION_CHARACTERS) {
    const reason = `longer than ${MAX_EXPRESSION_CHARACTERS} characters`;
    throw filterMalformed(reason, expression, MAX_EXPRESSION_CHARACTERS);
  }
  return new Parser(expression).parse();
}

const TEXT_OPERATIONS: readonly string[] = ['CONTAINS', 'STARTSWITH', 'ENDSWITH'];
const ORDERINGS: readonly string[] = ['<', '<=', '>', '>='];

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  #chained = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokensOf(expression);
  }

  parse(): Expression {
    const start = this.#token();
    const expression = this.#condition(this.#or(), start);
    if (this.#token().kind !== 'end') throw this.#expected('the end of the expression');
    return expression;
  }

  #or(): Expression {
    return this.#joined('or', 'OR', () => this.#and());
  }

  #and(): Expression {
    return this.#joined('and', 'AND', () => this.#equality());
  }

  #joined(kind: 'and' | 'or', keyword: string, part: () => Expression): Expression {
    const start = this.#token();
    const first = part();
    if (!this.#isKeyword(keyword)) return first;
    const operands = [this.#condition(first, start)];
    while (this.#skipKeyword(keyword)) {
      const next = this.#token();
      operands.push(this.#condition(part(), next));
    }
    return { kind, operands };
  }

  #equality(): Expression {
    const start = this.#token();
    let left = this.#comparison();
    for (let links = 0; ; links++) {
      this.#countChained(links);
      const operator = this.#skipSymbol('=', '<>');
      if (operator !== undefined) {
        left = this.#equal(operator as '=' | '<>', left, start);
      } else if (this.#skipKeyword('IS')) {
        const isNegated = this.#skipKeyword('NOT');
        if (!this.#skipKeyword('NULL')) throw this.#expected('NULL');
        left = { kind: 'isNull', operand: left, isNegated };
      } else {
        return left;
      }
    }
  }

  #equal(operator: '=' | '<>', left: Expression, start: Token): Expression {
    const rightStart = this.#token();
    const right = this.#comparison();
    if (left.kind === 'null') throw this.#malformed('NULL cannot be compared, use IS NULL', start);
    if (right.kind === 'null') {
      throw this.#malformed('NULL cannot be compared, use IS NULL', rightStart);
    }
    if (left.kind === 'boolean' && (right.kind === 'text' || right.kind === 'number')) {
      throw this.#malformed('TRUE and FALSE cannot be compared with this', rightStart);
    }
    return { kind: 'comparison', operator, left, right };
  }

  #comparison(): Expression {
    const start = this.#token();
    let left = this.#unary();
    for (let links = 0; ; links++) {
      this.#countChained(links);
      const operator = this.#skipSymbol(...ORDERINGS);
      if (operator !== undefined) {
        const rightStart = this.#token();
        left = this.#ordered(operator as Comparison, [left, start], [this.#unary(), rightStart]);
        continue;
      }
      const tested = this.#test(left, start);
      if (tested === undefined) return left;
      left = tested;
    }
  }

  /** What may follow with or without NOT; undefined when nothing of it does. */
  #test(left: Expression, start: Token): Expression | undefined {
    const isNegated = this.#isKeyword('NOT');
    const next = this.#tokens[this.#index + (isNegated ? 1 : 0)];
    if (next?.kind !== 'keyword') return undefined;
    const isText = TEXT_OPERATIONS.includes(next.value);
    if (!isText && next.value !== 'BETWEEN' && next.value !== 'IN') return undefined;
    this.#index += isNegated ? 2 : 1;
    if (next.value === 'BETWEEN') return this.#between(left, start, isNegated);
    if (next.value === 'IN') return this.#in(left, start, isNegated);
    const operation = next.value as TextOperation;
    return { kind: 'textTest', operation, operand: left, search: this.#text(), isNegated };
  }

  #between(value: Expression, start: Token, isNegated: boolean): Expression {
    const lowStart = this.#token();
    const low = this.#unary();
    if (!this.#skipKeyword('AND')) throw this.#expected('AND');
    const highStart = this.#token();
    const high = this.#unary();
    const hasLiterals = low.kind === 'number' && high.kind === 'number';
    // Java checks BETWEEN alone; NOT BETWEEN with such bounds is true for every number.
    if (!isNegated && hasLiterals && compareNumbers(high.value, low.value) < 0) {
      throw this.#malformed('the upper bound of BETWEEN is below the lower', highStart);
    }
    const operators: readonly [Comparison, Comparison] = isNegated ? ['<', '>'] : ['>=', '<='];
    return {
      kind: isNegated ? 'or' : 'and',
      operands: [
        this.#ordered(operators[0], [value, start], [low, lowStart]),
        this.#ordered(operators[1], [value, start], [high, highStart]),
      ],
    };
  }

  #in(left: Expression, start: Token, isNegated: boolean): Expression {
    if (left.kind !== 'property') throw this.#malformed('IN needs a property', start);
    this.#symbol('(');
    const values = [this.#text()];
    while (this.#skipSymbol(',') !== undefined) values.push(this.#text());
    this.#symbol(')');
    return { kind: 'in', name: left.name, values, isNegated };
  }

  #unary(): Expression {
    const start = this.#token();
    if (this.#skipSymbol('+') !== undefined) return this.#nested(() => this.#unary());
    if (this.#skipSymbol('-') !== undefined) {
      return { kind: 'negate', operand: this.#nested(() => this.#unary()) };
    }
    if (this.#skipKeyword('NOT')) {
      const operand = this.#nested(() => this.#unary());
      return { kind: 'not', operand: this.#condition(operand, start) };
    }
    return this.#primary();
  }

  #primary(): Expression {
    const token = this.#token();
    if (this.#skipSymbol('(') !== undefined) {
      const inner = this.#nested(() => this.#or());
      this.#symbol(')');
      return inner;
    }
    const literal = this.#literal(token);
    this.#index++;
    return literal;
  }

  #literal(token: Token): Expression {
    switch (token.kind) {
      case 'name':
        return { kind: 'property', name: token.value };
      case 'text':
        return { kind: 'text', value: token.value };
      case 'decimal':
        return this.#decimal(token);
      case 'double':
        return this.#double(token);
      case 'keyword':
        return this.#constant(token);
      case 'symbol':
      case 'end':
        break;
    }
    throw this.#expected('a property, a text, a number or a parenthesis');
  }

  #decimal(token: Token): Expression {
    const value = numberOfDecimal(token.value.replace(/[lL]$/, ''));
    if (value === undefined) throw this.#malformed('number beyond 64 bits', token);
    return { kind: 'number', value };
  }

  #double(token: Token): Expression {
    const value = Number(token.value);
    if (!Number.isFinite(value)) throw this.#malformed('number too large', token);
    return { kind: 'number', value: { kind: 'double', value } };
  }

  #constant(token: Token): Expression {
    if (token.value === 'NULL') return { kind: 'null' };
    if (token.value === 'TRUE' || token.value === 'FALSE') {
      return { kind: 'boolean', value: token.value === 'TRUE' };
    }
    throw this.#expected('a property, a text, a number or a parenthesis');
  }

  #ordered(
    operator: Comparison,
    [left, leftStart]: readonly [Expression, Token],
    [right, rightStart]: readonly [Expression, Token],
  ): Expression {
    this.#checkOrdered(left, leftStart);
    this.#checkOrdered(right, rightStart);
    return { kind: 'comparison', operator, left, right };
  }

  /** Only numbers and properties have an order. */
  #checkOrdered(operand: Expression, start: Token): void {
    if (isCondition(operand) || operand.kind === 'text') {
      throw this.#malformed('this cannot be compared by order', start);
    }
  }

  #condition(expression: Expression, start: Token): Expression {
    if (isCondition(expression) || expression.kind === 'property') return expression;
    throw this.#malformed('this is neither true nor false', start);
  }

  #nested(parse: () => Expression): Expression {
    if (++this.#depth > MAX_EXPRESSION_DEPTH) {
      throw this.#malformed(`nested deeper than ${MAX_EXPRESSION_DEPTH}`, this.#token());
    }
    const expression = parse();
    this.#depth--;
    return expression;
  }

  #countChained(links: number): void {
    if (links > 1 && ++this.#chained > MAX_CHAINED) {
      throw this.#malformed(`more than ${MAX_CHAINED} operators in a row`, this.#token());
    }
  }

  #token(): Token {
    return this.#tokens[Math.min(this.#index, this.#tokens.length - 1)] as Token;
  }

  #isKeyword(value: string): boolean {
    const token = this.#token();
    return token.kind === 'keyword' && token.value === value;
  }

  #skipKeyword(value: string): boolean {
    if (!this.#isKeyword(value)) return false;
    this.#index++;
    return true;
  }

  #skipSymbol(...values: readonly string[]): string | undefined {
    const token = this.#token();
    if (token.kind !== 'symbol' || !values.includes(token.value)) return undefined;
    this.#index++;
    return token.value;
  }

  #symbol(value: string): void {
    if (this.#skipSymbol(value) === undefined) throw this.#expected(`"${value}"`);
  }

  #text(): string {
    const token = this.#token();
    if (token.kind !== ('text' satisfies TokenKind)) throw this.#expected("a text in '...'");
    this.#index++;
    return token.value;
  }

  #expected(what: string): RocketMqError {
    return this.#malformed(`expected ${what}`, this.#token());
  }

  #malformed(reason: string, token: Token): RocketMqError {
    return filterMalformed(reason, this.#expression, token.position);
  }
}
