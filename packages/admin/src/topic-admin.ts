import {
  deleteTopicInBroker,
  deleteTopicInNameServer,
  getAllTopicListFromNameServer,
  getTopicStatsInfo,
  getTopicsByCluster,
  type MessageQueue,
  parseGroupList,
  parseTopicList,
  parseTopicStatsTable,
  queryTopicConsumeByWho,
  SystemTopic,
  type TopicConfig,
  type TopicOffset,
  type TopicRouteData,
  updateAndCreateTopic,
} from '@orbitmq/protocol';
import type { AdminCalls } from './calls.ts';
import { brokerAddresses, compareQueues } from './routes.ts';

/** Topics on brokers and name servers. */
export class TopicAdmin {
  readonly #calls: AdminCalls;

  constructor(calls: AdminCalls) {
    this.#calls = calls;
  }

  /** All names, system and retry topics included, in the name server's order. */
  async list(): Promise<readonly string[]> {
    const reply = await this.#calls.callAnyNameServer(getAllTopicListFromNameServer, {});
    return parseTopicList(reply.body).topicList;
  }

  async listOfCluster(cluster: string): Promise<readonly string[]> {
    const reply = await this.#calls.callAnyNameServer(getTopicsByCluster, { cluster });
    return parseTopicList(reply.body).topicList;
  }

  /** @throws {AdminError} 17 when there is no route */
  route(topic: string): Promise<TopicRouteData> {
    return this.#calls.route(topic);
  }

  /** Creates or changes a topic on one broker. */
  async put(address: string, config: TopicConfig): Promise<void> {
    const { topicName, attributes, ...settings } = config;
    await this.#calls.call(address, updateAndCreateTopic, {
      ...settings,
      topic: topicName,
      defaultTopic: SystemTopic.autoCreateTemplate,
      ...(attributes === undefined ? {} : { attributes: attributesText(attributes) }),
    });
  }

  async deleteFromBroker(address: string, topic: string): Promise<void> {
    await this.#calls.call(address, deleteTopicInBroker, { topic });
  }

  async deleteFromNameServers(topic: string, clusterName?: string): Promise<void> {
    await this.#calls.callEveryNameServer(deleteTopicInNameServer, {
      topic,
      ...(clusterName === undefined ? {} : { clusterName }),
    });
  }

  /** Ends of all queues, by broker name and queue id. @throws {AdminError} 17 */
  async offsets(topic: string): Promise<(readonly [MessageQueue, TopicOffset])[]> {
    const route = await this.route(topic);
    const offsets: (readonly [MessageQueue, TopicOffset])[] = [];
    for (const address of brokerAddresses(route)) {
      const reply = await this.#calls.call(address, getTopicStatsInfo, { topic });
      offsets.push(...parseTopicStatsTable(reply.body).offsetTable);
    }
    return offsets.toSorted(([a], [b]) => compareQueues(a, b));
  }

  /** Groups that consume a topic, as the first broker of its route knows them. */
  async consumerGroups(topic: string): Promise<readonly string[]> {
    const [address] = brokerAddresses(await this.route(topic));
    if (address === undefined) return [];
    const reply = await this.#calls.call(address, queryTopicConsumeByWho, { topic });
    return parseGroupList(reply.body).groupList;
  }
}

/** `+key=value,-key`: how topic and group attributes travel in a header. */
function attributesText(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => (key.startsWith('-') ? key : `${key}=${value}`))
    .join(',');
}
