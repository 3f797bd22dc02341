import { buildSubscription } from '@orbitmq/filter';
import { RocketMqError, toError } from '@orbitmq/kernel';
import {
  consumerSendMsgBack,
  getConsumerListByGroup,
  getMaxOffset,
  groupNameProblem,
  type HeartbeatData,
  notifyConsumerIdsChanged,
  parseConsumerIdList,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  retryTopicOf,
  type SubscriptionData,
  searchOffsetByTimestamp,
  topicNameProblem,
  unregisterClient,
} from '@orbitmq/protocol';
import type { Timer } from '@orbitmq/runtime';
import {
  type AllocationStrategy,
  averagely,
  compareQueues,
  compareText,
  queueKey,
} from './allocation.ts';
import { ClientCore, type ClientOptions } from './client-core.ts';
import { ClientErrorCode, invalidArgument } from './client-error.ts';
import { ConsumePool } from './consume-pool.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { OffsetStore } from './offset-store.ts';
import { QueuePuller } from './queue-puller.ts';
import { allAddresses, masterAddress, subscribeQueues } from './routes.ts';

/** What a listener says: nothing or `success` when the message is done with. Throwing means `reconsume-later`. */
export type ConsumeResult = 'success' | 'reconsume-later';

export interface ConsumeContext {
  /** Ends when the consumer is closed or the queue goes to another member of the group. */
  readonly isDropped: () => boolean;
}

// oxlint-disable-next-line typescript/no-invalid-void-type -- most listeners return nothing
export type ListenerResult = ConsumeResult | void;
export type MessageListener = (
  message: ReceivedMessage,
  context: ConsumeContext,
) => ListenerResult | Promise<ListenerResult>;

/** Where a group begins in a queue that it never consumed. */
export type ConsumeFrom = 'last' | 'first' | { readonly timestampMs: number };

export interface PushConsumerOptions extends ClientOptions {
  readonly group: string;
  /** `last` when absent. */
  readonly consumeFrom?: ConsumeFrom | undefined;
  /** Listeners that run at the same time; 20 when absent. */
  readonly concurrency?: number | undefined;
  /** Messages of one pull; 32 when absent. */
  readonly pullBatchSize?: number | undefined;
  /** Messages of a queue that were pulled and wait; 1000 when absent. */
  readonly maxPendingMessages?: number | undefined;
  /** Their bytes; 100 MiB when absent. */
  readonly maxPendingBytes?: number | undefined;
  /** Times a message comes again before it is dead; -1, the default, means the group's, 16. */
  readonly maxReconsumeTimes?: number | undefined;
  /** Members of a group must have the same; {@link averagely} when absent. */
  readonly allocation?: AllocationStrategy | undefined;
  /** How often queues are divided anew without cause, in milliseconds; 20 000 when absent. */
  readonly rebalanceMs?: number | undefined;
  /** How long `close()` waits for listeners, in milliseconds; 30 000 when absent. */
  readonly drainTimeoutMs?: number | undefined;
}

interface Subscribed {
  readonly data: SubscriptionData;
  readonly listener: MessageListener | undefined;
}

const DEFAULTS = {
  concurrency: 20,
  pullBatchSize: 32,
  maxPendingMessages: 1_000,
  maxPendingBytes: 100 * 1024 * 1024,
  maxSpan: 2_000,
  rebalanceMs: 20_000,
  drainTimeoutMs: 30_000,
} as const;
const SAVE_OFFSETS_MS = 5_000;
/** A round that could not divide every topic is followed by another so soon. */
const RETRY_REBALANCE_MS = 1_000;
const CALL_TIMEOUT_MS = 5_000;
/** A message whose send-back failed is tried here again. */
const LOCAL_RETRY_MS = 5_000;
const DEFAULT_MAX_RECONSUME_TIMES = 16;

/**
 * Consumes topics together with the other members of its group: each queue is with one of them, and
 * messages go to listeners as they come, several at a time.
 *
 * A message is delivered at least once. One whose listener fails comes again after 10 s, 30 s, 1 m … 2 h,
 * and after 16 times goes to the group's dead letters. The group's place in a queue never passes a
 * message that is not done with.
 *
 * Source: DefaultMQPushConsumer.java, DefaultMQPushConsumerImpl.java, RebalanceImpl.java.
 */
