import { describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import fc from 'fast-check';
import { compileExpression, MAX_EXPRESSION_CHARACTERS, MAX_EXPRESSION_DEPTH } from './index.ts';

type Properties = Readonly<Record<string, string>>;

function matches(expression: string, properties: Properties = {}): boolean {
  return compileExpression(expression).matches((name) => properties[name]);
}

describe('SQL92 expressions', () => {
  it.each<[string, Properties, boolean]>([
    ["a BETWEEN 10 AND 29 AND r = 'even'", { a: '29', r: 'even' }, true],
    ["a BETWEEN 10 AND 29 AND r = 'even'", { a: '30', r: 'even' }, false],
    ['a NOT BETWEEN 10 AND 29', { a: '30' }, true],
    ["region in ('eu', 'it''s')", { region: "it's" }, true],
    ["region NOT IN ('eu', 'us')", { region: 'cn' }, true],
    ["region NOT IN ('eu', 'us')", {}, false],
    ['a IS NULL', {}, true],
    ['a IS NOT NULL', { a: '' }, true],
    ["a CONTAINS 'bc'", { a: 'abcd' }, true],
    ["a NOT CONTAINS 'bc'", { a: 'abd' }, true],
    ["a NOT CONTAINS 'bc'", {}, false],
    ["a STARTSWITH 'ab' AND a ENDSWITH 'cd'", { a: 'abcd' }, true],
    ["a NOT STARTSWITH 'x'", { a: 'abcd' }, true],
    ["a CONTAINS ''", { a: 'abcd' }, false],
    ['a = 5 OR b = 6', { a: '4', b: '6' }, true],
    ['a = 1 OR b = 1 AND c = 1', { a: '1', b: '0', c: '0' }, true],
    ['(a = 1 OR b = 1) AND c = 1', { a: '1', b: '0', c: '0' }, false],
    ['NOT (a = 1)', { a: '2' }, true],
    ['NOT (a = 1)', {}, false],
    ['a <> 1', { a: '2' }, true],
    ['a > -5 AND a < +5', { a: '-4' }, true],
    ['a >= 1.5e1', { a: '15' }, true],
    ['a = b', { a: 'x', b: 'x' }, true],
    ['a = b', {}, true],
    ['a > b', { a: '10', b: '9.5' }, true],
    ['flag = TRUE', { flag: 'True' }, true],
    ['TRUE', {}, true],
    ['FALSE OR NULL', {}, false],
    ['(a > 1) = TRUE', { a: '2' }, true],
    ['a = 1 -- comment', { a: '1' }, true],
    ['a = -- comment\n1', { a: '1' }, true],
    ['a = --1', { a: '1' }, true],
    ['a NOT BETWEEN 5 AND 1', { a: '3' }, true],
    ['a /* any ** thing */ = 1', { a: '1' }, true],
    ['_a1$ = 1', { _a1$: '1' }, true],
    ['a = 9223372036854775807L', { a: '9223372036854775807' }, true],
    ['a < 9223372036854775807', { a: '9223372036854775806' }, true],
  ])('decide %s for %j as %p', (expression, properties, expected) => {
    expect(matches(expression, properties)).toBe(expected);
  });

  it.each<[string, Properties]>([
    ['a = 5 OR TRUE', { a: 'x' }],
    ['NOT (a = 5)', { a: '5.5' }],
    ['a > 5', { a: '3000000000' }],
    ['a > b', { a: 'x', b: '1' }],
    ["(a > 1) = 'true'", { a: '2' }],
    ['a = 5', { a: ' 5' }],
  ])('do not match where Java fails to convert: %s with %j', (expression, properties) => {
    expect(matches(expression, properties)).toBe(false);
  });

  it('take a property as a condition for false, never for its text', () => {
    expect(matches('a', { a: 'true' })).toBe(false);
    expect(matches('NOT a', { a: 'true' })).toBe(true);
    expect(matches('NOT a')).toBe(false);
  });

  it.each([
    ['', 0],
    ['a =', 3],
    ['a = 1 )', 6],
    ['a = 1 b', 6],
    ["a > 'x'", 4],
    ['a > TRUE', 4],
    ['a = NULL', 4],
    ['a BETWEEN 5 AND 1', 16],
    ['a BETWEEN 5 OR 6', 12],
    ["5 IN ('a')", 0],
    ['a IN (1)', 6],
    ['a IN ()', 6],
    ['5', 0],
    ["'text' AND a = 1", 0],
    ['a = 1 AND 5', 10],
    ["a = 'x", 4],
    ['a # 1', 2],
    ['a IS 5', 5],
    ['a = 9223372036854775808', 4],
    ['a = 1e999', 4],
    ['a = 007', 4],
    ['a > 1 > 2', 0],
    ['TRUE = 5', 7],
    ['NOT 5', 0],
    ['AND', 0],
    ['a CONTAINS b', 11],
  ])('refuse %j at position %i', (expression, position) => {
    expect(positionOfError(expression)).toBe(position);
  });

  it('say what was expected and what stands there', () => {
    expect(() => compileExpression("a IN ('x'; 'y')")).toThrow(
      'filter expression, position 9: unknown character, found "; \'y\')"',
    );
    expect(() => compileExpression('a = 1 AND')).toThrow(
      'filter expression, position 9: expected a property, a text, a number or a parenthesis, found the end',
    );
  });

  it('have bounds on length and nesting, and none on the number of alternatives', () => {
    expect(matches(nested(MAX_EXPRESSION_DEPTH), { a: '1' })).toBe(true);
    expect(() => compileExpression(nested(MAX_EXPRESSION_DEPTH + 1))).toThrow(/nested deeper/);
    expect(() => compileExpression('NOT '.repeat(200) + 'a = 1')).toThrow(/nested deeper/);
    expect(() => compileExpression(`a${' IS NULL'.repeat(200)}`)).toThrow(/in a row/);
    expect(() => compileExpression(' '.repeat(MAX_EXPRESSION_CHARACTERS + 1))).toThrow(/longer/);
    const alternatives = Array.from({ length: 2000 }, (_, index) => `a = ${index}`);
    expect(matches(alternatives.join(' OR '), { a: '1999' })).toBe(true);
  });

  it('throw nothing but FILTER_MALFORMED, whatever the text is', () => {
    const words = fc.oneof(
      fc.constantFrom(...'( ) , = <> < >= - + NOT AND OR BETWEEN IN IS NULL TRUE a b'.split(' ')),
      fc.constantFrom(
        'CONTAINS',
        "'x'",
        "'",
        '5',
        '1.5',
        '.',
        '--',
        '/*',
        '*/',
        '#',
        '99999999999',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), fc.constantFrom('', ' '), (pieces, blank) => {
        expect(positionOfError(pieces.join(blank))).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });

  it('decide as a plain evaluator of the same meaning', () => {
    fc.assert(
      fc.property(conditions(), givenProperties(), ({ sql, evaluate }, given) => {
        expect([sql, matches(sql, given)]).toEqual([sql, isTrue(evaluate, given)]);
      }),
      { numRuns: 5000 },
    );
  });
});

function nested(depth: number): string {
  return `${'('.repeat(depth)}a = 1${')'.repeat(depth)}`;
}

/** Where an expression is wrong, -1 when it is not, undefined for any other error. */
function positionOfError(expression: string): number | undefined {
  try {
    compileExpression(expression);
    return -1;
  } catch (error) {
    if (!(error instanceof RocketMqError) || error.code !== 'FILTER_MALFORMED') return undefined;
    return error.details['position'] as number;
  }
}

/** A piece of an expression beside its meaning; the meaning throws where Java does. */
interface Piece<T> {
  readonly sql: string;
  readonly evaluate: (given: Properties) => T;
}
type Logical = boolean | null;

function isTrue(evaluate: (given: Properties) => Logical, given: Properties): boolean {
  try {
    return evaluate(given) === true;
  } catch {
    return false;
  }
}

const NAMES = ['a', 'b', 'c'] as const;

function givenProperties(): fc.Arbitrary<Properties> {
  const values = fc.constantFrom('', '0', '1', '2', '-1', '1.5', 'x', 'xy', 'true', '4294967296');
  return fc.dictionary(fc.constantFrom(...NAMES), values, { maxKeys: 3 });
}

function property(name: string): Piece<string | null> {
  return { sql: name, evaluate: (given) => given[name] ?? null };
}

function toInteger(text: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(value) < 2 ** 31)) throw new Error('NumberFormatException');
  return value;
}

function toDouble(text: string): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new Error('NumberFormatException');
  return value;
}

