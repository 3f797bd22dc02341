import { RocketMqError } from '@orbitmq/kernel';

/** Queues of all groups that may wait for their consumers; an administrator makes them, consumers take them away. */
const MAX_PENDING_RESETS = 100_000;

/**
 * Offsets that an administrator set and whose consumers do not know yet: the next pull of the queue is
 * sent there, and what is committed before that is ignored. In memory alone: the offset itself is in the
 * metadata too, and a broker that starts anew has no consumer that could overwrite it unasked.
 *
 * Source: ConsumerOffsetManager.java (resetOffsetTable).
 */
export class PendingResets {
  /** By `topic@group`, then by queue id. */
  readonly #offsets = new Map<string, Map<number, number>>();
  #size = 0;

  /** Asked by every pull, before anything else. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** @throws {RocketMqError} PENDING_RESETS_FULL */
  set(topic: string, group: string, queueId: number, offset: number): void {
    const key = keyOf(topic, group);
    let queues = this.#offsets.get(key);
    if (queues?.has(queueId) !== true) {
      if (this.#size >= MAX_PENDING_RESETS) {
        throw new RocketMqError(`${MAX_PENDING_RESETS} resets wait for their consumers already`, {
          code: 'PENDING_RESETS_FULL',
          isRetryable: true,
        });
      }
      this.#size++;
    }
    if (queues === undefined) {
      queues = new Map();
      this.#offsets.set(key, queues);
    }
    queues.set(queueId, offset);
  }

  has(topic: string, group: string, queueId: number): boolean {
    return this.#offsets.get(keyOf(topic, group))?.has(queueId) === true;
  }

  /** The offset a consumer is to go on at; it is told once. */
  take(topic: string, group: string, queueId: number): number | undefined {
    const key = keyOf(topic, group);
    const queues = this.#offsets.get(key);
    const offset = queues?.get(queueId);
    if (queues === undefined || offset === undefined) return undefined;
    queues.delete(queueId);
    this.#size--;
    if (queues.size === 0) this.#offsets.delete(key);
    return offset;
  }

  forgetTopic(topic: string): void {
    this.#forget((key) => key.startsWith(`${topic}@`));
  }

  forgetGroup(group: string): void {
    this.#forget((key) => key.endsWith(`@${group}`));
  }

  #forget(isGone: (key: string) => boolean): void {
    for (const [key, queues] of this.#offsets) {
      if (!isGone(key)) continue;
      this.#offsets.delete(key);
      this.#size -= queues.size;
    }
  }
}

/** Neither name holds an `@`. */
function keyOf(topic: string, group: string): string {
  return `${topic}@${group}`;
}
