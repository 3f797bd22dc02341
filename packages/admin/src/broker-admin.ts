import {
  addWritePermOfBroker,
  type BrokerStatsData,
  type ConsumeStatsList,
  cleanExpiredConsumeQueue,
  cleanUnusedTopic,
  deleteExpiredCommitLog,
  getAllProducerInfo,
  getAllSubscriptionGroupConfig,
  getAllTopicConfig,
  getBrokerConfig,
  getBrokerConsumeStats,
  getBrokerRuntimeInfo,
  type ProducerTableInfo,
  parseBrokerStatsData,
  parseConsumeStatsList,
  parseKVTable,
  parseProducerTableInfo,
  parseSubscriptionGroupWrapper,
  parseTopicConfigSerializeWrapper,
  type SubscriptionGroupWrapper,
  type TopicConfigSerializeWrapper,
  updateBrokerConfig,
  viewBrokerStatsData,
  wipeWritePermOfBroker,
} from '@orbitmq/protocol';
import type { AdminCalls } from './calls.ts';
import { escapeProperty, parseRawProperties } from './properties-text.ts';

/** Single brokers: their settings, counters and clean-up. */
export class BrokerAdmin {
  readonly #calls: AdminCalls;

  constructor(calls: AdminCalls) {
    this.#calls = calls;
  }

  /** GET_BROKER_RUNTIME_INFO: counters and rates by name. */
  async runtimeInfo(address: string): Promise<ReadonlyMap<string, string>> {
    const reply = await this.#calls.call(address, getBrokerRuntimeInfo, {});
    return parseKVTable(reply.body).table;
  }

  /** Settings in the broker's order. */
  async config(address: string): Promise<[string, string][]> {
    const reply = await this.#calls.call(address, getBrokerConfig, {});
    return parseRawProperties(reply.body);
  }

  /** @throws {AdminError} 16 for a key of the black list */
  async updateConfig(address: string, key: string, value: string): Promise<void> {
    const body = Buffer.from(`${escapeProperty(key)}=${escapeProperty(value)}\n`);
    await this.#calls.call(address, updateBrokerConfig, {}, { body });
  }

  /** Progress of all groups of a broker. */
  async consumeStats(
    address: string,
    isOrder: boolean,
    timeoutMs: number,
  ): Promise<ConsumeStatsList> {
    const reply = await this.#calls.call(
      address,
      getBrokerConsumeStats,
      { isOrder },
      { timeoutMs },
    );
    return parseConsumeStatsList(reply.body);
  }

  /** @throws {AdminError} 1 for a counter that does not exist */
  async stats(address: string, statsName: string, statsKey: string): Promise<BrokerStatsData> {
    const reply = await this.#calls.call(address, viewBrokerStatsData, { statsName, statsKey });
    return parseBrokerStatsData(reply.body);
  }

  async topicConfigs(address: string): Promise<TopicConfigSerializeWrapper> {
    const reply = await this.#calls.call(address, getAllTopicConfig, {});
    return parseTopicConfigSerializeWrapper(reply.body);
  }

  async groupConfigs(address: string): Promise<SubscriptionGroupWrapper> {
    const reply = await this.#calls.call(address, getAllSubscriptionGroupConfig, {});
    return parseSubscriptionGroupWrapper(reply.body);
  }

  async producers(address: string): Promise<ProducerTableInfo> {
    const reply = await this.#calls.call(address, getAllProducerInfo, {});
    return parseProducerTableInfo(reply.body);
  }

  async cleanExpiredConsumeQueues(address: string): Promise<void> {
    await this.#calls.call(address, cleanExpiredConsumeQueue, {});
  }

  async cleanUnusedTopics(address: string): Promise<void> {
    await this.#calls.call(address, cleanUnusedTopic, {});
  }

  async deleteExpiredCommitLog(address: string): Promise<void> {
    await this.#calls.call(address, deleteExpiredCommitLog, {});
  }

  /** Takes the write bit of all of a broker's topics in one name server. @returns how many topics changed */
  async wipeWritePerm(nameServer: string, brokerName: string): Promise<number> {
    const reply = await this.#calls.call(nameServer, wipeWritePermOfBroker, { brokerName });
    return reply.fields.wipeTopicCount;
  }

  /** Gives it back. @returns how many topics changed */
  async addWritePerm(nameServer: string, brokerName: string): Promise<number> {
    const reply = await this.#calls.call(nameServer, addWritePermOfBroker, { brokerName });
    return reply.fields.addTopicCount;
  }
}
