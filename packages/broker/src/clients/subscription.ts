import { compileExpression, parseTagExpression } from '@orbitmq/filter';
import { RocketMqError } from '@orbitmq/kernel';
import { propertyOf, recordPropertiesText, type SubscriptionData } from '@orbitmq/protocol';
import type { MessageFilter } from '@orbitmq/store';

/** Longest piece of a peer's value that an error repeats. */
const MAX_QUOTED_LENGTH = 64;

/** What a group wants of a topic, made ready for reading. */
export interface Subscription {
  readonly data: SubscriptionData;
  /** Undefined when every message is wanted. */
  readonly filter: MessageFilter | undefined;
  /** Whether the expression did not parse: nothing can be pulled by it. */
  readonly isBroken?: boolean;
}

/**
 * Compiles a subscription once.
 *
 * @throws {RocketMqError} FILTER_MALFORMED when an SQL92 expression does not parse, or the type is none
 *
 * Source: ExpressionMessageFilter.java.
 */
export function toSubscription(data: SubscriptionData): Subscription {
  if (data.classFilterMode || isMatchingAll(data.subString)) return { data, filter: undefined };
  if (isTagExpression(data.expressionType)) {
    const codes = new Set(parseTagExpression(data.subString).codes);
    return {
      data,
      filter: codes.size === 0 ? undefined : { matchesTagsCode: (code) => codes.has(code) },
    };
  }
  if (data.expressionType !== 'SQL92') {
    const type = JSON.stringify(data.expressionType?.slice(0, MAX_QUOTED_LENGTH));
    throw new RocketMqError(`expression type is ${type}, expected TAG or SQL92`, {
      code: 'FILTER_MALFORMED',
    });
  }
  const expression = compileExpression(data.subString);
  return {
    data,
    filter: {
      matchesTagsCode: () => true,
      matchesRecord: (buffer, start) => {
        const properties = recordPropertiesText(buffer, start);
        return expression.matches((name) => propertyOf(properties, name));
      },
    },
  };
}

export function isTagExpression(expressionType: string | undefined): boolean {
  return expressionType === undefined || expressionType === '' || expressionType === 'TAG';
}

function isMatchingAll(expression: string): boolean {
  const trimmed = expression.trim();
  return trimmed === '' || trimmed === '*';
}
