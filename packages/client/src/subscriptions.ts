import { buildSubscription } from '@orbitmq/filter';
import { type SubscriptionData, topicNameProblem } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import { invalidArgument } from './client-error.ts';
import type { BatchListener } from './listeners.ts';
import { inRange, shown } from './option-checks.ts';

/** Tags, as in `TagA || TagB`, or `*` for everything; or a condition over properties in SQL92. */
export type FilterExpression = string | { readonly sql: string };

export interface Subscribed {
  readonly data: SubscriptionData;
  /** Undefined for the group's retry topic, whose messages go to the listener of their own topic. */
  readonly listener: BatchListener | undefined;
  /** Messages that the listener takes at once, at most. */
  readonly batchSize: number;
}

/** `consumeMessageBatchMaxSize` is 1 to 1024. */
const MAX_BATCH_SIZE = 1_024;

/** What a consumer wants of its topics. */
export class Subscriptions {
  readonly #clock: Clock;
  readonly #byTopic = new Map<string, Subscribed>();
  #lastVersion = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get topics(): readonly string[] {
    return [...this.#byTopic.keys()];
  }

  get all(): readonly Subscribed[] {
    return [...this.#byTopic.values()];
  }

  get(topic: string): Subscribed | undefined {
    return this.#byTopic.get(topic);
  }

  /**
   * Adds or replaces a topic's subscription, under a version that is newer than any before.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, FILTER_MALFORMED
   */
  set(
    topic: string,
    expression: FilterExpression,
    listener: BatchListener | undefined,
    batchSize = 1,
  ): void {
    const problem = topicNameProblem(topic);
    if (problem !== undefined) throw invalidArgument(`topic ${topic}: ${problem}`);
    inRange('batchSize', batchSize, 1, MAX_BATCH_SIZE);
    checkIsExpression(expression);
    this.#lastVersion = Math.max(this.#lastVersion + 1, this.#clock.now());
    const data =
      typeof expression === 'string'
        ? buildSubscription(topic, expression, 'TAG', this.#lastVersion)
        : buildSubscription(topic, expression.sql, 'SQL92', this.#lastVersion);
    this.#byTopic.set(topic, { data, listener, batchSize });
  }

  delete(topic: string): void {
    this.#byTopic.delete(topic);
  }
}

function checkIsExpression(expression: FilterExpression): void {
  const condition = typeof expression === 'string' ? expression : expression?.sql;
  if (typeof condition === 'string') return;
  throw invalidArgument(`expression is ${shown(expression)}, expected tags or { sql }`);
}
