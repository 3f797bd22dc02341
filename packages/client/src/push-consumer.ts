import { retryTopicOf } from '@orbitmq/protocol';
import type { Timer } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import { checkClientOptions } from './client-options.ts';
import { ConcurrentConsumption } from './consume-concurrently.ts';
import { OrderlyConsumption } from './consume-orderly.ts';
import { ConsumePool } from './consume-pool.ts';
import { type Consumption, ListenerCalls } from './consumption.ts';
import { settledWithin } from './deadline.ts';
import { GroupMember } from './group-member.ts';
import { HeldQueues } from './held-queues.ts';
import { type BatchListener, batchOfOne, type MessageListener } from './listeners.ts';
import { Membership } from './membership.ts';
import type { MessageQueue } from './message.ts';
import { namespaceOf, queueWithout, withNamespace } from './namespace.ts';
import { checkIsFunction, checkIsText } from './option-checks.ts';
import {
  javaSettings,
  type PushConsumerOptions,
  type PushSettings,
  pushSettings,
} from './push-options.ts';
import { DOUBT_RENEWAL_MS, FIRST_RENEWAL_MS, QueueLocks, RENEWAL_MS } from './queue-locks.ts';
import { compareQueues } from './queue-order.ts';
import { runningInfoOf } from './running-info.ts';
import { SendBack } from './send-back.ts';
import type { FilterExpression } from './subscriptions.ts';
import { consumeTraces } from './trace-hooks.ts';
import { TraceQueue } from './trace-queue.ts';

/**
 * Consumes topics together with the other members of its group: each queue is with one of them, and
 * messages go to listeners as they come, several at a time; with `isOrderly`, those of a queue one after the
 * other. A `broadcasting` consumer gets every message.
 *
 * A message is delivered at least once. One whose listener fails comes again after 10 s, 30 s, 1 m … 2 h,
 * and after 16 times goes to the group's dead letters; an orderly one stops its queue and comes again after
 * a second; a broadcast one does not come again. The group's place in a queue never passes a message that
 * is not done with.
 *
 * Source: DefaultMQPushConsumer.java, DefaultMQPushConsumerImpl.java, RebalanceImpl.java.
 */
