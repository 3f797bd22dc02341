import { RocketMqError, toError } from '@orbitmq/kernel';
import {
  checkClientConfig,
  type HeartbeatData,
  printCheckClientRequestBody,
  unregisterClient,
} from '@orbitmq/protocol';
import { delay, type Timer } from '@orbitmq/runtime';
import { ClientCore } from './client-core.ts';
import { ClientErrorCode, invalidArgument, notRunning } from './client-error.ts';
import { serveBrokers } from './client-requests.ts';
import { ConsumerStats } from './consumer-stats.ts';
import {
  type LitePullConsumerOptions,
  type LitePullSettings,
  litePullSettings,
} from './lite-pull-options.ts';
import { LiteQueues } from './lite-queues.ts';
import { defaultOffsetsDirectory, LocalOffsetStore } from './local-offset-store.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { BrokerOffsetStore, type OffsetStore } from './offset-store.ts';
import { consumeFromWhere } from './push-options.ts';
import { compareQueues, queueKey } from './queue-order.ts';
import { Rebalancer } from './rebalance.ts';
import { representatives, subscribeQueues } from './routes.ts';
import { runningInfoOf } from './running-info.ts';
import { maxOffset, minOffset, offsetAt } from './start-offset.ts';
import { type FilterExpression, Subscriptions } from './subscriptions.ts';

/** Where to go on in a queue. */
export type SeekTarget = number | 'begin' | 'end' | { readonly timestampMs: number };
export type QueuesListener = (topic: string, queues: readonly MessageQueue[]) => void;

const SAVE_OFFSETS_MS = 5_000;
const CALL_TIMEOUT_MS = 5_000;
const FIRST_TOPIC_CHECK_MS = 10_000;
const BROADCASTING_INSTANCE = 'DEFAULT';

interface Watched {
  readonly listener: QueuesListener;
  /** As text; undefined before they were looked at. */
  known: string | undefined;
}

/**
 * Reads topics at the application's pace: `poll()` gives the next messages, or `for await` does. Either the
 * group shares the queues (`subscribe`), or the application chooses them (`assign`).
 *
 * What a poll gave counts as consumed from the next poll on, and brokers are told every `autoCommitMs`; or
 * only when `commit()` says so. Nothing comes again by itself, and nothing goes to dead letters.
 *
 * Source: DefaultLitePullConsumer.java, DefaultLitePullConsumerImpl.java.
 */
