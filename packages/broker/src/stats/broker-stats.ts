/** What the broker counts, under the names that tools ask for. Source: BrokerStatsManager.java. */
import { GroupReads } from './group-reads.ts';
import { StatsItem } from './stats-item.ts';

export const StatsName = {
  topicPutNums: 'TOPIC_PUT_NUMS',
  topicPutSize: 'TOPIC_PUT_SIZE',
  queuePutNums: 'QUEUE_PUT_NUMS',
  queuePutSize: 'QUEUE_PUT_SIZE',
  groupGetNums: 'GROUP_GET_NUMS',
  groupGetSize: 'GROUP_GET_SIZE',
  groupGetLatency: 'GROUP_GET_LATENCY',
  queueGetNums: 'QUEUE_GET_NUMS',
  queueGetSize: 'QUEUE_GET_SIZE',
  sendBackPutNums: 'SNDBCK_PUT_NUMS',
  sendBackToDeadLetters: 'SNDBCK2DLQ_TIMES',
  deadLetterPutNums: 'DLQ_PUT_NUMS',
  brokerPutNums: 'BROKER_PUT_NUMS',
  brokerGetNums: 'BROKER_GET_NUMS',
} as const;
export type StatsName = (typeof StatsName)[keyof typeof StatsName];

/**
 * Keys of one name: as many topics, queues, or groups of topics are counted, 2 KiB each. Peers make keys by
 * naming groups; what comes beyond is served and not counted.
 */
const MAX_KEYS = 200_000;

const SENT_BACK_DEAD = 'SEND_BACK_TO_DLQ';

/** The key of SNDBCK2DLQ_TIMES, as 5.x has it: the owner of the account is one of Alibaba's cloud, and unknown here. */
export function deadSendBackKey(topicAtGroup: string): string {
  return `null@${topicAtGroup}@${SENT_BACK_DEAD}`;
}

/** Messages and bytes. */
export interface Counted {
  readonly nums: StatsItem;
  readonly size: StatsItem;
}

/** Counters that one send needs, found once a topic. */
export interface TopicPutStats extends Counted {
  /** Of one queue; undefined unless each queue is counted. */
  queue(queueId: number): Counted | undefined;
}

/** Counters that one delivery of the broker's own needs, found once. */
export interface ServiceReads extends Counted {
  queue(queueId: number): Counted;
}

export interface BrokerStatsOptions {
  readonly clusterName: string;
  /** `enableDetailStat`: whether each queue is counted too. */
  readonly isDetailed: boolean;
  /** Keys of one name at most; for tests. */
  readonly maxKeys?: number | undefined;
}

/** Running counters of one broker; samples are taken by {@link BrokerStats.sampleSeconds} and its like. */
export class BrokerStats {
  readonly #options: BrokerStatsOptions;
  readonly #sets = new Map<string, Map<string, StatsItem>>();
  /** By topic, then by group. */
  readonly #reads = new Map<string, Map<string, GroupReads>>();
  readonly #brokerPut: StatsItem;
  readonly #brokerGet: StatsItem;
  readonly #maxKeys: number;
  /** Where what is beyond the bound goes: it is told to nobody. */
  readonly #uncounted = new StatsItem();
  #readsCount = 0;

  constructor(options: BrokerStatsOptions) {
    this.#options = options;
    this.#maxKeys = options.maxKeys ?? MAX_KEYS;
    this.#brokerPut = this.#item(StatsName.brokerPutNums, options.clusterName);
    this.#brokerGet = this.#item(StatsName.brokerGetNums, options.clusterName);
  }

  topicPut(topic: string): TopicPutStats {
    const queues: Counted[] = [];
    const { isDetailed } = this.#options;
    return {
      nums: this.#item(StatsName.topicPutNums, topic),
      size: this.#item(StatsName.topicPutSize, topic),
      queue: (queueId) => {
        if (!isDetailed) return undefined;
        queues[queueId] ??= {
          nums: this.#item(StatsName.queuePutNums, `${topic}@${queueId}`),
          size: this.#item(StatsName.queuePutSize, `${topic}@${queueId}`),
        };
        return queues[queueId];
      },
    };
  }

  /** Counters of a service of the broker's own that reads a topic as a group, each queue by itself. */
  serviceReads(topic: string, group: string): ServiceReads {
    const queues: Counted[] = [];
    return {
      nums: this.#item(StatsName.groupGetNums, `${topic}@${group}`),
      size: this.#item(StatsName.groupGetSize, `${topic}@${group}`),
      queue: (queueId) => {
        let counted = queues[queueId];
        if (counted === undefined) {
          const key = `${topic}@${queueId}@${group}`;
          counted = {
            nums: this.#item(StatsName.queueGetNums, key),
            size: this.#item(StatsName.queueGetSize, key),
          };
          queues[queueId] = counted;
        }
        return counted;
      },
    };
  }