export class PushConsumer implements AsyncDisposable {
  readonly #settings: PushSettings;
  readonly #member: GroupMember;
  readonly #core: ClientCore;
  readonly #membership: Membership;
  readonly #calls: ListenerCalls;
  readonly #locks: QueueLocks | undefined;
  readonly #traces: TraceQueue | undefined;
  readonly #queues: HeldQueues;
  readonly #consumption: Consumption;
  readonly #timers: Timer[] = [];
  #renewal: Timer | undefined;
  /** Queues that others may have at once when this member leaves. */
  #quiet: readonly MessageQueue[] = [];

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: PushConsumerOptions) {
    checkClientOptions(options);
    const groupInNamespace = withNamespace(options.group, namespaceOf(options));
    const settings = pushSettings({ ...options, group: groupInNamespace });
    const { group, isBroadcasting, isOrderly } = settings;
    this.#settings = settings;
    this.#member = new GroupMember(options, settings, 'CONSUME_PASSIVELY');
    const { core, offsets, subscriptions, stats } = this.#member;
    this.#core = core;
    if (!isBroadcasting) subscriptions.set(retryTopicOf(group), '*', undefined);
    this.#locks = isOrderly && !isBroadcasting ? new QueueLocks(core, group) : undefined;
    const hooks = [...(options.consumeHooks ?? [])];
    if (options.trace !== undefined && options.trace !== false) {
      const name = `${options.group}-CONSUME`;
      this.#traces = new TraceQueue(core, name, options.trace === true ? {} : options.trace);
      hooks.push(consumeTraces(this.#traces, core.clock));
    }
    this.#calls = new ListenerCalls({
      core,
      group,
      subscriptions,
      stats,
      hooks,
      consumeTimeoutMs: settings.consumeTimeoutMs,
    });
    this.#queues = new HeldQueues({
      core,
      settings,
      subscriptions,
      offsets,
      stats,
      locks: this.#locks,
      rebalanceSoon: () => this.#membership.rebalanceSoon(),
      onUnknown: () => void this.#member.introduceAgain(),
    });
    this.#consumption = this.#newConsumption();
    this.#queues.consumption = this.#consumption;
    this.#membership = this.#newMembership();
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Queues this member holds now. */
  get assignedQueues(): readonly MessageQueue[] {
    const queues = this.#queues.held().toSorted(compareQueues);
    return queues.map((queue) => queueWithout(queue, this.#core.namespace));
  }

  /**
   * Consumes a topic. May be called before and after `start()`; replaces what was said of the topic before.
   * Members of a group must want the same of a topic.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, FILTER_MALFORMED
   */
  subscribe(topic: string, expression: FilterExpression, listener: MessageListener): void {
    checkIsFunction('listener', listener);
    this.#member.subscriptions.set(this.#wrapped(topic), expression, batchOfOne(listener));
    this.#membership.onSubscriptionsChanged();
  }

  /**
   * As {@link subscribe}, with a listener that takes up to `batchSize` messages, 1 to 1024, at once.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, FILTER_MALFORMED
   */
  subscribeBatch(
    topic: string,
    expression: FilterExpression,
    batchSize: number,
    listener: BatchListener,
  ): void {
    checkIsFunction('listener', listener);
    this.#member.subscriptions.set(this.#wrapped(topic), expression, listener, batchSize);
    this.#membership.onSubscriptionsChanged();
  }

  /** Stops to consume a topic; its queues are given up at once. */
  unsubscribe(topic: string): void {
    this.#member.subscriptions.delete(this.#wrapped(topic));
    this.#membership.onSubscriptionsChanged();
  }

  /** Pulls nothing until {@link resume}; what was pulled goes on to listeners. */
  suspend(): void {
    this.#queues.isSuspended = true;
  }

  resume(): void {
    this.#queues.isSuspended = false;
    void this.#membership.rebalance();
  }

  /**
   * A consumer whose start failed is closed.
   *
   * @throws {RocketMqError} CLIENT_NO_NAME_SERVER when none answers, CLIENT_BROKER_REFUSED when a broker does
   *   not understand a subscription, CLIENT_NOT_RUNNING after `close()`
   */
  start(): Promise<void> {
    return this.#membership.start();
  }

  /**
   * Stops pulling, waits for listeners that run, saves how far the group is, and leaves it, so that the
   * other members take over at once. Idempotent.
   */
  close(): Promise<void> {
    return this.#membership.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wrapped(topic: string): string {
    checkIsText('topic', topic);
    return withNamespace(topic, this.#core.namespace);
  }

  #newMembership(): Membership {
    return new Membership({
      member: this.#member,
      queues: this.#queues,
      rebalanceMs: this.#settings.rebalanceMs,
      asked: {
        isOrderly: this.#settings.isOrderly,
        runningInfo: () => Promise.resolve(this.#runningInfo()),
        reset: (targets) => this.#membership.alone(() => this.#queues.reset(targets)),
        consumeDirectly: (message) => this.#calls.callDirectly(message.queue, message),
      },
      announced: () => this.#member.subscriptions.all,
      onStarted: () => this.#startTimers(),
      stop: () => this.#stop(),
      finish: () => this.#finish(),
      beforeLeaving: () => this.#beforeLeaving(),
    });
  }

  #newConsumption(): Consumption {
    const { group, concurrency, isBroadcasting, isOrderly } = this.#settings;
    const { maxReconsumeTimes, suspendMs } = this.#settings;
    const core = this.#core;
    const sendBack = isBroadcasting ? undefined : new SendBack(core, { group, maxReconsumeTimes });
    const common = {
      core,
      pool: new ConsumePool(concurrency),
      calls: this.#calls,
      offsets: this.#member.offsets,
      sendBack,
    };
    if (isOrderly) {
      return new OrderlyConsumption({
        ...common,
        locks: this.#locks,
        maxReconsumeTimes,
        suspendMs,
        onLockLost: (puller) => this.#queues.lose(puller),
      });
    }
    return new ConcurrentConsumption(common);
  }

  /** Timers of what an orderly or an unordered consumer does besides. */
  #startTimers(): void {
    const { timers } = this.#core;
    const { consumeTimeoutMs } = this.#settings;
    this.#timers.push(timers.every(consumeTimeoutMs, () => this.#expire(consumeTimeoutMs)));
    if (this.#locks === undefined) return;
    this.#timers.push(timers.every(RENEWAL_MS, () => void this.#renewLocks(), FIRST_RENEWAL_MS));
    this.#core.remoting.onDisconnected((address) => {
      this.#locks?.doubt(address);
      this.#renewWhenInDoubt(0);
    });
  }

  #expire(timeoutMs: number): void {
    for (const puller of this.#queues.pullers) void this.#consumption.expire(puller, timeoutMs);
  }

  #renewWhenInDoubt(inMs: number): void {
    if (this.#locks?.hasDoubts !== true || !this.#membership.isRunning) return;
    this.#renewal ??= this.#core.timers.after(inMs, () => void this.#renewInDoubt());
  }

  async #renewInDoubt(): Promise<void> {
    await this.#renewLocks();
    this.#renewal = undefined;
    this.#renewWhenInDoubt(DOUBT_RENEWAL_MS);
  }

  /** Never rejects. */
  async #renewLocks(): Promise<void> {
    const pullers = this.#queues.pullers.filter(({ isDropped }) => !isDropped);
    const refused = (await this.#locks?.lock(pullers.map(({ queue }) => queue))) ?? [];
    for (const queue of refused) {
      const puller = this.#queues.get(queue);
      if (puller !== undefined && pullers.includes(puller)) this.#queues.lose(puller);
    }
  }

  #runningInfo() {
    const { isOrderly, concurrency } = this.#settings;
    const { offsets, stats } = this.#member;
    return runningInfoOf({
      consumeType: 'CONSUME_PASSIVELY',
      isOrderly,
      concurrency,
      startMs: this.#membership.startMs,
      nameServers: this.#core.nameServers,
      settings: javaSettings(this.#settings),
      subscriptions: this.#member.subscriptions.all.map(({ data }) => data),
      stats,
      queues: this.#queues.pullers.map((puller) => ({
        puller,
        commitOffset: offsets.known(puller.queue) ?? -1,
        isLocked: this.#locks?.isHeld(puller.queue) ?? false,
        lastLockMs: this.#locks?.grantedAt(puller.queue) ?? 0,
        lastConsumeMs: this.#calls.lastConsumeMs(puller),
      })),
    });
  }

  #stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#renewal?.cancel();
    this.#queues.stop();
  }

  async #finish(): Promise<void> {
    const { drainTimeoutMs } = this.#settings;
    await settledWithin(this.#core.timers, drainTimeoutMs, this.#consumption.drain());
    // A queue whose listener has not ended stays locked until its lease is over.
    this.#quiet = this.#queues.pullers
      .filter((puller) => !puller.isDropped && this.#consumption.isQuiet(puller))
      .map(({ queue }) => queue);
    this.#queues.drop();
  }

  async #beforeLeaving(): Promise<void> {
    await this.#traces?.close();
    await this.#locks?.unlock(this.#quiet);
  }
}
