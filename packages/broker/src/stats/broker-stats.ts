/** What the broker counts, under the names that tools ask for. Source: BrokerStatsManager.java. */
import { StatsItem } from './stats-item.ts';

export const StatsName = {
  topicPutNums: 'TOPIC_PUT_NUMS',
  topicPutSize: 'TOPIC_PUT_SIZE',
  queuePutNums: 'QUEUE_PUT_NUMS',
  queuePutSize: 'QUEUE_PUT_SIZE',
  groupGetNums: 'GROUP_GET_NUMS',
  groupGetSize: 'GROUP_GET_SIZE',
  sendBackPutNums: 'SNDBCK_PUT_NUMS',
  brokerPutNums: 'BROKER_PUT_NUMS',
  brokerGetNums: 'BROKER_GET_NUMS',
  groupGetLatency: 'GROUP_GET_LATENCY',
  deadLetterPutNums: 'DLQ_PUT_NUMS',
} as const;
export type StatsName = (typeof StatsName)[keyof typeof StatsName];

/** Counters that one send needs, found once a topic. */
export interface TopicPutStats {
  readonly nums: StatsItem;
  readonly size: StatsItem;
}

/** Running counters of one broker; samples are taken by {@link BrokerStats.sampleSeconds} and its like. */
export class BrokerStats {
  readonly #clusterName: string;
  readonly #sets = new Map<string, Map<string, StatsItem>>();
  readonly #brokerPut: StatsItem;
  readonly #brokerGet: StatsItem;

  constructor(clusterName: string) {
    this.#clusterName = clusterName;
    this.#brokerPut = this.#item(StatsName.brokerPutNums, clusterName);
    this.#brokerGet = this.#item(StatsName.brokerGetNums, clusterName);
  }

  get clusterName(): string {
    return this.#clusterName;
  }

  /** Messages put and got since the start. */
  get totals(): { readonly put: number; readonly got: number } {
    return { put: this.#brokerPut.sum, got: this.#brokerGet.sum };
  }

  topicPut(topic: string): TopicPutStats {
    return {
      nums: this.#item(StatsName.topicPutNums, topic),
      size: this.#item(StatsName.topicPutSize, topic),
    };
  }

  countPut(topic: TopicPutStats, messages: number, bytes: number): void {
    topic.nums.add(messages, 1);
    topic.size.add(bytes, 1);
    this.#brokerPut.add(messages, 1);
  }

  countGet(topic: string, group: string, messages: number, bytes: number): void {
    const key = `${topic}@${group}`;
    this.#item(StatsName.groupGetNums, key).add(messages, 1);
    this.#item(StatsName.groupGetSize, key).add(bytes, 1);
    this.#brokerGet.add(messages, 1);
  }

  count(name: StatsName, key: string, value = 1): void {
    this.#item(name, key).add(value, 1);
  }

  /** @returns undefined when nothing was counted under this name and key */
  find(name: string, key: string): StatsItem | undefined {
    return this.#sets.get(name)?.get(key);
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
    this.#forget(
      (key) => key === topic || key.startsWith(`${topic}@`) || key.includes(`@${topic}@`),
    );
  }

  /** Forgets what was counted for a group that was deleted. */
  forgetGroup(group: string): void {
    this.#forget((key) => key.endsWith(`@${group}`));
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
      item = new StatsItem();
      items.set(key, item);
    }
    return item;
  }
}
