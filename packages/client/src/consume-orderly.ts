/**
 * Each queue's messages go to listeners one after the other. A message that fails stops its queue, and no
 * other, until it is consumed or has failed too often.
 *
 * Source: ConsumeMessageOrderlyService.java.
 */
import { delay, type Timer } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import type { ConsumePool } from './consume-pool.ts';
import { batchesOf, type Consumption, type ListenerCalls } from './consumption.ts';
import type { Outcome } from './listeners.ts';
import type { ReceivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import type { QueueLocks } from './queue-locks.ts';
import type { QueuePuller } from './queue-puller.ts';
import { DEAD_LETTER_LEVEL, type SendBack } from './send-back.ts';

export interface OrderlyConsumptionOptions {
  readonly core: ClientCore;
  readonly pool: ConsumePool;
  readonly calls: ListenerCalls;
  readonly offsets: OffsetStore;
  /** Undefined when every member gets every queue. */
  readonly locks: QueueLocks | undefined;
  readonly sendBack: SendBack | undefined;
  /** Times a message is tried before it leaves its queue for the retry topic, and from there for the dead letters. */
  readonly maxReconsumeTimes: number;
  /** How long a queue rests when the listener does not say, in milliseconds. */
  readonly suspendMs: number;
  /** The queue may be with another member. */
  readonly onLockLost: (puller: QueuePuller) => void;
}

const MIN_SUSPEND_MS = 10;
const MAX_SUSPEND_MS = 30_000;
/** So often a queue looks whether its lock is certain again. */
const DOUBT_REST_MS = 100;

/** Whose turn it is; there is one for each queue that is held. */
interface Turn {
  isWaiting: boolean;
  running: Promise<void> | undefined;
  rest: Timer | undefined;
}

export class OrderlyConsumption implements Consumption {
  readonly #options: OrderlyConsumptionOptions;
  readonly #turns = new Map<QueuePuller, Turn>();

  constructor(options: OrderlyConsumptionOptions) {
    this.#options = options;
  }

  accept(puller: QueuePuller): void {
    let turn = this.#turns.get(puller);
    if (turn === undefined) {
      turn = { isWaiting: false, running: undefined, rest: undefined };
      this.#turns.set(puller, turn);
    }
    this.#schedule(puller, turn);
  }

  forget(puller: QueuePuller): void {
    this.#turns.get(puller)?.rest?.cancel();
    this.#turns.delete(puller);
    this.#options.pool.forget(puller);
  }

  isQuiet(puller: QueuePuller): boolean {
    return this.#turns.get(puller)?.running === undefined;
  }

  async ended(puller: QueuePuller, timeoutMs: number): Promise<boolean> {
    const running = this.#turns.get(puller)?.running;
    if (running === undefined) return true;
    const giveUp = new AbortController();
    const timeout = delay(this.#options.core.timers, timeoutMs, giveUp.signal).then(() => false);
    const isEnded = await Promise.race([running.then(() => true), timeout]);
    giveUp.abort();
    return isEnded;
  }

  /** An orderly listener may take its time: its queue waits for it. */
  expire(): Promise<void> {
    return Promise.resolve();
  }

  async drain(): Promise<void> {
    for (const { rest } of this.#turns.values()) rest?.cancel();
    await this.#options.pool.drain();
  }

  #schedule(puller: QueuePuller, turn: Turn): void {
    const isBusy = turn.isWaiting || turn.running !== undefined || turn.rest !== undefined;
    if (isBusy || puller.isStopped || puller.pending.count === 0) return;
    turn.isWaiting = true;
    // Queues take turns, so that one with many messages does not keep the others waiting.
    this.#options.pool.add(() => this.#takeTurn(puller, turn), puller);
  }

  async #takeTurn(puller: QueuePuller, turn: Turn): Promise<void> {
    turn.isWaiting = false;
    const consuming = this.#consumeHead(puller);
    turn.running = consuming.then(() => undefined);
    const restMs = await consuming;
    turn.running = undefined;
    if (restMs > 0 && !puller.isStopped) this.#rest(puller, turn, restMs);
    else this.#schedule(puller, turn);
  }

  #rest(puller: QueuePuller, turn: Turn, restMs: number): void {
    turn.rest = this.#options.core.timers.after(restMs, () => {
      turn.rest = undefined;
      this.#schedule(puller, turn);
    });
  }

  /** @returns how long the queue is to rest, in milliseconds; 0 when it may go on */
  async #consumeHead(puller: QueuePuller): Promise<number> {
    const { calls, core, locks, offsets } = this.#options;
    if (puller.isStopped || this.#isLockLost(puller)) return 0;
    if (locks?.isDoubtful(puller.queue)) return DOUBT_REST_MS;
    const [first] = puller.pending.head(1);
    if (first === undefined) return 0;
    const head = puller.pending.head(calls.batchSize(first.topic));
    const [batch = []] = batchesOf(puller, head, (topic) => calls.batchSize(topic));
    for (const message of batch) puller.pending.start(message, core.clock.monotonicMs());
    const outcome = await calls.call(puller, batch);
    // Whoever has the queue now gets the messages again.
    if (puller.isDropped || this.#isLockLost(puller)) return 0;
    const done = batch.slice(0, outcome.acknowledged);
    let restMs = 0;
    for (const message of batch.slice(outcome.acknowledged)) {
      if (await this.#mayPass(message, outcome)) {
        done.push(message);
        continue;
      }
      puller.pending.putBack({ ...message, reconsumeTimes: message.reconsumeTimes + 1 });
      restMs = this.#restMs(outcome);
    }
    if (puller.isDropped) return 0;
    offsets.update(puller.queue, puller.pending.remove(...done));
    return restMs;
  }

  /** Whether the queue may go on without a message that was not consumed. */
  async #mayPass(message: ReceivedMessage, outcome: Outcome): Promise<boolean> {
    const { core, sendBack, maxReconsumeTimes } = this.#options;
    const isDead = outcome.delayLevel === DEAD_LETTER_LEVEL;
    if (!isDead && message.reconsumeTimes < maxReconsumeTimes) return false;
    if (sendBack !== undefined) {
      return sendBack.sendCopy(message, isDead ? DEAD_LETTER_LEVEL : 0);
    }
    const { topic, messageId } = message;
    core.log.warn({ topic, messageId }, 'a message that every member gets was not consumed');
    return true;
  }

  #restMs({ suspendMs = this.#options.suspendMs }: Outcome): number {
    // What no number is would be no rest at all.
    const restMs = Number.isFinite(suspendMs) ? suspendMs : this.#options.suspendMs;
    return Math.min(Math.max(restMs, MIN_SUSPEND_MS), MAX_SUSPEND_MS);
  }

  #isLockLost(puller: QueuePuller): boolean {
    const { locks, onLockLost } = this.#options;
    if (locks === undefined || locks.isHeld(puller.queue)) return false;
    onLockLost(puller);
    return true;
  }
}
