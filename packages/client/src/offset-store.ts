/** How far a consumer is in the queues it holds. Source: OffsetStore.java, RemoteBrokerOffsetStore.java. */
import { toError } from '@orbitmq/kernel';
import { queryConsumerOffset, ResponseCode, updateConsumerOffset } from '@orbitmq/protocol';
import type { ClientCore } from './client-core.ts';
import { brokerRefused } from './client-error.ts';
import type { MessageQueue } from './message.ts';
import { queueKey } from './queue-order.ts';

export interface OffsetStore {
  /** Reads what was saved. @returns undefined when the queue was never consumed; rejects when nobody knows */
  read(queue: MessageQueue): Promise<number | undefined>;
  /** What is known here; undefined when nothing was consumed yet. */
  known(queue: MessageQueue): number | undefined;
  /** Notes that everything before `offset` is done with. Never goes back, unless it is told to. */
  update(queue: MessageQueue, offset: number, mayGoBack?: boolean): void;
  /** All that is known here. */
  all(): readonly (readonly [MessageQueue, number])[];
  /** Saves all queues. Never rejects: what fails is saved with the next time. @returns whether nothing failed */
  saveAll(): Promise<boolean>;
  /** Saves a queue for the last time, and forgets it. Never rejects. @returns whether it could be saved */
  release(queue: MessageQueue): Promise<boolean>;
  /** Forgets a queue that is not ours any more, as it is. */
  forget(queue: MessageQueue): void;
}

export interface Progress {
  readonly queue: MessageQueue;
  offset: number;
  /** -1 before the first time. */
  savedOffset: number;
}

/** What both stores keep in memory; bounded by the queues that are held. */
export class ProgressTable {
  readonly #byKey = new Map<string, Progress>();

  values(): readonly Progress[] {
    return [...this.#byKey.values()];
  }

  get(queue: MessageQueue): Progress | undefined {
    return this.#byKey.get(queueKey(queue));
  }

  update(queue: MessageQueue, offset: number, mayGoBack: boolean): void {
    const progress = this.get(queue);
    if (progress === undefined) {
      this.#byKey.set(queueKey(queue), { queue, offset, savedOffset: -1 });
    } else if (mayGoBack || offset > progress.offset) {
      progress.offset = offset;
    }
  }

  take(queue: MessageQueue): Progress | undefined {
    const progress = this.get(queue);
    this.#byKey.delete(queueKey(queue));
    return progress;
  }
}

const TIMEOUT_MS = 5_000;

/** Offsets of a group whose members share queues: kept by the brokers. */
export class BrokerOffsetStore implements OffsetStore {
  readonly #core: ClientCore;
  readonly #group: string;
  readonly #table = new ProgressTable();

  constructor(core: ClientCore, group: string) {
    this.#core = core;
    this.#group = group;
  }

  async read(queue: MessageQueue): Promise<number | undefined> {
    const address = await this.#core.anyAddressOf(queue);
    const { topic, queueId, brokerName } = queue;
    const reply = await this.#core.remoting.invoke(
      address,
      queryConsumerOffset,
      { consumerGroup: this.#group, topic, queueId, bname: brokerName },
      { timeoutMs: TIMEOUT_MS },
    );
    if (reply.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    if (reply.code !== ResponseCode.SUCCESS) throw brokerRefused(address, reply.code, reply.remark);
    return reply.fields.offset;
  }

  known(queue: MessageQueue): number | undefined {
    return this.#table.get(queue)?.offset;
  }

  update(queue: MessageQueue, offset: number, mayGoBack = false): void {
    this.#table.update(queue, offset, mayGoBack);
  }

  all(): readonly (readonly [MessageQueue, number])[] {
    return this.#table.values().map(({ queue, offset }) => [queue, offset] as const);
  }

  async saveAll(): Promise<boolean> {
    const saved = await Promise.all(this.#table.values().map((progress) => this.#save(progress)));
    return saved.every(Boolean);
  }

  async release(queue: MessageQueue): Promise<boolean> {
    const progress = this.#table.take(queue);
    return progress === undefined || (await this.#save(progress));
  }

  forget(queue: MessageQueue): void {
    this.#table.take(queue);
  }

  async #save(progress: Progress): Promise<boolean> {
    const { queue, offset } = progress;
    if (offset === progress.savedOffset) return true;
    const { topic, queueId, brokerName } = queue;
    try {
      await this.#core.call(
        await this.#core.anyAddressOf(queue),
        updateConsumerOffset,
        { consumerGroup: this.#group, topic, queueId, commitOffset: offset, bname: brokerName },
        { timeoutMs: TIMEOUT_MS },
      );
      progress.savedOffset = offset;
      return true;
    } catch (error) {
      this.#core.log.warn({ topic, queueId, err: toError(error) }, 'offset could not be saved');
      return false;
    }
  }
}
