import {
  encodeProperties,
  isForbiddenToSend,
  Permission,
  PropertyName,
  type TopicConfig,
} from '@orbitmq/protocol';
import type { MessageStore, Queue } from '@orbitmq/store';
import type { TopicPutStats } from '../stats/broker-stats.ts';

/** A topic as the hot paths hold it: found once by its name's bytes, it leads to its queues without another look-up. */
export class Topic {
  readonly name: string;
  readonly isForbiddenToSend: boolean;
  readonly putStats: TopicPutStats;
  readonly #store: Pick<MessageStore, 'queue'>;
  readonly #queues: (Queue | undefined)[] = [];
  readonly #realPlaces: (Buffer | undefined)[] = [];
  #config: TopicConfig;

  constructor(config: TopicConfig, store: Pick<MessageStore, 'queue'>, putStats: TopicPutStats) {
    this.name = config.topicName;
    this.isForbiddenToSend = isForbiddenToSend(config.topicName);
    this.#store = store;
    this.putStats = putStats;
    this.#config = config;
  }

  get config(): TopicConfig {
    return this.#config;
  }

  /** For the topic table alone. */
  replaceConfig(config: TopicConfig): void {
    this.#config = config;
  }

  get isWritable(): boolean {
    return (this.#config.perm & Permission.write) !== 0;
  }

  get isReadable(): boolean {
    return (this.#config.perm & Permission.read) !== 0;
  }

  /** `REAL_TOPIC` and `REAL_QID` as encoded properties: what a message says that waits elsewhere for its place here. */
  realPlace(queueId: number): Buffer {
    const known = this.#realPlaces[queueId];
    if (known !== undefined) return known;
    const place = Buffer.from(
      encodeProperties({
        [PropertyName.realTopic]: this.name,
        [PropertyName.realQueueId]: String(queueId),
      }),
    );
    this.#realPlaces[queueId] = place;
    return place;
  }

  /** The store's handle; made when it is first asked for. */
  queue(queueId: number): Queue {
    const known = this.#queues[queueId];
    if (known !== undefined) return known;
    const queue = this.#store.queue(this.name, queueId);
    this.#queues[queueId] = queue;
    return queue;
  }
}
