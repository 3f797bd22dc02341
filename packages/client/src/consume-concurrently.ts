/** Messages go to listeners as they come, several at a time. Source: ConsumeMessageConcurrentlyService.java. */
import type { Timer } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import type { ConsumePool } from './consume-pool.ts';
import { batchesOf, type Consumption, type ListenerCalls } from './consumption.ts';
import type { ReceivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import type { QueuePuller } from './queue-puller.ts';
import type { SendBack } from './send-back.ts';

export interface ConcurrentConsumptionOptions {
  readonly core: ClientCore;
  readonly pool: ConsumePool;
  readonly calls: ListenerCalls;
  readonly offsets: OffsetStore;
  /** Undefined when a message that fails is not wanted again: every member has it for itself. */
  readonly sendBack: SendBack | undefined;
}

/** A message whose send-back failed is tried here again. */
const LOCAL_RETRY_MS = 5_000;
/** Level of a message whose listener takes too long, one minute. */
const EXPIRED_LEVEL = 3;
/** Messages of a queue that are looked at for listeners that take too long. */
const MAX_EXPIRED = 16;

export class ConcurrentConsumption implements Consumption {
  readonly #options: ConcurrentConsumptionOptions;
  /** Bounded by the messages that are pending. */
  readonly #retries = new Set<Timer>();

  constructor(options: ConcurrentConsumptionOptions) {
    this.#options = options;
  }

  accept(puller: QueuePuller, messages: readonly ReceivedMessage[]): void {
    const { pool, calls } = this.#options;
    for (const batch of batchesOf(puller, messages, (topic) => calls.batchSize(topic))) {
      pool.add(() => this.#consume(puller, batch), puller);
    }
  }

  forget(puller: QueuePuller): void {
    this.#options.pool.forget(puller);
  }

  /** Listeners of a queue that is given up may go on: what they say is ignored. */
  isQuiet(): boolean {
    return true;
  }

  ended(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async drain(): Promise<void> {
    for (const timer of this.#retries) timer.cancel();
    this.#retries.clear();
    await this.#options.pool.drain();
  }

  /**
   * Gives back messages that a listener has had for `timeoutMs`, so that the group's place is not held up by
   * them; what the listener says later is ignored. Never rejects.
   */
  async expire(puller: QueuePuller, timeoutMs: number): Promise<void> {
    const { core, offsets, sendBack } = this.#options;
    if (sendBack === undefined) return;
    const beforeMs = core.clock.monotonicMs() - timeoutMs;
    for (const message of puller.pending.startedBefore(beforeMs, MAX_EXPIRED)) {
      const { topic, messageId } = message;
      core.log.warn({ topic, messageId, timeoutMs }, 'a listener takes too long');
      const isSent = await sendBack.send(message, EXPIRED_LEVEL);
      if (puller.isDropped) return;
      if (isSent) offsets.update(puller.queue, puller.pending.remove(message));
    }
  }

  async #consume(puller: QueuePuller, batch: readonly ReceivedMessage[]): Promise<void> {
    if (puller.isStopped) return;
    const { calls, core, offsets } = this.#options;
    for (const message of batch) puller.pending.start(message, core.clock.monotonicMs());
    const { acknowledged, delayLevel } = await calls.call(puller, batch);
    // Another member has the queue now, and will get the messages.
    if (puller.isDropped) return;
    const done = batch.slice(0, acknowledged);
    const failed: ReceivedMessage[] = [];
    for (const message of batch.slice(acknowledged)) {
      if (await this.#giveBack(puller, message, delayLevel)) done.push(message);
      else failed.push(message);
    }
    if (puller.isDropped) return;
    offsets.update(puller.queue, puller.pending.remove(...done));
    if (failed.length > 0) this.#retryHere(puller, failed);
  }

  /** @returns whether the message need not be consumed here any more */
  async #giveBack(
    puller: QueuePuller,
    message: ReceivedMessage,
    delayLevel: number,
  ): Promise<boolean> {
    const { core, sendBack } = this.#options;
    // It was given back because the listener took too long.
    if (puller.isDropped || !puller.pending.has(message)) return true;
    if (sendBack !== undefined) return sendBack.send(message, delayLevel);
    const { topic, messageId } = message;
    core.log.warn({ topic, messageId }, 'a message that every member gets was not consumed');
    return true;
  }

  #retryHere(puller: QueuePuller, failed: readonly ReceivedMessage[]): void {
    // After the consumer's end the messages come again to whoever has the queue then.
    if (puller.isStopped) return;
    const again = failed.map((message) => {
      return { ...message, reconsumeTimes: message.reconsumeTimes + 1 };
    });
    for (const message of again) puller.pending.putBack(message);
    const timer = this.#options.core.timers.after(LOCAL_RETRY_MS, () => {
      this.#retries.delete(timer);
      this.accept(puller, again);
    });
    this.#retries.add(timer);
  }
}
