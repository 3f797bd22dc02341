import { RocketMqError, toError } from '@orbitmq/kernel';
import type { Timer } from '@orbitmq/runtime';
import { guarded } from './application-calls.ts';
import type { ClientCore } from './client-core.ts';
import { ClientErrorCode } from './client-error.ts';
import type { MessageQueue } from './message.ts';
import { compareQueues, queueKey } from './queue-order.ts';
import { subscribeQueues } from './routes.ts';

export type QueuesListener = (topic: string, queues: readonly MessageQueue[]) => void;

interface Watched {
  readonly listener: QueuesListener;
  /** As text; undefined before they were looked at. */
  known: string | undefined;
}

const FIRST_CHECK_MS = 10_000;

/** Looks at topics for other queues than before. Source: DefaultLitePullConsumerImpl.java (fetchTopicMessageQueuesAndCompare). */
export class TopicWatch {
  readonly #core: ClientCore;
  /** One for each topic: bounded by the application. */
  readonly #watched = new Map<string, Watched>();
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(core: ClientCore) {
    this.#core = core;
  }

  start(periodMs: number): void {
    const look = (): void => {
      for (const topic of this.#watched.keys()) void this.#look(topic);
    };
    this.#timer ??= this.#core.timers.every(periodMs, look, FIRST_CHECK_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  watch(topic: string, listener: QueuesListener): void {
    this.#watched.set(topic, { listener, known: undefined });
    void this.#look(topic);
  }

  /** @throws {RocketMqError} CLIENT_NO_NAME_SERVER, CLIENT_NO_ROUTE */
  async queues(topic: string): Promise<readonly MessageQueue[]> {
    const route = await this.#core.refreshRoute(topic);
    if (route !== undefined) return subscribeQueues(topic, route).toSorted(compareQueues);
    throw new RocketMqError('no name server knows the topic', {
      code: ClientErrorCode.noRoute,
      details: { topic },
    });
  }

  /** Never rejects. */
  async #look(topic: string): Promise<void> {
    const watched = this.#watched.get(topic);
    if (watched === undefined || this.#isClosed) return;
    try {
      const queues = await this.queues(topic);
      const now = queues.map(queueKey).join(' ');
      const before = watched.known;
      watched.known = now;
      if (before === undefined || before === now) return;
      guarded(this.#core.log, 'a listener of queues failed', () => watched.listener(topic, queues));
    } catch (error) {
      this.#core.log.warn({ topic, err: toError(error) }, 'a topic could not be looked at');
    }
  }
}
