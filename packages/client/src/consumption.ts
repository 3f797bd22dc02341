/** What orderly and unordered consumption share. Source: ConsumeMessageService.java. */
import { deadLetterTopicOf, PropertyName } from '@orbitmq/protocol';
import { guarded } from './application-calls.ts';
import type { ClientCore } from './client-core.ts';
import type { ConsumedBatch, ConsumeEnd, ConsumeHook } from './consume-hook.ts';
import type { ConsumerStats } from './consumer-stats.ts';
import { type BatchListener, callListener, type Outcome } from './listeners.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { messageWithout, queueWithout, withoutNamespace } from './namespace.ts';
import type { QueuePuller } from './queue-puller.ts';
import { DEAD_LETTER_LEVEL } from './send-back.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How pulled messages reach listeners. */
export interface Consumption {
  /** Takes messages that a puller has added to its pending ones. */
  accept(puller: QueuePuller, messages: readonly ReceivedMessage[]): void;
  /** Drops what waits of a queue that is given up. */
  forget(puller: QueuePuller): void;
  /** Whether no listener that must end first has a message of the queue. */
  isQuiet(puller: QueuePuller): boolean;
  /** Resolves, true, when no listener has a message of the queue; false when one still has after so long. */
  ended(puller: QueuePuller, timeoutMs: number): Promise<boolean>;
  /** Gives back messages that a listener has had for so long. Never rejects. */
  expire(puller: QueuePuller, timeoutMs: number): Promise<void>;
  /** Begins nothing more. @returns when the listeners that run have ended */
  drain(): Promise<void>;
}

export interface ListenerCallsOptions {
  readonly core: ClientCore;
  readonly group: string;
  readonly subscriptions: Subscriptions;
  readonly stats: ConsumerStats;
  readonly hooks: readonly ConsumeHook[];
  readonly consumeTimeoutMs: number;
}

const HOOK_FAILED = 'a consume hook failed';

/** Calls listeners, with hooks and statistics around them. */
export class ListenerCalls {
  readonly #options: ListenerCallsOptions;
  #lastConsumeMs = new WeakMap<QueuePuller, number>();

  constructor(options: ListenerCallsOptions) {
    this.#options = options;
  }

  /** When a listener last got a message of the queue, in milliseconds since the epoch; 0 for never. */
  lastConsumeMs(puller: QueuePuller): number {
    return this.#lastConsumeMs.get(puller) ?? 0;
  }

  /** Messages that a topic's listener takes at once. */
  batchSize(topic: string): number {
    return this.#options.subscriptions.get(topic)?.batchSize ?? 1;
  }

  /** Gives messages of one topic to its listener. Never rejects. */
  async call(puller: QueuePuller, messages: readonly ReceivedMessage[]): Promise<Outcome> {
    const [first] = messages as [ReceivedMessage];
    if (messages.some((message) => puller.unreadable.has(message))) return DEAD;
    const { core, subscriptions } = this.#options;
    this.#lastConsumeMs.set(puller, core.clock.now());
    const listener = subscriptions.get(first.topic)?.listener;
    if (listener === undefined) {
      const { topic, messageId } = first;
      core.log.warn({ topic, messageId }, 'a message came for a topic without listener');
      return LATER;
    }
    return this.#observed(listener, puller.queue, messages, () => puller.isStopped);
  }

  /**
   * Gives one message to its listener because an administrator wants so; a dead letter of the group to the listener of
   * the topic that it came from. @returns undefined without a listener
   */
  async callDirectly(
    queue: MessageQueue,
    message: ReceivedMessage,
  ): Promise<{ readonly outcome: Outcome; readonly tookMs: number } | undefined> {
    const { core, group, subscriptions } = this.#options;
    const topic = message.properties[PropertyName.retryTopic] ?? message.topic;
    const isDeadLetter = message.topic === deadLetterTopicOf(group);
    const given = isDeadLetter ? { ...message, topic } : message;
    const listener = subscriptions.get(given.topic)?.listener;
    if (listener === undefined) return undefined;
    const startMs = core.clock.monotonicMs();
    const outcome = await this.#observed(listener, queue, [given], () => false);
    return { outcome, tookMs: core.clock.monotonicMs() - startMs };
  }

  async #observed(
    listener: BatchListener,
    queue: MessageQueue,
    messages: readonly ReceivedMessage[],
    isDropped: () => boolean,
  ): Promise<Outcome> {
    const { core, group, hooks, stats, consumeTimeoutMs } = this.#options;
    const batch = batchWithout({ group, queue, messages }, core.namespace);
    for (const hook of hooks) guarded(core.log, HOOK_FAILED, () => hook.before?.(batch));
    const startMs = core.clock.monotonicMs();
    const outcome = await callListener(core, listener, batch.messages, {
      queue: batch.queue,
      isDropped,
    });
    const tookMs = core.clock.monotonicMs() - startMs;
    const kind = tookMs >= consumeTimeoutMs ? 'timed-out' : outcome.kind;
    const end: ConsumeEnd = { kind, tookMs };
    for (const hook of hooks) guarded(core.log, HOOK_FAILED, () => hook.after?.(batch, end));
    const { topic } = messages[0] as ReceivedMessage;
    stats.onConsumed(topic, outcome.acknowledged, messages.length - outcome.acknowledged, tookMs);
    return outcome;
  }
}

/** A batch as the application sees it. */
function batchWithout(batch: ConsumedBatch, namespace: string | undefined): ConsumedBatch {
  if (namespace === undefined) return batch;
  return {
    group: withoutNamespace(batch.group, namespace),
    queue: queueWithout(batch.queue, namespace),
    messages: batch.messages.map((message) => messageWithout(message, namespace)),
  };
}

const LATER: Outcome = {
  kind: 'later',
  acknowledged: 0,
  delayLevel: 0,
  suspendMs: undefined,
  error: undefined,
};
const DEAD: Outcome = { ...LATER, delayLevel: DEAD_LETTER_LEVEL };

/**
 * Cuts messages into batches for their listeners: neighbours of one topic, at most as many as its listener
 * takes. A retry topic's queue holds messages of several topics. One that nobody can read stands alone.
 */
export function batchesOf(
  puller: QueuePuller,
  messages: readonly ReceivedMessage[],
  batchSize: (topic: string) => number,
): ReceivedMessage[][] {
  const batches: ReceivedMessage[][] = [];
  let last: ReceivedMessage[] = [];
  for (const message of messages) {
    const [first] = last;
    const fits =
      first !== undefined &&
      first.topic === message.topic &&
      last.length < batchSize(message.topic) &&
      !puller.unreadable.has(message) &&
      !puller.unreadable.has(first);
    if (!fits) {
      last = [];
      batches.push(last);
    }
    last.push(message);
  }
  return batches;
}
