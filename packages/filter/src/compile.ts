/**
 * Turns a parsed expression into a function over a message's properties.
 *
 * Logic has Java's three values and a fourth: FAILED, where Java throws, e.g. because a property that is
 * compared with a number is none. A failure anywhere that is evaluated makes the message not match.
 *
 * Source: ComparisonExpression.java, LogicExpression.java, UnaryExpression.java, UnaryInExpression.java.
 */
import type { Comparison, Expression, TextOperation } from './expression.ts';
import {
  compareDoubles,
  compareNumbers,
  convert,
  doubleOf,
  type JavaNumber,
  negate,
} from './java-number.ts';
import { parseExpression } from './parse.ts';

/** Text of a property, undefined for one that the message does not have. */
export type PropertyLookup = (name: string) => string | undefined;

/** An expression ready for evaluation; it holds no state and may be shared. */
export interface CompiledExpression {
  readonly expression: string;
  /** Whether a message with these properties is wanted. Never throws unless the lookup does. */
  matches(property: PropertyLookup): boolean;
}

/**
 * Parses and compiles once what is evaluated for every message.
 *
 * @throws {RocketMqError} FILTER_MALFORMED with the position of what is wrong
 */
export function compileExpression(expression: string): CompiledExpression {
  const evaluate = condition(parseExpression(expression));
  return { expression, matches: (property) => evaluate(property) === TRUE };
}

const FALSE = 0;
const TRUE = 1;
const UNKNOWN = 2;
const FAILED = 3;
type Truth = 0 | 1 | 2 | 3;
type Condition = (property: PropertyLookup) => Truth;

/** A value in a comparison. A function call that failed in Java is `FAILURE`. */
type Value = string | boolean | null | JavaNumber | typeof FAILURE;
type Operand = (property: PropertyLookup) => Value;
const FAILURE = Symbol('failure');

function truth(isTrue: boolean): Truth {
  return isTrue ? TRUE : FALSE;
}

function not(value: Truth): Truth {
  if (value === TRUE) return FALSE;
  return value === FALSE ? TRUE : value;
}

function condition(expression: Expression): Condition {
  switch (expression.kind) {
    case 'property':
      return castToBoolean(expression.name);
    case 'boolean':
      return constantly(truth(expression.value));
    case 'null':
      return constantly(UNKNOWN);
    case 'not':
      return negated(condition(expression.operand));
    case 'and':
    case 'or':
      return joined(expression.kind, expression.operands.map(condition));
    case 'comparison':
      return comparison(expression.operator, expression.left, expression.right);
    case 'isNull':
      return nullTest(operand(expression.operand), expression.isNegated);
    case 'in':
      return membership(expression.name, new Set(expression.values), expression.isNegated);
    case 'textTest':
      return textTest(expression);
    case 'text':
    case 'number':
    case 'negate':
      break;
  }
  // The parser lets none of these stand where a condition must; as a value it is not true.
  return constantly(FALSE);
}

function constantly(value: Truth): Condition {
  return () => value;
}

function negated(inner: Condition): Condition {
  return (property) => not(inner(property));
}

/** Properties are texts, never booleans: one that is there counts as false, even "true". */
function castToBoolean(name: string): Condition {
  return (property) => (property(name) === undefined ? UNKNOWN : FALSE);
}