  /** Messages that were stored by one call. @param bytes of their records */
  // oxlint-disable-next-line max-params -- one call a message: an object would be garbage
  countPut(
    topic: TopicPutStats,
    queueId: number,
    messages: number,
    bytes: number,
    times = 1,
  ): void {
    this.countStored(topic, queueId, messages, bytes, times);
    // The reference counts no calls for the broker.
    this.#brokerPut.add(messages, 0);
  }

  /** As {@link countPut}, for messages that only wait for their delivery: the broker counts them then. */
  // oxlint-disable-next-line max-params -- one call a message: an object would be garbage
  countStored(
    topic: TopicPutStats,
    queueId: number,
    messages: number,
    bytes: number,
    times = 1,
  ): void {
    topic.nums.add(messages, times);
    topic.size.add(bytes, times);
    const queue = topic.queue(queueId);
    queue?.nums.add(messages, times);
    queue?.size.add(bytes, times);
  }

  /**
   * What was counted when it was appended is not in the store after all: the disk refused it. That there were calls
   * stays.
   */
  takeBack(topic: TopicPutStats, queueId: number, messages: number, bytes: number): void {
    this.countPut(topic, queueId, -messages, -bytes, 0);
  }

  /** What a group got of a topic. */
  reads(topic: string, group: string): GroupReads {
    const known = this.#reads.get(topic)?.get(group);
    if (known !== undefined) return known;
    const reads = this.#makeReads(topic, group);
    if (this.#readsCount < this.#maxKeys) {
      const groups = this.#reads.get(topic);
      if (groups === undefined) this.#reads.set(topic, new Map([[group, reads]]));
      else groups.set(group, reads);
      this.#readsCount++;
    }
    return reads;
  }

  /** How far a group has pulled; undefined when it got nothing since the start. */
  pulledOffset(topic: string, group: string, queueId: number): number | undefined {
    return this.#reads.get(topic)?.get(group)?.pulledOffset(queueId);
  }

  count(name: StatsName, key: string, value = 1): void {
    this.#item(name, key).add(value, 1);
  }

  /** @returns undefined when nothing was counted under this name and key */
  find(name: string, key: string): StatsItem | undefined {
    const item = this.#sets.get(name)?.get(key);
    return item === undefined || (item.times === 0 && item.sum === 0) ? undefined : item;
  }

  sampleSeconds(nowMs: number): void {
    for (const item of this.#items()) item.sampleSeconds(nowMs);
  }

  sampleMinutes(nowMs: number): void {
    for (const item of this.#items()) item.sampleMinutes(nowMs);
  }

  sampleHours(nowMs: number): void {
    for (const item of this.#items()) item.sampleHours(nowMs);
  }

  /** Forgets what was counted for a topic that was deleted. */
  forgetTopic(topic: string): void {
    this.#readsCount -= this.#reads.get(topic)?.size ?? 0;
    this.#reads.delete(topic);
    this.#forget(
      (key) => key === topic || key.startsWith(`${topic}@`) || key.includes(`@${topic}@`),
    );
  }

  /** Forgets what was counted for a group that was deleted. */
  forgetGroup(group: string): void {
    for (const [topic, groups] of this.#reads) {
      if (groups.delete(group)) this.#readsCount--;
      if (groups.size === 0) this.#reads.delete(topic);
    }
    this.#forget((key) => key.endsWith(`@${group}`) || key.endsWith(`@${group}@${SENT_BACK_DEAD}`));
  }

  #makeReads(topic: string, group: string): GroupReads {
    const key = `${topic}@${group}`;
    const { isDetailed } = this.#options;
    return new GroupReads({
      nums: this.#item(StatsName.groupGetNums, key),
      size: this.#item(StatsName.groupGetSize, key),
      broker: this.#brokerGet,
      latency: (queueId) =>
        this.#item(StatsName.groupGetLatency, isDetailed ? `${queueId}@${key}` : key),
    });
  }

  #forget(isGone: (key: string) => boolean): void {
    for (const items of this.#sets.values()) {
      for (const key of items.keys()) {
        if (isGone(key)) items.delete(key);
      }
    }
  }

  *#items(): Generator<StatsItem> {
    for (const items of this.#sets.values()) yield* items.values();
  }

  #item(name: StatsName, key: string): StatsItem {
    let items = this.#sets.get(name);
    if (items === undefined) {
      items = new Map();
      this.#sets.set(name, items);
    }
    let item = items.get(key);
    if (item === undefined) {
      if (items.size >= this.#maxKeys) return this.#uncounted;
      item = new StatsItem();
      items.set(key, item);
    }
    return item;
  }
}
