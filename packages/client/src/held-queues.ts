/** The queues that a push consumer holds: taken over, pulled, given up. Source: RebalancePushImpl.java. */
import { toError } from '@orbitmq/kernel';
import { PullSysFlag, type SubscriptionData } from '@orbitmq/protocol';
import type { AllocationStrategy } from './allocation.ts';
import type { ClientCore } from './client-core.ts';
import type { ConsumerStats } from './consumer-stats.ts';
import type { Consumption } from './consumption.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import type { PushSettings } from './push-options.ts';
import type { QueueLocks } from './queue-locks.ts';
import { queueKey } from './queue-order.ts';
import { type FlowLimits, type PullHeader, type PullHost, QueuePuller } from './queue-puller.ts';
import type { RebalanceHost } from './rebalance.ts';
import { startOffset } from './start-offset.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How long a broker holds a pull that finds nothing. */
const SUSPEND_MS = 15_000;
/** How long giving up an orderly queue waits for its listener before it is tried again in the next round. */
const LISTENER_WAIT_MS = 1_000;

export interface HeldQueuesOptions {
  readonly core: ClientCore;
  readonly settings: PushSettings;
  readonly subscriptions: Subscriptions;
  readonly offsets: OffsetStore;
  readonly stats: ConsumerStats;
  readonly locks: QueueLocks | undefined;
  /** Asks for a round of rebalancing, in a moment. */
  readonly rebalanceSoon: () => void;
  readonly onUnknown: () => void;
}

export class HeldQueues implements RebalanceHost, PullHost {
  readonly core: ClientCore;
  readonly group: string;
  readonly allocation: AllocationStrategy | undefined;
  readonly #options: HeldQueuesOptions;
  readonly #pullers = new Map<string, QueuePuller>();
  #consumption: Consumption | undefined;
  #isSuspended = false;
  #isClosed = false;

  constructor(options: HeldQueuesOptions) {
    const { settings } = options;
    this.#options = options;
    this.core = options.core;
    this.group = settings.group;
    this.allocation = settings.isBroadcasting ? undefined : settings.allocation;
  }

  /** Where pulled messages go; set before the first queue is taken over. */
  set consumption(consumption: Consumption) {
    this.#consumption = consumption;
  }

  set isSuspended(isSuspended: boolean) {
    this.#isSuspended = isSuspended;
  }

