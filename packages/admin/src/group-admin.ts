import {
  type ClientConnection,
  type ConsumeMessageDirectlyResult,
  type ConsumerConnection,
  type ConsumerRunningInfo,
  type ConsumeStats,
  consumeMessageDirectly,
  deleteSubscriptionGroup,
  type GetConsumerStatusBody,
  getConsumerConnectionList,
  getConsumerRunningInfo,
  getConsumeStats,
  getProducerConnectionList,
  invokeBrokerToGetConsumerStatus,
  invokeBrokerToResetOffset,
  type MessageQueue,
  type OffsetWrapper,
  parseConsumeMessageDirectlyResult,
  parseConsumerConnection,
  parseConsumerRunningInfo,
  parseConsumeStats,
  parseGetConsumerStatusBody,
  parseProducerConnection,
  parseResetOffsetBody,
  printSubscriptionGroupConfig,
  RETRY_TOPIC_PREFIX,
  type SubscriptionGroupConfig,
  updateAndCreateSubscriptionGroup,
  updateConsumerOffset,
} from '@orbitmq/protocol';
import { AdminError, ClientCode } from './admin-error.ts';
import { type AdminCalls, DEFAULT_TIMEOUT_MS } from './calls.ts';
import { brokerAddresses, compareQueues } from './routes.ts';

/** Requests that brokers pass on to clients, or that read much. */
const SLOW_TIMEOUT_MS = 3 * DEFAULT_TIMEOUT_MS;

export interface OffsetReset {
  readonly topic: string;
  readonly group: string;
  /** Milliseconds since the epoch; -1 is the end. */
  readonly timestamp: number;
  /** Also forward past the group's own offset. */
  readonly isForce: boolean;
}

/** Consumer and producer groups: settings, who is in them, and how far they are. */
export class GroupAdmin {
  readonly #calls: AdminCalls;

  constructor(calls: AdminCalls) {
    this.#calls = calls;
  }

  /** Creates or changes a consumer group on one broker. */
  async put(address: string, config: SubscriptionGroupConfig): Promise<void> {
    const body = printSubscriptionGroupConfig(config);
    await this.#calls.call(address, updateAndCreateSubscriptionGroup, {}, { body });
  }

