/** How far the group is in the queues this consumer holds; kept by the brokers. Source: RemoteBrokerOffsetStore.java. */
import { toError } from '@orbitmq/kernel';
import { queryConsumerOffset, ResponseCode, updateConsumerOffset } from '@orbitmq/protocol';
import { queueKey } from './allocation.ts';
import type { ClientCore } from './client-core.ts';
import { brokerRefused } from './client-error.ts';
import type { MessageQueue } from './message.ts';

const TIMEOUT_MS = 5_000;

interface Progress {
  readonly queue: MessageQueue;
  offset: number;
  savedOffset: number;
}

export class OffsetStore {
  readonly #core: ClientCore;
  readonly #group: string;
  readonly #progress = new Map<string, Progress>();

  constructor(core: ClientCore, group: string) {
    this.#core = core;
    this.#group = group;
  }

  /** @returns undefined when the group never consumed the queue */
  async read(queue: MessageQueue): Promise<number | undefined> {
    const address = await this.#addressOf(queue);
    const { topic, queueId } = queue;
    const reply = await this.#core.remoting.invoke(
      address,
      queryConsumerOffset,
      { consumerGroup: this.#group, topic, queueId },
      { timeoutMs: TIMEOUT_MS },
    );
    if (reply.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    if (reply.code !== ResponseCode.SUCCESS) throw brokerRefused(address, reply.code, reply.remark);
    return reply.fields.offset;
  }

  /** What is known here; undefined when nothing was consumed yet. */
  known(queue: MessageQueue): number | undefined {
    return this.#progress.get(queueKey(queue))?.offset;
  }

  /** Notes that everything before `offset` is done with. Never goes back, unless it is told to. */
  update(queue: MessageQueue, offset: number, mayGoBack = false): void {
    const key = queueKey(queue);
    const progress = this.#progress.get(key);
    if (progress === undefined) {
      this.#progress.set(key, { queue, offset, savedOffset: -1 });
    } else if (mayGoBack || offset > progress.offset) {
      progress.offset = offset;
    }
  }

  /** Tells the brokers about all queues. Never rejects: what fails is told with the next time. */
  async saveAll(): Promise<void> {
    await Promise.all([...this.#progress.values()].map((progress) => this.#save(progress)));
  }

  /** Tells the broker about a queue for the last time, and forgets it. Never rejects. */
  async release(queue: MessageQueue): Promise<void> {
    const key = queueKey(queue);
    const progress = this.#progress.get(key);
    if (progress === undefined) return;
    this.#progress.delete(key);
    await this.#save(progress);
  }

  async #save(progress: Progress): Promise<void> {
    const { queue, offset } = progress;
    if (offset === progress.savedOffset) return;
    const { topic, queueId } = queue;
    try {
      await this.#core.call(
        await this.#addressOf(queue),
        updateConsumerOffset,
        { consumerGroup: this.#group, topic, queueId, commitOffset: offset },
        { timeoutMs: TIMEOUT_MS },
      );
      progress.savedOffset = offset;
    } catch (error) {
      this.#core.log.warn({ topic, queueId, err: toError(error) }, 'offset could not be saved');
    }
  }

  async #addressOf(queue: MessageQueue): Promise<string> {
    const route = await this.#core.route(queue.topic);
    return this.#core.masterOf(route ?? NO_ROUTE, queue.brokerName);
  }
}

const NO_ROUTE = { brokerDatas: [], queueDatas: [], filterServerTable: new Map() };
