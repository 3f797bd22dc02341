import { RocketMqError } from '@orbitmq/kernel';
import { delay, type Timer } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import { ClientErrorCode, invalidArgument, notRunning } from './client-error.ts';
import { serveBrokers } from './client-requests.ts';
import { ConsumerStats } from './consumer-stats.ts';
import { GroupMember } from './group-member.ts';
import {
  type LitePullConsumerOptions,
  type LitePullSettings,
  litePullSettings,
} from './lite-pull-options.ts';
import { LiteQueues } from './lite-queues.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import { compareQueues } from './queue-order.ts';
import { Rebalancer } from './rebalance.ts';
import { runningInfoOf } from './running-info.ts';
import { maxOffset, minOffset, offsetAt } from './start-offset.ts';
import { type FilterExpression, Subscriptions } from './subscriptions.ts';
import { type QueuesListener, TopicWatch } from './topic-watch.ts';

/** Where to go on in a queue. */
export type SeekTarget = number | 'begin' | 'end' | { readonly timestampMs: number };

const SAVE_OFFSETS_MS = 5_000;
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
  readonly #member: GroupMember;
  readonly #core: ClientCore;
  readonly #subscriptions: Subscriptions;
  readonly #offsets: OffsetStore;
  readonly #stats: ConsumerStats;
  readonly #queues: LiteQueues;
  readonly #rebalancer: Rebalancer;
  readonly #timers: Timer[] = [];
  readonly #watch: TopicWatch;
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
    this.#settings = settings;
    this.#member = new GroupMember(options, settings, 'CONSUME_ACTIVELY');
    const { core, offsets } = this.#member;
    this.#core = core;
    this.#offsets = offsets;
    this.#watch = new TopicWatch(core);
    this.#subscriptions = new Subscriptions(core.clock);
    this.#stats = new ConsumerStats(core.clock);
    this.#queues = new LiteQueues({
      core,
      settings,
      subscriptions: this.#subscriptions,
      offsets,
      stats: this.#stats,
      assigned: () => this.#assigned,
      onUnknown: () => void this.#member.introduceAgain(),
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
  fetchMessageQueues(topic: string): Promise<readonly MessageQueue[]> {
    return this.#watch.queues(topic);
  }

  /** Tells when a topic has other queues than before, looked at every `topicCheckMs`; one listener a topic. */
  onQueuesChanged(topic: string, listener: QueuesListener): void {
    this.#watch.watch(topic, listener);
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
    await this.#member.prepare(this.#subscriptions.all);
    if (this.#closing !== undefined) throw notRunning();
    serveBrokers(core, {
      group: this.#settings.group,
      isOrderly: false,
      onMembersChanged: () => void this.#rebalancer.run(),
      offsets: () => this.#offsets.all(),
      runningInfo: () => Promise.resolve(this.#runningInfo()),
    });
    core.start(() => {
      // Queues that the application chose are nothing that brokers have to know of.
      return this.#member.heartbeat(this.#assigned === undefined ? this.#subscriptions.all : []);
    });
    await core.sendHeartbeats();
    if (this.#closing !== undefined) throw notRunning();
    this.#startMs = core.clock.now();
    this.#lastCommitMs = core.clock.monotonicMs();
    this.#timers.push(core.timers.every(SAVE_OFFSETS_MS, () => void this.#offsets.saveAll()));
    this.#watch.start(this.#settings.topicCheckMs);
    this.#rebalancer.start();
    await this.#rebalancer.run();
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

  async #closeOnce(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#watch.close();
    if (this.#settings.commitsAutomatically) this.#queues.noteDone();
    this.#queues.stop();
    this.#wake?.();
    await this.#rebalancer.close();
    this.#queues.stop();
    await this.#offsets.saveAll();
    if (this.#startMs > 0) await this.#member.leave();
    await this.#core.close();
  }
}

function exclusive(): RocketMqError {
  return invalidArgument('subscribe and assign exclude each other');
}

function notHeld({ topic, brokerName, queueId }: MessageQueue): RocketMqError {
  return invalidArgument(`queue ${topic} ${brokerName} ${queueId} is not read by this consumer`);
}
