import { compileExpression, parseTagExpression } from '@orbitmq/filter';
import { propertyOf, recordPropertiesText, type SubscriptionData } from '@orbitmq/protocol';
import type { MessageFilter } from '@orbitmq/store';

/** What a group wants of a topic, made ready for reading. */
export interface Subscription {
  readonly data: SubscriptionData;
  /** Undefined when every message is wanted. */
  readonly filter: MessageFilter | undefined;
}

/**
 * Compiles a subscription once.
 *
 * @throws {RocketMqError} FILTER_MALFORMED when an SQL92 expression does not parse
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
