import { javaHashCode } from '@orbitmq/kernel';
import type { SubscriptionData } from '@orbitmq/protocol';
import { compileExpression } from './compile.ts';
import { filterMalformed } from './filter-error.ts';

/** Expression that every message matches. */
export const MATCH_ALL = '*';

/** Tags of an expression; none means that every message matches. */
export interface TagExpression {
  readonly tags: readonly string[];
  /** Java hash codes of the tags, as consume queues hold them. */
  readonly codes: readonly number[];
}

const EVERYTHING: TagExpression = { tags: [], codes: [] };

/**
 * Reads `TagA || TagB`; empty and `*` mean everything.
 *
 * @throws {RocketMqError} FILTER_MALFORMED when there is nothing but separators
 *
 * Source: FilterAPI.buildSubscriptionData.
 */
export function parseTagExpression(expression: string | undefined): TagExpression {
  if (expression === undefined || expression === '' || expression === MATCH_ALL) return EVERYTHING;
  // Only what is made of separators alone is an error for Java: blanks between them mean everything.
  if (/^(?:\|\|)+$/.test(expression)) throw filterMalformed('expected a tag', expression, 0);
  const tags = new Set<string>();
  for (const part of expression.split('||')) {
    const tag = part.trim();
    if (tag !== '') tags.add(tag);
  }
  return { tags: [...tags], codes: [...new Set([...tags].map(javaHashCode))] };
}

/** Whether a message with this tag is wanted: the check by text that follows the one by hash code. */
export function isTagWanted(
  subscription: Pick<SubscriptionData, 'tagsSet' | 'classFilterMode'>,
  tag: string | undefined,
): boolean {
  if (subscription.classFilterMode || subscription.tagsSet.length === 0) return true;
  return tag !== undefined && subscription.tagsSet.includes(tag);
}

/** TAG, or SQL92 where the broker allows it (`enablePropertyFilter`). */
export type ExpressionType = 'TAG' | 'SQL92';

/**
 * What a consumer tells brokers that it wants of a topic.
 *
 * @param subVersion brokers replace a subscription by one with a higher version: ms since 1970
 * @throws {RocketMqError} FILTER_MALFORMED when the expression does not parse
 *
 * Source: FilterAPI.build.
 */
export function buildSubscription(
  topic: string,
  expression: string | undefined,
  expressionType: ExpressionType,
  subVersion: number,
): SubscriptionData {
  const common = { classFilterMode: false, expressionType, subVersion, topic };
  if (expressionType === 'SQL92') {
    const subString = expression ?? '';
    compileExpression(subString);
    return { ...common, codeSet: [], subString, tagsSet: [] };
  }
  const { tags, codes } = parseTagExpression(expression);
  const subString = expression === undefined || expression === '' ? MATCH_ALL : expression;
  return { ...common, codeSet: codes, subString, tagsSet: tags };
}
