import type { Logger } from '@orbitmq/kernel';
import {
  Permission,
  RETRY_TOPIC_PREFIX,
  SystemTopic,
  type TopicConfig,
  topicNameProblem,
} from '@orbitmq/protocol';
import type { MessageStore } from '@orbitmq/store';
import { BytesMap } from '../bytes-map.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import { Topic } from './topic.ts';
import { topicConfig } from './topic-config.ts';

/**
 * Topics beyond which none is created by a send: peers name what they like, and each is kept for good.
 * Administrators may create more.
 */
const MAX_CREATED_TOPICS = 100_000;

/** Where topic configurations are kept. */
export interface TopicConfigs {
  topics(): Iterable<TopicConfig>;
  /** As one change. */
  putTopics(configs: readonly TopicConfig[]): void;
  deleteTopic(topic: string): boolean;
}

export interface TopicTableOptions {
  readonly configs: TopicConfigs;
  readonly store: Pick<MessageStore, 'queue'>;
  readonly stats: Pick<BrokerStats, 'topicPut'>;
  readonly log: Logger;
  /** `autoCreateTopicEnable`, asked at each use, since it may change while the broker runs. */
  readonly isAutoCreateEnabled: () => boolean;
  /** Beyond it none is created by a send; for tests. */
  readonly maxCreated?: number | undefined;
  /** Called after a topic was created or changed, and after it was deleted. */
  readonly onChanged: (topic: string) => void;
}

/** The broker's topics. What is changed here is durable in the metadata before the call returns. */
export class TopicTable {
  readonly #options: TopicTableOptions;
  readonly #byBytes = new BytesMap<Topic>();
  readonly #byName = new Map<string, Topic>();
  #isFull = false;

  constructor(options: TopicTableOptions) {
    this.#options = options;
    for (const config of options.configs.topics()) this.#enter(config);
  }

  byBytes(buffer: Buffer, start: number, end: number): Topic | undefined {
    return this.#byBytes.get(buffer, start, end);
  }

  byName(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  all(): IterableIterator<Topic> {
    return this.#byName.values();
  }

  /** Creates the topic or replaces its configuration. */
  put(config: TopicConfig): Topic {
    this.#options.configs.putTopics([config]);
    const topic = this.#enter(config);
    this.#options.onChanged(config.topicName);
    return topic;
  }

  delete(name: string): void {
    this.#options.configs.deleteTopic(name);
    this.#byName.delete(name);
    this.#byBytes.delete(name);
    this.#options.onChanged(name);
  }

  /** The topic, created with these queues and permissions when it is absent; existing ones stay as they are. */
  ensure(name: string, queueNums: number, perm: number): Topic {
    return (
      this.#byName.get(name) ??
      this.put(topicConfig(name, { readQueueNums: queueNums, writeQueueNums: queueNums, perm }))
    );
  }

  /** Creates topics none of which exists, as one change on the disk. */
  createAll(configs: readonly TopicConfig[]): void {
    this.#options.configs.putTopics(configs);
    for (const config of configs) {
      this.#enter(config);
      this.#options.onChanged(config.topicName);
    }
  }

  /**
   * Creates a topic that a message was sent to, after the template it names; one that exists stays as it is.
   *
   * A template that may be inherited (`TBW102` while automatic creation is on, or the name of the
   * cluster or the broker) gives its permissions; the sender chooses the number of queues, up to the
   * template's.
   *
   * @returns undefined when the template is absent or may not be inherited, the name is illegal, or there are too
   *   many topics
   *
   * Source: TopicConfigManager.java (createTopicInSendMessageMethod).
   */
  createForSend(name: string, templateName: string, queueNums: number): Topic | undefined {
    // A header may write a name with escapes, under which the bytes are not found.
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (topicNameProblem(name) !== undefined || this.#isFullFor(name)) return undefined;
    if (name.startsWith(RETRY_TOPIC_PREFIX)) {
      return this.ensure(name, 1, Permission.read | Permission.write);
    }
    const template = this.#byName.get(templateName);
    if (template === undefined || !this.#isInheritable(template)) return undefined;
    const { config } = template;
    const queues = Math.max(0, Math.min(queueNums, config.writeQueueNums));
    const topic = this.put({
      ...config,
      topicName: name,
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: config.perm & ~Permission.inherit,
      order: false,
    });
    this.#options.log.info(
      { topic: name, queues, template: templateName },
      'topic created by a send',
    );
    return topic;
  }

  #isFullFor(topic: string): boolean {
    const { maxCreated = MAX_CREATED_TOPICS, log } = this.#options;
    const isFull = this.#byName.size >= maxCreated;
    // Once, not for each send.
    if (isFull && !this.#isFull) {
      log.error({ topic, topics: this.#byName.size }, 'no more topics are created by sends');
    }
    this.#isFull = isFull;
    return isFull;
  }

  #isInheritable(template: Topic): boolean {
    if (template.name === SystemTopic.autoCreateTemplate && !this.#options.isAutoCreateEnabled()) {
      return false;
    }
    return (template.config.perm & Permission.inherit) !== 0;
  }

  #enter(config: TopicConfig): Topic {
    const known = this.#byName.get(config.topicName);
    if (known !== undefined) {
      known.replaceConfig(config);
      return known;
    }
    const topic = new Topic(
      config,
      this.#options.store,
      this.#options.stats.topicPut(config.topicName),
    );
    this.#byName.set(topic.name, topic);
    this.#byBytes.set(topic.name, topic);
    return topic;
  }
}