  async delete(address: string, groupName: string, removesOffsets: boolean): Promise<void> {
    // Both spellings: 4.9 reads one, 5.x the other.
    await this.#calls.call(address, deleteSubscriptionGroup, {
      groupName,
      removeOffset: removesOffsets,
      cleanOffset: removesOffsets,
    });
  }

  /**
   * How far a group is, over the brokers of its retry topic, by topic, broker and queue.
   *
   * @throws {AdminError} 17 for a group that no broker knows, 1 when it never consumed anything
   */
  async progress(group: string, topic?: string): Promise<GroupProgress> {
    const route = await this.#calls.route(RETRY_TOPIC_PREFIX + group);
    let consumeTps = 0;
    const offsets: (readonly [MessageQueue, OffsetWrapper])[] = [];
    for (const address of brokerAddresses(route)) {
      const stats = await this.consumeStats(address, group, topic);
      consumeTps += stats.consumeTps;
      offsets.push(...stats.offsetTable);
    }
    if (offsets.length === 0) {
      throw new AdminError(
        ClientCode.other,
        'Not found the consumer group consume stats, because return offset table is empty, maybe the consumer not consume any message',
      );
    }
    return { consumeTps, offsets: offsets.toSorted(([a], [b]) => compareQueues(a, b)) };
  }

  /** How far a group is on one broker; in all its topics when none is named. */
  async consumeStats(
    address: string,
    consumerGroup: string,
    topic?: string,
  ): Promise<ConsumeStats> {
    const reply = await this.#calls.call(
      address,
      getConsumeStats,
      { consumerGroup, ...(topic === undefined ? {} : { topic }) },
      { timeoutMs: SLOW_TIMEOUT_MS },
    );
    return parseConsumeStats(reply.body);
  }

  /**
   * Consumers of a group that are online, as one broker of its retry topic, or the named one, knows them.
   *
   * @throws {AdminError} 206 when there are none
   */
  async consumers(consumerGroup: string, address?: string): Promise<ConsumerConnection> {
    const asked = address ?? (await this.#anyBroker(RETRY_TOPIC_PREFIX + consumerGroup));
    const reply = await this.#calls.call(asked, getConsumerConnectionList, { consumerGroup });
    const connection = parseConsumerConnection(reply.body);
    if (connection.connectionSet.length === 0) {
      throw new AdminError(206, 'Not found the consumer group connection');
    }
    return connection;
  }

  /** Producers of a group that are online, as one broker of the topic knows them. */
  async producers(producerGroup: string, topic: string): Promise<readonly ClientConnection[]> {
    const address = await this.#anyBroker(topic);
    const reply = await this.#calls.call(address, getProducerConnectionList, { producerGroup });
    return parseProducerConnection(reply.body).connectionSet;
  }

  /** What one client says of itself, through a broker it is connected to. */
  async runningInfo(
    client: { readonly consumerGroup: string; readonly clientId: string },
    options: { readonly jstackEnable?: boolean; readonly address?: string } = {},
  ): Promise<ConsumerRunningInfo> {
    const address =
      options.address ?? (await this.#anyBroker(RETRY_TOPIC_PREFIX + client.consumerGroup));
    const reply = await this.#calls.call(
      address,
      getConsumerRunningInfo,
      { ...client, jstackEnable: options.jstackEnable ?? false },
      { timeoutMs: SLOW_TIMEOUT_MS },
    );
    return parseConsumerRunningInfo(reply.body);
  }

  /** Lets one client consume one message now. */
  async consumeDirectly(
    address: string,
    request: {
      readonly consumerGroup: string;
      readonly clientId: string;
      readonly msgId: string;
      readonly topic?: string;
    },
  ): Promise<ConsumeMessageDirectlyResult> {
    const timeoutMs = SLOW_TIMEOUT_MS;
    const reply = await this.#calls.call(address, consumeMessageDirectly, request, { timeoutMs });
    return parseConsumeMessageDirectlyResult(reply.body);
  }

  /**
   * Moves a group on one broker, which tells the online consumers.
   *
   * @returns the new offsets
   * @throws {AdminError} 206 when no consumer is online
   */
  async resetOffsets(
    address: string,
    reset: OffsetReset,
  ): Promise<(readonly [MessageQueue, number])[]> {
    const timeoutMs = SLOW_TIMEOUT_MS;
    const reply = await this.#calls.call(address, invokeBrokerToResetOffset, reset, { timeoutMs });
    return [...parseResetOffsetBody(reply.body).offsetTable];
  }

  /** Sets where a group that is offline goes on in one queue. */
  async setOffset(
    address: string,
    consumerGroup: string,
    queue: MessageQueue,
    offset: number,
  ): Promise<void> {
    await this.#calls.call(address, updateConsumerOffset, {
      consumerGroup,
      topic: queue.topic,
      queueId: queue.queueId,
      commitOffset: offset,
    });
  }

  /** Offsets as the clients hold them, asked through the first broker of the topic. */
  async clientOffsets(request: {
    readonly topic: string;
    readonly group: string;
    readonly clientAddr?: string;
  }): Promise<GetConsumerStatusBody> {
    const address = await this.#anyBroker(request.topic);
    const timeoutMs = SLOW_TIMEOUT_MS;
    const reply = await this.#calls.call(address, invokeBrokerToGetConsumerStatus, request, {
      timeoutMs,
    });
    return parseGetConsumerStatusBody(reply.body);
  }

  async #anyBroker(topic: string): Promise<string> {
    const [address] = brokerAddresses(await this.#calls.route(topic));
    if (address !== undefined) return address;
    throw new AdminError(ClientCode.routeMissing, `No broker serves the topic: ${topic}`);
  }
}

export interface GroupProgress {
  /** Messages a second, over all brokers. */
  readonly consumeTps: number;
  readonly offsets: readonly (readonly [MessageQueue, OffsetWrapper])[];
}

/** Messages that a group has not consumed yet. */
export function totalDiff(progress: GroupProgress): number {
  return progress.offsets.reduce(
    (sum, [, { brokerOffset, consumerOffset }]) => sum + brokerOffset - consumerOffset,
    0,
  );
}