export class PushConsumer implements AsyncDisposable {
  readonly #options: PushConsumerOptions;
  readonly #core: ClientCore;
  readonly #offsets: OffsetStore;
  readonly #pool: ConsumePool;
  readonly #subscriptions = new Map<string, Subscribed>();
  readonly #pullers = new Map<string, QueuePuller>();
  readonly #timers: Timer[] = [];
  #isStarted = false;
  #rebalancing: Promise<void> | undefined;
  #isRebalanceWanted = false;
  #closing: Promise<void> | undefined;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: PushConsumerOptions) {
    const problem = groupNameProblem(options.group);
    if (problem !== undefined) throw invalidArgument(`group: ${problem}`);
    this.#options = options;
    this.#core = new ClientCore(options);
    this.#offsets = new OffsetStore(this.#core, options.group);
    this.#pool = new ConsumePool(options.concurrency ?? DEFAULTS.concurrency);
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Queues this member holds now. */
  get assignedQueues(): readonly MessageQueue[] {
    return [...this.#pullers.values()].map(({ queue }) => queue).toSorted(compareQueues);
  }

  /**
   * Consumes a topic. May be called before and after `start()`.
   *
   * @param expression tags, as in `TagA || TagB`, or `*` for everything
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, FILTER_MALFORMED
   */
  subscribe(topic: string, expression: string, listener: MessageListener): void {
    const problem = topicNameProblem(topic);
    if (problem !== undefined) throw invalidArgument(`topic ${topic}: ${problem}`);
    const data = buildSubscription(topic, expression, 'TAG', this.#core.clock.now());
    this.#subscriptions.set(topic, { data, listener });
    if (this.#isStarted) {
      void this.#core.sendHeartbeats();
      void this.#rebalance();
    }
  }

  /** Stops to consume a topic; its queues are given up at once. */
  unsubscribe(topic: string): void {
    this.#subscriptions.delete(topic);
    if (this.#isStarted) void this.#rebalance();
  }

  /** @throws {RocketMqError} CLIENT_NO_NAME_SERVER when none answers */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const retryTopic = retryTopicOf(this.#options.group);
    const retries = buildSubscription(retryTopic, '*', 'TAG', this.#core.clock.now());
    this.#subscriptions.set(retryTopic, { data: retries, listener: undefined });
    for (const topic of this.#subscriptions.keys()) await this.#core.refreshRoute(topic);
    this.#core.remoting.register(notifyConsumerIdsChanged, () => void this.#rebalance());
    this.#core.start(() => this.#heartbeat());
    await this.#core.sendHeartbeats();
    const { timers } = this.#core;
    this.#timers.push(
      timers.every(this.#options.rebalanceMs ?? DEFAULTS.rebalanceMs, () => void this.#rebalance()),
      timers.every(SAVE_OFFSETS_MS, () => void this.#offsets.saveAll()),
    );
    await this.#rebalance();
  }

  /**
   * Stops pulling, waits for listeners that run, saves how far the group is, and leaves it, so that the
   * other members take over at once. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #heartbeat(): HeartbeatData {
    const { group, consumeFrom = 'last' } = this.#options;
    let consumeFromWhere:
      | 'CONSUME_FROM_LAST_OFFSET'
      | 'CONSUME_FROM_FIRST_OFFSET'
      | 'CONSUME_FROM_TIMESTAMP' =
      consumeFrom === 'first' ? 'CONSUME_FROM_FIRST_OFFSET' : 'CONSUME_FROM_LAST_OFFSET';
    if (typeof consumeFrom === 'object') consumeFromWhere = 'CONSUME_FROM_TIMESTAMP';
    return {
      clientID: this.clientId,
      producerDataSet: [],
      consumerDataSet: [
        {
          groupName: group,
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere,
          subscriptionDataSet: [...this.#subscriptions.values()].map(({ data }) => data),
          unitMode: false,
        },
      ],
    };
  }

  /** Divides the queues anew; calls that come meanwhile lead to one more round. Never rejects. */
  #rebalance(): Promise<void> {
    this.#isRebalanceWanted = true;
    this.#rebalancing ??= this.#rebalanceWhileWanted().finally(() => {
      this.#rebalancing = undefined;
    });
    return this.#rebalancing;
  }

  async #rebalanceWhileWanted(): Promise<void> {
    while (this.#isRebalanceWanted && this.#closing === undefined) {
      this.#isRebalanceWanted = false;
      let isComplete = true;
      for (const topic of this.#subscriptions.keys()) {
        try {
          isComplete = (await this.#rebalanceTopic(topic)) && isComplete;
        } catch (error) {
          isComplete = false;
          this.#core.log.warn({ topic, err: toError(error) }, 'queues could not be divided');
        }
      }
      for (const [key, puller] of this.#pullers) {
        if (!this.#subscriptions.has(puller.queue.topic)) await this.#giveUp(key, puller);
      }
      if (!isComplete) this.#core.timers.after(RETRY_REBALANCE_MS, () => void this.#rebalance());
    }
  }

  /** @returns whether the topic could be divided; a topic that is new may have no route yet */
  async #rebalanceTopic(topic: string): Promise<boolean> {
    const wasKnown = this.#core.knownRoute(topic) !== undefined;
    const route = await this.#core.route(topic);
    if (route === undefined) return topic.startsWith(RETRY_TOPIC_PREFIX);
    // Its brokers have not heard of us yet, and would not count us among the group.
    if (!wasKnown) await this.#core.sendHeartbeats();
    const queues = subscribeQueues(topic, route).toSorted(compareQueues);
    const clientIds = await this.#members(allAddresses(route));
    if (clientIds.length === 0 || queues.length === 0) return false;
    const { allocation = averagely } = this.#options;
    const mine = allocation(queues, clientIds, this.clientId);
    const wanted = new Set(mine.map(queueKey));
    for (const [key, puller] of this.#pullers) {
      if (puller.queue.topic === topic && !wanted.has(key)) await this.#giveUp(key, puller);
    }
    let hasChanged = false;
    for (const queue of mine) hasChanged = (await this.#takeOver(queue)) || hasChanged;
    if (hasChanged) this.#core.log.info({ topic, queues: mine.length }, 'queues were divided anew');
    return true;
  }

  /** Client ids of the group, sorted, as one of the brokers knows them. */
  async #members(addresses: readonly string[]): Promise<readonly string[]> {
    const address = addresses[this.#core.random.below(Math.max(1, addresses.length))];
    if (address === undefined) return [];
    const reply = await this.#core.call(
      address,
      getConsumerListByGroup,
      { consumerGroup: this.#options.group },
      { timeoutMs: CALL_TIMEOUT_MS },
    );
    return parseConsumerIdList(reply.body).consumerIdList.toSorted(compareText);
  }

  async #takeOver(queue: MessageQueue): Promise<boolean> {
    const key = queueKey(queue);
    if (this.#pullers.has(key) || this.#closing !== undefined) return false;
    const offset = await this.#startOffset(queue);
    const options = this.#options;
    const puller = new QueuePuller(queue, offset, {
      core: this.#core,
      group: options.group,
      offsets: this.#offsets,
      limits: {
        maxMessages: options.maxPendingMessages ?? DEFAULTS.maxPendingMessages,
        maxBytes: options.maxPendingBytes ?? DEFAULTS.maxPendingBytes,
        maxSpan: DEFAULTS.maxSpan,
      },
      batchSize: options.pullBatchSize ?? DEFAULTS.pullBatchSize,
      subscription: (topic) => this.#subscriptions.get(topic)?.data,
      onMessages: (from, messages) => this.#consume(from, messages),
      onOffsetIllegal: (from) => {
        void this.#giveUp(key, from).then(() => this.#rebalance());
      },
    });
    this.#pullers.set(key, puller);
    void puller.run();
    return true;
  }

  async #giveUp(key: string, puller: QueuePuller): Promise<void> {
    puller.drop();
    if (this.#pullers.get(key) === puller) this.#pullers.delete(key);
    await this.#offsets.release(puller.queue);
  }

  async #startOffset(queue: MessageQueue): Promise<number> {
    const stored = await this.#offsets.read(queue);
    if (stored !== undefined && stored >= 0) return stored;
    const { consumeFrom = 'last' } = this.#options;
    const isRetry = queue.topic.startsWith(RETRY_TOPIC_PREFIX);
    if (isRetry || consumeFrom === 'first') return 0;
    const route = await this.#core.route(queue.topic);
    const address = route === undefined ? undefined : masterAddress(route, queue.brokerName);
    if (address === undefined) {
      throw new RocketMqError(`broker ${queue.brokerName} has no master address`, {
        code: ClientErrorCode.brokerNotFound,
        isRetryable: true,
      });
    }
    const { topic, queueId } = queue;
    const options = { timeoutMs: CALL_TIMEOUT_MS };
    const reply =
      consumeFrom === 'last'
        ? await this.#core.call(address, getMaxOffset, { topic, queueId, committed: true }, options)
        : await this.#core.call(
            address,
            searchOffsetByTimestamp,
            { topic, queueId, timestamp: consumeFrom.timestampMs },
            options,
          );
    return reply.fields.offset;
  }

  #consume(puller: QueuePuller, messages: readonly ReceivedMessage[]): void {
    for (const message of messages) this.#pool.add(() => this.#consumeOne(puller, message));
  }

  async #consumeOne(puller: QueuePuller, message: ReceivedMessage): Promise<void> {
    if (puller.isDropped) return;
    const result = await this.#listen(puller, message);
    // Another member has the queue now, and will get the message.
    if (puller.isDropped && this.#closing === undefined) return;
    if (result === 'reconsume-later' && !(await this.#sendBack(message))) {
      this.#core.timers.after(LOCAL_RETRY_MS, () => {
        this.#pool.add(() => this.#consumeOne(puller, message));
      });
      return;
    }
    this.#offsets.update(puller.queue, puller.pending.remove(message));
  }

