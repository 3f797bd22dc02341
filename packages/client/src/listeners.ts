import { toError } from '@orbitmq/kernel';
import type { ClientCore } from './client-core.ts';
import { invalidArgument } from './client-error.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { shown } from './option-checks.ts';

/** The messages, or those behind the first `acknowledged` ones, are wanted again. */
export interface ReconsumeLater {
  /** Messages at the head of the batch that are done with; none when absent. */
  readonly acknowledged?: number | undefined;
  /**
   * When they come again: 1 to 18, by the broker's levels; 0, or absent, means ever later with each
   * failure; -1 means never, they are dead letters now. Orderly consumers heed -1 only.
   */
  readonly delayLevel?: number | undefined;
  /** Orderly consumers: how long the queue rests before the same message comes again, 10 to 30 000 ms. */
  readonly suspendMs?: number | undefined;
}

/** What a listener says: nothing or `success` when the message is done with. Throwing means `reconsume-later`. */
export type ConsumeResult = 'success' | 'reconsume-later' | ReconsumeLater;

export interface ConsumeContext {
  readonly queue: MessageQueue;
  /** Ends when the consumer is closed or the queue goes to another member of the group. */
  readonly isDropped: () => boolean;
}

// oxlint-disable-next-line typescript/no-invalid-void-type -- most listeners return nothing
export type ListenerResult = ConsumeResult | void;
export type MessageListener = (
  message: ReceivedMessage,
  context: ConsumeContext,
) => ListenerResult | Promise<ListenerResult>;
/** Gets messages of one queue together, in their order. */
export type BatchListener = (
  messages: readonly ReceivedMessage[],
  context: ConsumeContext,
) => ListenerResult | Promise<ListenerResult>;

/** How a batch went: the first `acknowledged` messages are done with. */
export interface Outcome {
  readonly kind: 'success' | 'later' | 'threw';
  readonly acknowledged: number;
  readonly delayLevel: number;
  readonly suspendMs: number | undefined;
  readonly error: Error | undefined;
}

/** A listener of single messages as one of batches of one. */
export function batchOfOne(listener: MessageListener): BatchListener {
  return ([message], context) => listener(message as ReceivedMessage, context);
}

/**
 * What a listener's answer to so many messages means.
 *
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT for anything else, as a listener gives that is not type-checked
 */
export function outcomeOf(result: ListenerResult, count: number): Outcome {
  if (result === undefined || result === 'success') {
    return {
      kind: 'success',
      acknowledged: count,
      delayLevel: 0,
      suspendMs: undefined,
      error: undefined,
    };
  }
  if (result !== 'reconsume-later' && (typeof result !== 'object' || result === null)) {
    throw invalidArgument(
      `the listener gave ${shown(result)}, expected nothing, 'success', 'reconsume-later' or an object`,
    );
  }
  const { suspendMs, ...given } = result === 'reconsume-later' ? {} : result;
  const acknowledged = integerOr0(given.acknowledged);
  return {
    kind: acknowledged >= count ? 'success' : 'later',
    acknowledged: Math.min(Math.max(0, acknowledged), count),
    delayLevel: integerOr0(given.delayLevel),
    suspendMs,
    error: undefined,
  };
}

/** Listeners that are not type-checked say anything. */
function integerOr0(value: unknown): number {
  return Number.isInteger(value) ? Number(value) : 0;
}

/** Calls a listener; what it throws is logged and becomes its outcome. Never rejects. */
export async function callListener(
  core: Pick<ClientCore, 'log'>,
  listener: BatchListener,
  messages: readonly ReceivedMessage[],
  context: ConsumeContext,
): Promise<Outcome> {
  try {
    return outcomeOf(await listener(messages, context), messages.length);
  } catch (thrown) {
    const error = toError(thrown);
    const [first] = messages;
    core.log.warn(
      { topic: first?.topic, messageId: first?.messageId, err: error },
      'a listener failed',
    );
    return { kind: 'threw', acknowledged: 0, delayLevel: 0, suspendMs: undefined, error };
  }
}