/** A number literal, negated or not, and how Java reads a text that it is compared with. */
function literals(): fc.Arbitrary<{ sql: string; value: number; read: (text: string) => number }> {
  return fc.constantFrom(
    { sql: '1', value: 1, read: toInteger },
    { sql: '+2', value: 2, read: toInteger },
    { sql: '-1', value: -1, read: toInteger },
    { sql: '1.5', value: 1.5, read: toDouble },
    { sql: '- 2.', value: -2, read: toDouble },
    { sql: '4294967296', value: 4294967296, read: toLong },
  );
}

function toLong(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error('NumberFormatException');
  return Number(text);
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<>': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function names(): fc.Arbitrary<Piece<string | null>> {
  return fc.constantFrom(...NAMES).map(property);
}

function numberComparisons(): fc.Arbitrary<Piece<Logical>> {
  const operators = fc.constantFrom(...Object.keys(OPERATORS));
  return fc.tuple(names(), operators, literals()).map(([name, operator, literal]) => ({
    sql: `${name.sql} ${operator} ${literal.sql}`,
    evaluate: (given) => {
      const value = name.evaluate(given);
      if (value === null) return null;
      return (
        (OPERATORS[operator] as (typeof OPERATORS)['='])?.(literal.read(value), literal.value) ??
        null
      );
    },
  }));
}

