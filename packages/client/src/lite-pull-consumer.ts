import { RocketMqError } from '@orbitmq/kernel';
import { delay } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import { ClientErrorCode, invalidArgument, notRunning } from './client-error.ts';
import { checkClientOptions } from './client-options.ts';
import { GroupMember } from './group-member.ts';
import {
  type LitePullConsumerOptions,
  type LitePullSettings,
  litePullSettings,
} from './lite-pull-options.ts';
import { LiteQueues } from './lite-queues.ts';
import { Membership } from './membership.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import {
  messageWithout,
  namespaceOf,
  queueWith,
  queueWithout,
  withNamespace,
} from './namespace.ts';
import {
  checkIsFunction,
  checkIsList,
  checkIsQueue,
  checkIsText,
  inRange,
  shown,
  timestamp,
  waitingTime,
} from './option-checks.ts';
import { compareQueues } from './queue-order.ts';
import { runningInfoOf } from './running-info.ts';
import { maxOffset, minOffset, offsetAt } from './start-offset.ts';
import type { FilterExpression } from './subscriptions.ts';
import { type QueuesListener, TopicWatch } from './topic-watch.ts';

/** Where to go on in a queue. */
export type SeekTarget = number | 'begin' | 'end' | { readonly timestampMs: number };

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
  readonly #queues: LiteQueues;
  readonly #membership: Membership;
  readonly #watch: TopicWatch;
  #assigned: readonly MessageQueue[] | undefined;
  #wake: (() => void) | undefined;
  #isPolling = false;
  #lastCommitMs = 0;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: LitePullConsumerOptions) {
    checkClientOptions(options);
    const groupInNamespace = withNamespace(options.group, namespaceOf(options));
    const settings = litePullSettings({ ...options, group: groupInNamespace });
    this.#settings = settings;
    this.#member = new GroupMember(options, settings, 'CONSUME_ACTIVELY');
    const { core, offsets, subscriptions, stats } = this.#member;
    this.#core = core;
    this.#watch = new TopicWatch(core);
    this.#queues = new LiteQueues({
      core,
      settings,
      subscriptions,
      offsets,
      stats,
      assigned: () => this.#assigned,
      onUnknown: () => void this.#member.introduceAgain(),
      onReady: () => this.#wake?.(),
    });
    this.#membership = this.#newMembership();
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Queues this consumer reads now. */
  get assignedQueues(): readonly MessageQueue[] {
    const queues = this.#queues.held().toSorted(compareQueues);
    return queues.map((queue) => this.#bare(queue));
  }

  /**
   * Reads a topic together with the other members of the group.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT after {@link assign} or for a name that is none, FILTER_MALFORMED
   */
  subscribe(topic: string, expression: FilterExpression = '*'): void {
    if (this.#assigned !== undefined) throw exclusive();
    this.#member.subscriptions.set(this.#wrapped(topic), expression, undefined);
    this.#membership.onSubscriptionsChanged();
  }

  unsubscribe(topic: string): void {
    this.#member.subscriptions.delete(this.#wrapped(topic));
    this.#membership.onSubscriptionsChanged();
  }

  /**
   * Reads these queues, whoever else does; replaces what was assigned before.
   *
   * @param expression of all their topics
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT after {@link subscribe}, FILTER_MALFORMED
   */
  assign(queues: readonly MessageQueue[], expression: FilterExpression = '*'): void {
    const { subscriptions } = this.#member;
    if (this.#assigned === undefined && subscriptions.topics.length > 0) throw exclusive();
    const inNamespace = this.#allFull(queues);
    const topics = new Set(inNamespace.map(({ topic }) => topic));
    for (const topic of topics) subscriptions.set(topic, expression, undefined);
    for (const topic of subscriptions.topics) if (!topics.has(topic)) subscriptions.delete(topic);
    this.#assigned = inNamespace;
    this.#membership.onSubscriptionsChanged();
  }

  /** A consumer whose start failed is closed. @throws as `PushConsumer.start` */
  start(): Promise<void> {
    return this.#membership.start();
  }

  /**
   * The next messages, all of one queue, at most `pullBatchSize`; none when the time is over or the consumer
   * is closed. One call at a time. What earlier calls gave is done with.
   *
   * @param timeoutMs 0 to a day; `pollTimeoutMs` when absent
   * @throws {RocketMqError} CLIENT_NOT_RUNNING before `start()`, CLIENT_INVALID_ARGUMENT while another call waits
   */
  async poll(timeoutMs = this.#settings.pollTimeoutMs): Promise<readonly ReceivedMessage[]> {
    if (this.#membership.startMs === 0) throw notRunning();
    waitingTime('timeoutMs', timeoutMs);
    if (this.#isPolling) throw invalidArgument('a poll is under way, expected one at a time');
    this.#isPolling = true;
    try {
      this.#queues.settle();
      this.#commitWhenDue();
      const messages = this.#queues.take() ?? (await this.#waitForMessages(timeoutMs));
      const { namespace } = this.#core;
      return messages.map((message) => messageWithout(message, namespace));
    } finally {
      this.#isPolling = false;
    }
  }

  /** Batches until the consumer is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly ReceivedMessage[], void, void> {
    while (!this.#membership.isClosed) {
      const messages = await this.poll();
      if (messages.length > 0) yield messages;
    }
  }

  /**
   * Tells brokers that everything that polls gave is consumed; or that a group is so far in some queues.
   *
   * @throws {RocketMqError} CLIENT_COMMIT_FAILED when not all of it could be saved; it is tried again by itself;
   *   CLIENT_INVALID_ARGUMENT for what is no queue or no offset
   */
  async commit(offsets?: Iterable<readonly [MessageQueue, number]>): Promise<void> {
    const store = this.#member.offsets;
    const given = offsets === undefined ? undefined : this.#checkedOffsets(offsets);
    if (given === undefined) {
      this.#queues.settle();
      this.#queues.noteDone();
    } else {
      for (const [queue, offset] of given) store.update(queue, offset, true);
    }
    if (!(await store.saveAll())) {
      throw new RocketMqError('offsets could not be saved', {
        code: ClientErrorCode.commitFailed,
        isRetryable: true,
      });
    }
    // Somebody else may read such a queue, and be further soon.
    for (const [queue] of given ?? []) {
      if (this.#queues.position(queue) === undefined) store.forget(queue);
    }
  }

  /** How far the group is. @returns undefined when it never consumed the queue */
  async committed(queue: MessageQueue): Promise<number | undefined> {
    const { offsets } = this.#member;
    const full = this.#full(queue);
    return offsets.known(full) ?? (await offsets.read(full));
  }

  /** Where the next poll goes on. @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when the queue is not read here */
  position(queue: MessageQueue): number {
    const position = this.#queues.position(this.#full(queue));
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
    const full = this.#full(queue);
    const offset = await this.#offsetOf(full, target);
    if (!this.#queues.seek(full, offset)) throw notHeld(queue);
  }

  /** Gives nothing of these queues until {@link resume}. */
  pause(queues: readonly MessageQueue[]): void {
    this.#queues.pause(this.#allFull(queues));
  }

  resume(queues: readonly MessageQueue[]): void {
    this.#queues.resume(this.#allFull(queues));
  }

  /** Offset of a queue's first message that was stored then, in milliseconds since the epoch, or later. */
  async offsetForTimestamp(queue: MessageQueue, timestampMs: number): Promise<number> {
    const full = this.#full(queue);
    return offsetAt(this.#core, full, timestamp('timestampMs', timestampMs));
  }

  /** Queues of a topic, whoever reads them. @throws {RocketMqError} CLIENT_NO_NAME_SERVER, CLIENT_NO_ROUTE */
  async fetchMessageQueues(topic: string): Promise<readonly MessageQueue[]> {
    const queues = await this.#watch.queues(this.#wrapped(topic));
    return queues.map((queue) => this.#bare(queue));
  }

  /** Tells when a topic has other queues than before, looked at every `topicCheckMs`; one listener a topic. */
  onQueuesChanged(topic: string, listener: QueuesListener): void {
    checkIsFunction('listener', listener);
    const bare = (queues: readonly MessageQueue[]): readonly MessageQueue[] => {
      return queues.map((queue) => this.#bare(queue));
    };
    this.#watch.watch(this.#wrapped(topic), (_topic, queues) => listener(topic, bare(queues)));
  }

  /** Saves how far the application is, and leaves the group. A poll that waits gives nothing. Idempotent. */
  close(): Promise<void> {
    return this.#membership.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkedOffsets(
    offsets: Iterable<readonly [MessageQueue, number]>,
  ): readonly (readonly [MessageQueue, number])[] {
    if (typeof offsets?.[Symbol.iterator] !== 'function' || typeof offsets === 'string') {
      throw invalidArgument('offsets are no list, expected pairs of a queue and an offset');
    }
    return Array.from(offsets, (pair) => {
      const [queue, offset] = Array.isArray(pair) ? pair : [];
      checkIsQueue('queue', queue);
      inRange('offset', offset as number, 0, Number.MAX_SAFE_INTEGER);
      return [this.#full(queue as MessageQueue), offset as number] as const;
    });
  }

  #wrapped(topic: string): string {
    checkIsText('topic', topic);
    return withNamespace(topic, this.#core.namespace);
  }

  #full(queue: MessageQueue): MessageQueue {
    checkIsQueue('queue', queue);
    return queueWith(queue, this.#core.namespace);
  }

  #allFull(queues: readonly MessageQueue[]): readonly MessageQueue[] {
    checkIsList('queues', queues, checkIsQueue);
    return queues.map((queue) => this.#full(queue));
  }

  #bare(queue: MessageQueue): MessageQueue {
    return queueWithout(queue, this.#core.namespace);
  }

  #newMembership(): Membership {
    return new Membership({
      member: this.#member,
      queues: this.#queues,
      rebalanceMs: this.#settings.rebalanceMs,
      asked: { isOrderly: false, runningInfo: () => Promise.resolve(this.#runningInfo()) },
      // Queues that the application chose are nothing that brokers have to know of.
      announced: () => (this.#assigned === undefined ? this.#member.subscriptions.all : []),
      onStarted: () => {
        this.#lastCommitMs = this.#core.clock.monotonicMs();
        this.#watch.start(this.#settings.topicCheckMs);
      },
      stop: () => this.#stop(),
      finish: () => Promise.resolve(),
      beforeLeaving: () => Promise.resolve(),
    });
  }

  async #waitForMessages(timeoutMs: number): Promise<readonly ReceivedMessage[]> {
    const { clock, timers } = this.#core;
    const endMs = clock.monotonicMs() + timeoutMs;
    while (!this.#membership.isClosed) {
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
    if (typeof target === 'object' && target !== null) {
      return offsetAt(this.#core, queue, timestamp('timestampMs', target.timestampMs));
    }
    const [min, max] = await Promise.all([
      minOffset(this.#core, queue),
      maxOffset(this.#core, queue),
    ]);
    if (Number.isInteger(target) && target >= min && target <= max) return target;
    throw invalidArgument(`offset is ${shown(target)}, expected one from ${min} to ${max}`);
  }

  #runningInfo() {
    const { group, isBroadcasting, pullBatchSize } = this.#settings;
    const { offsets, stats, subscriptions } = this.#member;
    return runningInfoOf({
      consumeType: 'CONSUME_ACTIVELY',
      isOrderly: false,
      concurrency: 1,
      startMs: this.#membership.startMs,
      nameServers: this.#core.nameServers,
      settings: {
        consumerGroup: group,
        messageModel: isBroadcasting ? 'BROADCASTING' : 'CLUSTERING',
        pullBatchSize,
      },
      subscriptions: subscriptions.all.map(({ data }) => data),
      stats,
      queues: this.#queues.pullers.map((puller) => ({
        puller,
        commitOffset: offsets.known(puller.queue) ?? -1,
        isLocked: false,
        lastLockMs: 0,
        lastConsumeMs: 0,
      })),
    });
  }

  #stop(): void {
    this.#watch.close();
    if (this.#settings.commitsAutomatically) this.#queues.noteDone();
    this.#queues.stop();
    this.#wake?.();
  }
}

function exclusive(): RocketMqError {
  return invalidArgument('subscribe and assign exclude each other');
}

function notHeld({ topic, brokerName, queueId }: MessageQueue): RocketMqError {
  return invalidArgument(`queue ${topic} ${brokerName} ${queueId} is not read by this consumer`);
}