export class LitePullConsumer
  implements AsyncDisposable, AsyncIterable<readonly ReceivedMessage[]>
{
  readonly #settings: LitePullSettings;
  readonly #core: ClientCore;
  readonly #subscriptions: Subscriptions;
  readonly #offsets: OffsetStore;
  readonly #stats: ConsumerStats;
  readonly #queues: LiteQueues;
  readonly #rebalancer: Rebalancer;
  readonly #timers: Timer[] = [];
  /** One for each topic: bounded by the application. */
  readonly #watched = new Map<string, Watched>();
  #assigned: readonly MessageQueue[] | undefined;
  #wake: (() => void) | undefined;
  #isPolling = false;
  #lastCommitMs = 0;
  #startMs = 0;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: LitePullConsumerOptions) {
    const settings = litePullSettings(options);
    const { group, isBroadcasting } = settings;
    this.#settings = settings;
    const instanceName =
      options.instanceName ?? (isBroadcasting ? BROADCASTING_INSTANCE : undefined);
    const core = new ClientCore({ ...options, instanceName });
    this.#core = core;
    this.#subscriptions = new Subscriptions(core.clock);
    this.#stats = new ConsumerStats(core.clock);
    this.#offsets = isBroadcasting
      ? new LocalOffsetStore(core, group, options.offsetsDirectory ?? defaultOffsetsDirectory())
      : new BrokerOffsetStore(core, group);
    this.#queues = new LiteQueues({
      core,
      settings,
      subscriptions: this.#subscriptions,
      offsets: this.#offsets,
      stats: this.#stats,
      assigned: () => this.#assigned,
      onReady: () => this.#wake?.(),
    });
    this.#rebalancer = new Rebalancer(this.#queues, settings.rebalanceMs);
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Queues this consumer reads now. */
  get assignedQueues(): readonly MessageQueue[] {
    return this.#queues.held().toSorted(compareQueues);
  }

  /**
   * Reads a topic together with the other members of the group.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT after {@link assign} or for a name that is none, FILTER_MALFORMED
   */
  subscribe(topic: string, expression: FilterExpression = '*'): void {
    if (this.#assigned !== undefined) throw exclusive();
    this.#subscriptions.set(topic, expression, undefined);
    this.#onChanged();
  }

  unsubscribe(topic: string): void {
    this.#subscriptions.delete(topic);
    this.#onChanged();
  }

  /**
   * Reads these queues, whoever else does; replaces what was assigned before.
   *
   * @param expression of all their topics
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT after {@link subscribe}, FILTER_MALFORMED
   */
  assign(queues: readonly MessageQueue[], expression: FilterExpression = '*'): void {
    if (this.#assigned === undefined && this.#subscriptions.topics.length > 0) throw exclusive();
    for (const topic of new Set(queues.map((queue) => queue.topic))) {
      this.#subscriptions.set(topic, expression, undefined);
    }
    this.#assigned = [...queues];
    this.#onChanged();
  }

  /** A consumer whose start failed is closed. @throws as `PushConsumer.start` */
  start(): Promise<void> {
    this.#starting ??= this.#startOrClose();
    return this.#starting;
  }

  /**
   * The next messages, all of one queue, at most `pullBatchSize`; none when the time is over or the consumer
   * is closed. One call at a time. What earlier calls gave is done with.
   *
   * @param timeoutMs `pollTimeoutMs` when absent
   * @throws {RocketMqError} CLIENT_NOT_RUNNING before `start()`, CLIENT_INVALID_ARGUMENT while another call waits
   */
  async poll(timeoutMs = this.#settings.pollTimeoutMs): Promise<readonly ReceivedMessage[]> {
    if (this.#startMs === 0) throw notRunning();
    if (this.#isPolling) throw invalidArgument('a poll is under way, expected one at a time');
    this.#isPolling = true;
    try {
      this.#queues.settle();
      this.#commitWhenDue();
      return this.#queues.take() ?? (await this.#waitForMessages(timeoutMs));
    } finally {
      this.#isPolling = false;
    }
  }

  /** Batches until the consumer is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly ReceivedMessage[], void, void> {
    while (this.#closing === undefined) {
      const messages = await this.poll();
      if (messages.length > 0) yield messages;
    }
  }

  /**
   * Tells brokers that everything that polls gave is consumed; or that a group is so far in some queues.
   *
   * @throws {RocketMqError} CLIENT_COMMIT_FAILED when not all of it could be saved; it is tried again by itself
   */
  async commit(offsets?: Iterable<readonly [MessageQueue, number]>): Promise<void> {
    if (offsets === undefined) {
      this.#queues.settle();
      this.#queues.noteDone();
    } else {
      for (const [queue, offset] of offsets) this.#offsets.update(queue, offset, true);
    }
    if (await this.#offsets.saveAll()) return;
    throw new RocketMqError('offsets could not be saved', {
      code: ClientErrorCode.commitFailed,
      isRetryable: true,
    });
  }

  /** How far the group is. @returns undefined when it never consumed the queue */
  async committed(queue: MessageQueue): Promise<number | undefined> {
    return this.#offsets.known(queue) ?? (await this.#offsets.read(queue));
  }

  /** Where the next poll goes on. @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when the queue is not read here */
  position(queue: MessageQueue): number {
    const position = this.#queues.position(queue);
    if (position === undefined) throw notHeld(queue);
    return position;
  }

  /**
   * Goes on elsewhere in a queue that is read here; what waits of it is dropped.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when the queue is not read here, or the offset is not
   *   between its first message and its end
   */
  async seek(queue: MessageQueue, target: SeekTarget): Promise<void> {
    this.position(queue);
    const offset = await this.#offsetOf(queue, target);
    if (!this.#queues.seek(queue, offset)) throw notHeld(queue);
  }

  /** Gives nothing of these queues until {@link resume}. */
  pause(queues: readonly MessageQueue[]): void {
    this.#queues.pause(queues);
  }

  resume(queues: readonly MessageQueue[]): void {
    this.#queues.resume(queues);
  }

  /** Offset of a queue's first message that was stored then, in milliseconds since the epoch, or later. */
  offsetForTimestamp(queue: MessageQueue, timestampMs: number): Promise<number> {
    return offsetAt(this.#core, queue, timestampMs);
  }

  /** Queues of a topic, whoever reads them. @throws {RocketMqError} CLIENT_NO_NAME_SERVER, CLIENT_NO_ROUTE */
  async fetchMessageQueues(topic: string): Promise<readonly MessageQueue[]> {
    const route = await this.#core.refreshRoute(topic);
    if (route !== undefined) return subscribeQueues(topic, route).toSorted(compareQueues);
    const details = { topic };
    throw new RocketMqError('no name server knows the topic', {
      code: ClientErrorCode.noRoute,
      details,
    });
  }

  /** Tells when a topic has other queues than before, looked at every `topicCheckMs`; one listener a topic. */
  onQueuesChanged(topic: string, listener: QueuesListener): void {
    this.#watched.set(topic, { listener, known: undefined });
    void this.#look(topic);
  }

  /** Saves how far the application is, and leaves the group. A poll that waits gives nothing. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #waitForMessages(timeoutMs: number): Promise<readonly ReceivedMessage[]> {
    const { clock, timers } = this.#core;
    const endMs = clock.monotonicMs() + timeoutMs;
    while (this.#closing === undefined) {
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) break;
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await delay(timers, leftMs, woken.signal);
      this.#wake = undefined;
      const messages = this.#queues.take();
      if (messages !== undefined) return messages;
    }
    return [];
  }

  #commitWhenDue(): void {
    const { commitsAutomatically, autoCommitMs } = this.#settings;
    const now = this.#core.clock.monotonicMs();
    if (!commitsAutomatically || now - this.#lastCommitMs < autoCommitMs) return;
    this.#lastCommitMs = now;
    this.#queues.noteDone();
  }

  async #offsetOf(queue: MessageQueue, target: SeekTarget): Promise<number> {
    if (target === 'begin') return minOffset(this.#core, queue);
    if (target === 'end') return maxOffset(this.#core, queue);
    if (typeof target === 'object') return offsetAt(this.#core, queue, target.timestampMs);
    const [min, max] = await Promise.all([
      minOffset(this.#core, queue),
      maxOffset(this.#core, queue),
    ]);
    if (Number.isInteger(target) && target >= min && target <= max) return target;
    throw invalidArgument(`offset is ${target}, expected one from ${min} to ${max}`);
  }

  #onChanged(): void {
    if (this.#startMs === 0 || this.#closing !== undefined) return;
    void this.#core.sendHeartbeats();
    void this.#rebalancer.run();
  }

  async #startOrClose(): Promise<void> {
    try {
      await this.#startOnce();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #startOnce(): Promise<void> {
    const core = this.#core;
    for (const topic of this.#subscriptions.topics) await core.refreshRoute(topic);
    await this.#checkSubscriptions();
    if (this.#closing !== undefined) throw notRunning();
    serveBrokers(core, {
      group: this.#settings.group,
      isOrderly: false,
      onMembersChanged: () => void this.#rebalancer.run(),
      offsets: () => this.#offsets.all(),
      runningInfo: () => Promise.resolve(this.#runningInfo()),
    });
    core.start(() => this.#heartbeat());
    await core.sendHeartbeats();
    if (this.#closing !== undefined) throw notRunning();
    this.#startMs = core.clock.now();
    this.#lastCommitMs = core.clock.monotonicMs();
    this.#timers.push(
      core.timers.every(SAVE_OFFSETS_MS, () => void this.#offsets.saveAll()),
      core.timers.every(
        this.#settings.topicCheckMs,
        () => {
          for (const topic of this.#watched.keys()) void this.#look(topic);
        },
        FIRST_TOPIC_CHECK_MS,
      ),
    );
    this.#rebalancer.start();
    await this.#rebalancer.run();
  }

  /** Lets a broker look at conditions that are not by tag. */
  async #checkSubscriptions(): Promise<void> {
    const { group } = this.#settings;
    for (const { data } of this.#subscriptions.all) {
      const route = this.#core.knownRoute(data.topic);
      const [address] = route === undefined ? [] : representatives(route);
      if (data.expressionType === 'TAG' || address === undefined) continue;
      const request = { clientId: this.clientId, group, subscriptionData: data };
      const options = { timeoutMs: CALL_TIMEOUT_MS, body: printCheckClientRequestBody(request) };
      await this.#core.call(address, checkClientConfig, {}, options);
    }
  }

  #heartbeat(): HeartbeatData {
    const { group, consumeFrom, isBroadcasting } = this.#settings;
    const subscriptions = this.#assigned === undefined ? this.#subscriptions.all : [];
    return {
      clientID: this.clientId,
      producerDataSet: [],
      consumerDataSet: [
        {
          groupName: group,
          consumeType: 'CONSUME_ACTIVELY',
          messageModel: isBroadcasting ? 'BROADCASTING' : 'CLUSTERING',
          consumeFromWhere: consumeFromWhere(consumeFrom),
          subscriptionDataSet: subscriptions.map(({ data }) => data),
          unitMode: false,
        },
      ],
    };
  }

  #runningInfo() {
    const { group, isBroadcasting, pullBatchSize } = this.#settings;
    return runningInfoOf({
      consumeType: 'CONSUME_ACTIVELY',
      isOrderly: false,
      concurrency: 1,
      startMs: this.#startMs,
      nameServers: this.#core.nameServers,
      settings: {
        consumerGroup: group,
        messageModel: isBroadcasting ? 'BROADCASTING' : 'CLUSTERING',
        pullBatchSize,
      },
      subscriptions: this.#subscriptions.all.map(({ data }) => data),
      stats: this.#stats,
      queues: this.#queues.pullers.map((puller) => ({
        puller,
        commitOffset: this.#offsets.known(puller.queue) ?? -1,
        isLocked: false,
        lastLockMs: 0,
        lastConsumeMs: 0,
      })),
    });
  }

  /** Never rejects. */
  async #look(topic: string): Promise<void> {
    const watched = this.#watched.get(topic);
    if (watched === undefined || this.#closing !== undefined) return;
    try {
      const queues = await this.fetchMessageQueues(topic);
      const now = queues.map(queueKey).join(' ');
      const before = watched.known;
      watched.known = now;
      if (before !== undefined && before !== now) watched.listener(topic, queues);
    } catch (error) {
      this.#core.log.warn({ topic, err: toError(error) }, 'a topic could not be looked at');
    }
  }

  async #closeOnce(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    if (this.#settings.commitsAutomatically) this.#queues.noteDone();
    this.#queues.stop();
    this.#wake?.();
    await this.#rebalancer.close();
    this.#queues.stop();
    await this.#offsets.saveAll();
    if (this.#startMs > 0) {
      await this.#core.leaveBrokers(
        unregisterClient,
        { clientID: this.clientId, consumerGroup: this.#settings.group },
        CALL_TIMEOUT_MS,
      );
    }
    await this.#core.close();
  }
}

function exclusive(): RocketMqError {
  return invalidArgument('subscribe and assign exclude each other');
}

function notHeld({ topic, brokerName, queueId }: MessageQueue): RocketMqError {
  return invalidArgument(`queue ${topic} ${brokerName} ${queueId} is not read by this consumer`);
}