/** The first operand that decides ends it; one that fails before ends it as well. */
function joined(kind: 'and' | 'or', operands: readonly Condition[]): Condition {
  const deciding = kind === 'and' ? FALSE : TRUE;
  const otherwise = kind === 'and' ? TRUE : FALSE;
  return (property) => {
    let result: Truth = otherwise;
    for (const evaluate of operands) {
      const value = evaluate(property);
      if (value === deciding || value === FAILED) return value;
      if (value === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
}

function nullTest(value: Operand, isNegated: boolean): Condition {
  return (property) => {
    const given = value(property);
    if (given === FAILURE) return FAILED;
    return truth((given === null) !== isNegated);
  };
}

function membership(name: string, values: ReadonlySet<string>, isNegated: boolean): Condition {
  return (property) => {
    const given = property(name);
    return given === undefined ? UNKNOWN : truth(values.has(given) !== isNegated);
  };
}

const TEXT_TESTS: Readonly<Record<TextOperation, (text: string, search: string) => boolean>> = {
  CONTAINS: (text, search) => text.includes(search),
  STARTSWITH: (text, search) => text.startsWith(search),
  ENDSWITH: (text, search) => text.endsWith(search),
};

/** What is no text, and an empty search, make both the test and its negation false. */
function textTest(expression: Extract<Expression, { kind: 'textTest' }>): Condition {
  const { search, isNegated } = expression;
  if (search === '') return constantly(FALSE);
  const test = TEXT_TESTS[expression.operation];
  const value = operand(expression.operand);
  return (property) => {
    const given = value(property);
    if (given === FAILURE) return FAILED;
    return typeof given === 'string' ? truth(test(given, search) !== isNegated) : FALSE;
  };
}

/** The value of an expression as one side of a comparison. */
function operand(expression: Expression): Operand {
  switch (expression.kind) {
    case 'property': {
      const { name } = expression;
      return (property) => property(name) ?? null;
    }
    case 'text':
    case 'number': {
      const { value } = expression;
      return () => value;
    }
    case 'negate':
      return negative(operand(expression.operand));
    case 'boolean':
    case 'null':
    case 'not':
    case 'and':
    case 'or':
    case 'comparison':
    case 'isNull':
    case 'in':
    case 'textTest':
      break;
  }
  return conditionValue(condition(expression));
}

function negative(inner: Operand): Operand {
  return (property) => {
    const value = inner(property);
    if (value === FAILURE) return FAILURE;
    return typeof value === 'object' && value !== null ? negate(value) : null;
  };
}

function conditionValue(inner: Condition): Operand {
  return (property) => {
    const value = inner(property);
    if (value === FAILED) return FAILURE;
    return value === UNKNOWN ? null : value === TRUE;
  };
}

function comparison(operator: Comparison, left: Expression, right: Expression): Condition {
  if (operator === '=') return equality(operand(left), operand(right));
  if (operator === '<>') return negated(equality(operand(left), operand(right)));
  return ordering(ORDERINGS[operator], operand(left), operand(right));
}

const ORDERINGS: Readonly<Record<Exclude<Comparison, '=' | '<>'>, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function ordering(isWanted: (order: number) => boolean, left: Operand, right: Operand): Condition {
  return (property) => {
    const leftValue = left(property);
    if (leftValue === FAILURE) return FAILED;
    if (leftValue === null) return UNKNOWN;
    const rightValue = right(property);
    if (rightValue === FAILURE) return FAILED;
    if (rightValue === null) return UNKNOWN;
    const order = orderOf(leftValue, rightValue);
    return order === undefined ? FAILED : truth(isWanted(order));
  };
}

/** @returns undefined where Java throws */
function orderOf(
  left: Exclude<Value, null | typeof FAILURE>,
  right: Exclude<Value, null | typeof FAILURE>,
): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    const [leftNumber, rightNumber] = [doubleOf(left), doubleOf(right)];
    if (leftNumber === undefined || rightNumber === undefined) return undefined;
    return compareDoubles(leftNumber, rightNumber);
  }
  return compareMixed(left, right);
}

function equality(left: Operand, right: Operand): Condition {
  return (property) => {
    const leftValue = left(property);
    if (leftValue === FAILURE) return FAILED;
    const rightValue = right(property);
    if (rightValue === FAILURE) return FAILED;
    if (leftValue === null) return rightValue === null ? TRUE : UNKNOWN;
    if (rightValue === null) return FALSE;
    if (typeof leftValue !== 'object' && typeof leftValue === typeof rightValue) {
      return truth(leftValue === rightValue);
    }
    const order = compareMixed(leftValue, rightValue);
    return order === undefined ? FAILED : truth(order === 0);
  };
}

/** Compares values of different types, or numbers. @returns undefined where Java throws */
function compareMixed(
  left: string | boolean | JavaNumber,
  right: string | boolean | JavaNumber,
): number | undefined {
  if (typeof left === 'string' && typeof right === 'boolean') {
    return (left.toLowerCase() === 'true') === right ? 0 : 1;
  }
  // Java casts a Boolean to String here.
  if (typeof left === 'boolean' && typeof right === 'string') return undefined;
  if (typeof left === 'boolean' || typeof right === 'boolean') return -1;
  const leftNumber = typeof left === 'string' ? converted(left, right) : left;
  const rightNumber = typeof right === 'string' ? converted(right, left) : right;
  if (leftNumber === undefined || rightNumber === undefined) return undefined;
  return compareNumbers(leftNumber, rightNumber);
}

/** A text as a number of the type of what it is compared with. */
function converted(text: string, other: string | JavaNumber): JavaNumber | undefined {
  return typeof other === 'string' ? undefined : convert(text, other.kind);
}