function betweens(): fc.Arbitrary<Piece<Logical>> {
  return fc.tuple(names(), fc.boolean()).map(([name, isNegated]) => ({
    sql: `${name.sql} ${isNegated ? 'NOT ' : ''}BETWEEN 0 AND 1`,
    evaluate: (given) => {
      const value = name.evaluate(given);
      if (value === null) return null;
      const number = toInteger(value);
      return (number >= 0 && number <= 1) !== isNegated;
    },
  }));
}

function textConditions(): fc.Arbitrary<Piece<Logical>> {
  const texts = fc.constantFrom('x', 'xy', '', '1');
  const forms = fc.constantFrom(
    '=',
    '<>',
    'IN',
    'NOT IN',
    'CONTAINS',
    'NOT ENDSWITH',
    'STARTSWITH',
  );
  return fc.tuple(names(), forms, texts).map(([name, form, text]) => ({
    sql: form.endsWith('IN')
      ? `${name.sql} ${form} ('${text}', 'q')`
      : `${name.sql} ${form} '${text}'`,
    evaluate: (given) => textMeaning(form, name.evaluate(given), text),
  }));
}

function textMeaning(form: string, value: string | null, text: string): Logical {
  if (form === 'CONTAINS') return value !== null && text !== '' && value.includes(text);
  if (form === 'STARTSWITH') return value !== null && text !== '' && value.startsWith(text);
  if (form === 'NOT ENDSWITH') return value !== null && text !== '' && !value.endsWith(text);
  if (value === null) return null;
  if (form === '=') return value === text;
  if (form === '<>') return value !== text;
  return (value === text || value === 'q') === (form === 'IN');
}

function propertyPairs(): fc.Arbitrary<Piece<Logical>> {
  const operators = fc.constantFrom('=', '<', '>=');
  return fc.tuple(names(), operators, names()).map(([left, operator, right]) => ({
    sql: `${left.sql} ${operator} ${right.sql}`,
    evaluate: (given) => {
      const [leftValue, rightValue] = [left.evaluate(given), right.evaluate(given)];
      if (operator === '=') {
        if (leftValue === null) return rightValue === null ? true : null;
        return leftValue === rightValue;
      }
      if (leftValue === null || rightValue === null) return null;
      const [leftNumber, rightNumber] = [toDouble(leftValue), toDouble(rightValue)];
      return operator === '<' ? leftNumber < rightNumber : leftNumber >= rightNumber;
    },
  }));
}

function simpleConditions(): fc.Arbitrary<Piece<Logical>> {
  return fc.oneof(
    numberComparisons(),
    betweens(),
    textConditions(),
    propertyPairs(),
    fc.constantFrom<Piece<Logical>>(
      { sql: 'TRUE', evaluate: () => true },
      { sql: 'FALSE', evaluate: () => false },
      { sql: 'NULL', evaluate: () => null },
    ),
    names().map((name) => ({
      sql: `${name.sql} IS NULL`,
      evaluate: (given: Properties) => name.evaluate(given) === null,
    })),
  );
}

function conditions(): fc.Arbitrary<Piece<Logical>> {
  const { condition } = fc.letrec<{ condition: Piece<Logical> }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      simpleConditions(),
      fc.tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition')).map(joined),
      tie('condition').map((inner) => ({
        sql: `NOT (${inner.sql})`,
        evaluate: (given: Properties) => {
          const value = inner.evaluate(given);
          return value === null ? null : !value;
        },
      })),
      tie('condition').map((inner) => ({
        sql: `(${inner.sql}) IS NOT NULL`,
        evaluate: (given: Properties) => inner.evaluate(given) !== null,
      })),
    ),
  }));
  return condition;
}

function joined([left, operator, right]: [Piece<Logical>, string, Piece<Logical>]): Piece<Logical> {
  const deciding = operator === 'OR';
  return {
    sql: `(${left.sql}) ${operator} (${right.sql})`,
    evaluate: (given) => {
      const leftValue = left.evaluate(given);
      if (leftValue === deciding) return deciding;
      const rightValue = right.evaluate(given);
      if (rightValue === deciding) return deciding;
      return leftValue === null || rightValue === null ? null : !deciding;
    },
  };
}
