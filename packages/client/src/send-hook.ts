import type { Logger } from '@orbitmq/kernel';
import { MessageSysFlag } from '@orbitmq/protocol';
import { guarded } from './application-calls.ts';
import type { Message, MessageQueue } from './message.ts';
import { queueWithout, withoutNamespace } from './namespace.ts';
import { isDelayed, type Outgoing } from './outgoing.ts';
import type { SendResult } from './producer-options.ts';
import type { TransactionState } from './transactions.ts';

/** One attempt to send a message, or several as one. */
export interface SendAttempt {
  readonly group: string;
  /** As the application gave them. */
  readonly messages: readonly Message[];
  /** Unique ids, one for each message. */
  readonly messageIds: readonly string[];
  readonly kind: 'normal' | 'half' | 'delayed';
  readonly queue: MessageQueue;
  readonly brokerAddress: string;
  /** Of the body that goes out, compressed if it is. */
  readonly bodyBytes: number;
}

export interface SendEnd {
  /** Undefined when the attempt failed, or nobody answers it. */
  readonly result: SendResult | undefined;
  readonly error: unknown;
  readonly tookMs: number;
}

/** The word that ended a transaction. */
export interface TransactionEnd {
  readonly group: string;
  readonly topic: string;
  readonly messageId: string;
  readonly transactionId: string | undefined;
  readonly tags: string | undefined;
  readonly keys: string | undefined;
  readonly brokerAddress: string;
  readonly state: TransactionState;
  /** Whether the broker had asked. */
  readonly isFromCheck: boolean;
}

/**
 * Sees every attempt to send before it goes out and after its answer; both calls get the same object. What
 * a hook throws or rejects with is logged, and changes nothing; nobody waits for what it does.
 */
export interface SendHook {
  before?(attempt: SendAttempt): void;
  after?(attempt: SendAttempt, end: SendEnd): void;
  /** A transaction was ended. */
  transactionEnded?(end: TransactionEnd): void;
}

/** An attempt that hooks have seen begin. */
export class WatchedAttempt {
  readonly #hooks: readonly SendHook[];
  readonly #log: Logger;
  readonly #attempt: SendAttempt;

  constructor(hooks: readonly SendHook[], log: Logger, attempt: SendAttempt) {
    this.#hooks = hooks;
    this.#log = log;
    this.#attempt = attempt;
    for (const hook of hooks) guarded(log, HOOK_FAILED, () => hook.before?.(attempt));
  }

  end(end: SendEnd): void {
    for (const hook of this.#hooks) {
      guarded(this.#log, HOOK_FAILED, () => hook.after?.(this.#attempt, end));
    }
  }
}

export const HOOK_FAILED = 'a send hook failed';

// oxlint-disable-next-line max-params -- the pieces of one attempt
export function attemptOf(
  group: string,
  outgoing: Outgoing,
  queue: MessageQueue,
  brokerAddress: string,
  namespace: string | undefined,
): SendAttempt {
  const { messages, messageIds, sysFlag, body } = outgoing;
  const isHalf = (sysFlag & MessageSysFlag.transactionPrepared) !== 0;
  const kind = messages.some(isDelayed) ? 'delayed' : 'normal';
  return {
    group: withoutNamespace(group, namespace),
    messages,
    messageIds,
    kind: isHalf ? 'half' : kind,
    queue: queueWithout(queue, namespace),
    brokerAddress,
    bodyBytes: body.length,
  };
}