  get pullers(): readonly QueuePuller[] {
    return [...this.#pullers.values()];
  }

  get(queue: MessageQueue): QueuePuller | undefined {
    return this.#pullers.get(queueKey(queue));
  }

  topics(): readonly string[] {
    return this.#options.subscriptions.topics;
  }

  held(): readonly MessageQueue[] {
    return this.pullers.map(({ queue }) => queue);
  }

  isLeaving(queue: MessageQueue): boolean {
    return this.get(queue)?.isStopped === true;
  }

  async takeOver(queues: readonly MessageQueue[]): Promise<number> {
    const { locks } = this.#options;
    await locks?.lock(queues);
    const free = queues.filter((queue) => locks?.isHeld(queue) !== false);
    const taken = await Promise.all(free.map((queue) => this.#take(queue)));
    return taken.filter(Boolean).length;
  }

  /**
   * Stops pulling. In an orderly consumer a listener that has a message ends first, and its result counts:
   * nobody else gets the queue before.
   */
  async giveUp(queue: MessageQueue): Promise<boolean> {
    const puller = this.get(queue);
    if (puller === undefined) return true;
    const { locks, offsets } = this.#options;
    puller.stop();
    const isEnded = await this.#consumption?.ended(puller, LISTENER_WAIT_MS);
    if (isEnded === false) return false;
    puller.drop();
    if (!(await offsets.release(queue))) {
      this.core.log.warn({ ...queue }, 'a queue was given up without saving its offset');
    }
    this.#remove(puller);
    await locks?.unlock([queue]);
    return true;
  }

  /** The queue is with another member, perhaps: nothing that is known of it is told to a broker. */
  lose(puller: QueuePuller): void {
    if (puller.isDropped) return;
    this.core.log.warn({ ...puller.queue }, 'the lock of a queue was lost');
    puller.drop();
    this.#options.offsets.forget(puller.queue);
    this.#options.rebalanceSoon();
  }

  /** Goes on elsewhere in queues that are held; what is known of the others is no matter. */
  async reset(targets: readonly (readonly [MessageQueue, number])[]): Promise<void> {
    const { offsets } = this.#options;
    for (const [queue, offset] of targets) {
      const puller = this.get(queue);
      if (puller === undefined) continue;
      // Listeners that run may end later: what they say must not move the offset any more.
      puller.drop();
      offsets.update(queue, offset, true);
      await this.giveUp(queue);
    }
  }

  /** Pulls no more and begins no listener; those that run may end, and count. */
  stop(): void {
    this.#isClosed = true;
    for (const puller of this.#pullers.values()) puller.stop();
  }

  /** Whatever listeners say from now on is ignored. */
  drop(): void {
    for (const puller of this.#pullers.values()) puller.drop();
    this.#pullers.clear();
  }

  limits(): FlowLimits {
    const { settings } = this.#options;
    const { maxPendingMessagesInTotal, maxPendingBytesInTotal } = settings;
    const queues = Math.max(1, this.#pullers.size);
    const part = (own: number, total: number | undefined): number => {
      return total === undefined ? own : Math.max(1, Math.floor(total / queues));
    };
    return {
      maxMessages: part(settings.maxPendingMessages, maxPendingMessagesInTotal),
      maxBytes: part(settings.maxPendingBytes, maxPendingBytesInTotal),
      maxSpan: settings.maxPendingSpan,
    };
  }

  isPaused(): boolean {
    return this.#isSuspended;
  }

  subscription(topic: string): SubscriptionData | undefined {
    return this.#options.subscriptions.get(topic)?.data;
  }

  header(queue: MessageQueue, wanted: SubscriptionData, isMaster: boolean): PullHeader {
    const { offsets, settings } = this.#options;
    const commitOffset = settings.isBroadcasting ? 0 : (offsets.known(queue) ?? 0);
    const commits = commitOffset > 0 && isMaster ? PullSysFlag.commitOffset : 0;
    return {
      maxMsgNums: settings.pullBatchSize,
      sysFlag: PullSysFlag.suspend | commits,
      commitOffset,
      suspendTimeoutMillis: SUSPEND_MS,
      subVersion: wanted.subVersion,
      expressionType: wanted.expressionType,
    };
  }

  onMessages(puller: QueuePuller, messages: readonly ReceivedMessage[]): void {
    this.#consumption?.accept(puller, messages);
  }

  onIdle({ queue }: QueuePuller, offset: number): void {
    this.#options.offsets.update(queue, offset);
  }

  onOffsetIllegal(puller: QueuePuller, offset: number): void {
    this.core.log.warn({ ...puller.queue, offset }, 'a queue goes on elsewhere');
    puller.drop();
    this.#options.offsets.update(puller.queue, offset, true);
    this.#options.rebalanceSoon();
  }

  onUnknown(): void {
    this.#options.onUnknown();
  }

  onPulled(topic: string, messages: number, tookMs: number): void {
    this.#options.stats.onPulled(topic, messages, tookMs);
  }

  async #take(queue: MessageQueue): Promise<boolean> {
    const { offsets, settings } = this.#options;
    let offset: number;
    try {
      offset = await startOffset(this.core, offsets, queue, settings.consumeFrom);
    } catch (error) {
      this.core.log.warn({ ...queue, err: toError(error) }, 'where to begin is not known yet');
      return false;
    }
    if (this.#isClosed) return false;
    const puller = new QueuePuller(queue, offset, this);
    this.#pullers.set(queueKey(queue), puller);
    void puller.run();
    return true;
  }

  #remove(puller: QueuePuller): void {
    this.#consumption?.forget(puller);
    this.#pullers.delete(queueKey(puller.queue));
  }
}
