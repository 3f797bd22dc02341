import type { MessageQueue, ReceivedMessage } from './message.ts';

/** Messages that a listener gets together. */
export interface ConsumedBatch {
  readonly group: string;
  readonly queue: MessageQueue;
  readonly messages: readonly ReceivedMessage[];
}

export interface ConsumeEnd {
  /** `timed-out`: it took `consumeTimeoutMs` or longer, whatever the listener said. */
  readonly kind: 'success' | 'later' | 'threw' | 'timed-out';
  readonly tookMs: number;
}

/**
 * Sees every batch before and after its listener; both calls get the same object. What it throws or rejects with is
 * logged; nobody waits for what it does.
 */
export interface ConsumeHook {
  before?(batch: ConsumedBatch): void;
  after?(batch: ConsumedBatch, end: ConsumeEnd): void;
}