  async #listen(puller: QueuePuller, message: ReceivedMessage): Promise<ConsumeResult> {
    const { topic, messageId } = message;
    const listener = this.#subscriptions.get(topic)?.listener;
    if (listener === undefined) {
      this.#core.log.warn({ topic, messageId }, 'a message came for a topic without listener');
      return 'reconsume-later';
    }
    try {
      const isDropped = (): boolean => puller.isDropped;
      return (await listener(message, { isDropped })) ?? 'success';
    } catch (error) {
      this.#core.log.warn({ topic, messageId, err: toError(error) }, 'a listener failed');
      return 'reconsume-later';
    }
  }

  /** Gives a message back to its broker, which delivers it again later. @returns false when that failed */
  async #sendBack(message: ReceivedMessage): Promise<boolean> {
    const { group, maxReconsumeTimes = -1 } = this.#options;
    const { queue, stored } = message;
    try {
      const route = await this.#core.route(queue.topic);
      const address = route === undefined ? undefined : masterAddress(route, queue.brokerName);
      if (address === undefined) return false;
      const reply = await this.#core.remoting.invoke(
        address,
        consumerSendMsgBack,
        {
          offset: stored.physicalOffset,
          group,
          delayLevel: 0,
          originMsgId: stored.offsetMessageId,
          originTopic: message.topic,
          unitMode: false,
          maxReconsumeTimes:
            maxReconsumeTimes < 0 ? DEFAULT_MAX_RECONSUME_TIMES : maxReconsumeTimes,
          bname: queue.brokerName,
        },
        { timeoutMs: CALL_TIMEOUT_MS },
      );
      if (reply.code === ResponseCode.SUCCESS) return true;
      this.#core.log.warn({ code: reply.code, remark: reply.remark }, 'send-back refused');
      return false;
    } catch (error) {
      this.#core.log.warn({ err: toError(error) }, 'send-back failed');
      return false;
    }
  }

  async #closeOnce(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    await this.#rebalancing;
    for (const puller of this.#pullers.values()) puller.drop();
    await Promise.race([this.#pool.drain(), this.#drainTimeout()]);
    await this.#offsets.saveAll();
    if (this.#isStarted) {
      await this.#core.leaveBrokers(
        unregisterClient,
        { clientID: this.clientId, consumerGroup: this.#options.group },
        CALL_TIMEOUT_MS,
      );
    }
    await this.#core.close();
  }

  #drainTimeout(): Promise<void> {
    return new Promise((resolve) => {
      this.#core.timers.after(this.#options.drainTimeoutMs ?? DEFAULTS.drainTimeoutMs, resolve);
    });
  }
}
