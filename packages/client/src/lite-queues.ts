/** The queues that a lite pull consumer reads, and what was pulled of them. Source: DefaultLitePullConsumerImpl.java, AssignedMessageQueue.java. */
import { toError } from '@orbitmq/kernel';
import { PullSysFlag, type SubscriptionData } from '@orbitmq/protocol';
import type { AllocationStrategy } from './allocation.ts';
import type { ClientCore } from './client-core.ts';
import type { ConsumerStats } from './consumer-stats.ts';
import type { LitePullSettings } from './lite-pull-options.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import { queueKey } from './queue-order.ts';
import { type FlowLimits, type PullHeader, type PullHost, QueuePuller } from './queue-puller.ts';
import type { RebalanceHost } from './rebalance.ts';
import { startOffset } from './start-offset.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How long a broker holds a pull that finds nothing. */
const SUSPEND_MS = 20_000;
const MAX_SPAN = 2_000;

export interface LiteQueuesOptions {
  readonly core: ClientCore;
  readonly settings: LitePullSettings;
  readonly subscriptions: Subscriptions;
  readonly offsets: OffsetStore;
  readonly stats: ConsumerStats;
  /** Queues that the application chose; undefined when the group shares them. */
  readonly assigned: () => readonly MessageQueue[] | undefined;
  readonly onUnknown: () => void;
  /** There are messages for a poll. */
  readonly onReady: () => void;
}

interface Held {
  puller: QueuePuller;
  /** Behind what polls gave. */
  position: number;
  /** Behind what polls gave before the last one: the application is done with it. */
  done: number;
}

interface Batch {
  readonly puller: QueuePuller;
  readonly messages: readonly ReceivedMessage[];
}

export class LiteQueues implements RebalanceHost, PullHost {
  readonly core: ClientCore;
  readonly group: string;
  readonly allocation: AllocationStrategy | undefined;
  readonly #options: LiteQueuesOptions;
  readonly #held = new Map<string, Held>();
  readonly #paused = new Set<string>();
  /** Bounded by the flow control of pulls. */
  #batches: Batch[] = [];
  #isClosed = false;

  constructor(options: LiteQueuesOptions) {
    const { settings } = options;
    this.#options = options;
    this.core = options.core;
    this.group = settings.group;
    this.allocation = settings.isBroadcasting ? undefined : settings.allocation;
  }

  get pullers(): readonly QueuePuller[] {
    return [...this.#held.values()].map(({ puller }) => puller);
  }

  topics(): readonly string[] {
    const assigned = this.#options.assigned();
    if (assigned === undefined) return this.#options.subscriptions.topics;
    return [...new Set(assigned.map(({ topic }) => topic))];
  }

  assigned(topic: string): readonly MessageQueue[] | undefined {
    return this.#options.assigned()?.filter((queue) => queue.topic === topic);
  }

  held(): readonly MessageQueue[] {
    return this.pullers.map(({ queue }) => queue);
  }

  isLeaving(): boolean {
    return false;
  }

  async takeOver(queues: readonly MessageQueue[]): Promise<number> {
    const taken = await Promise.all(queues.map((queue) => this.#take(queue)));
    return taken.filter(Boolean).length;
  }

  async giveUp(queue: MessageQueue): Promise<boolean> {
    const held = this.#held.get(queueKey(queue));
    if (held === undefined) return true;
    this.#discard(held);
    this.#held.delete(queueKey(queue));
    this.#note(queue, held);
    await this.#options.offsets.release(queue);
    return true;
  }

  /** Where the next poll goes on in the queue; undefined when it is not held. */
  position(queue: MessageQueue): number | undefined {
    return this.#held.get(queueKey(queue))?.position;
  }

  /** Goes on elsewhere. @returns false when the queue is not held */
  seek(queue: MessageQueue, offset: number): boolean {
    const held = this.#held.get(queueKey(queue));
    if (held === undefined || this.#isClosed) return false;
    this.#discard(held);
    this.#start(queue, offset);
    return true;
  }

  pause(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#paused.add(queueKey(queue));
  }

  resume(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#paused.delete(queueKey(queue));
    this.#options.onReady();
  }

  /** The messages that wait longest, of a queue that is not paused; undefined when there are none. */
  take(): readonly ReceivedMessage[] | undefined {
    const index = this.#batches.findIndex(({ puller }) => !this.isPaused(puller.queue));
    const [batch] = index < 0 ? [] : this.#batches.splice(index, 1);
    if (batch === undefined) return undefined;
    const { puller, messages } = batch;
    const held = this.#held.get(queueKey(puller.queue));
    // What stands before the next message and is not wanted, or could not be read, is behind us too.
    if (held !== undefined) held.position = puller.pending.remove(...messages);
    return messages;
  }

  /** The application is done with what polls gave until now. */
  settle(): void {
    for (const held of this.#held.values()) held.done = held.position;
  }

  /** Notes how far the application is done with its queues, to be saved. */
  noteDone(): void {
    for (const held of this.#held.values()) {
      this.#options.offsets.update(held.puller.queue, held.done, true);
    }
  }

  stop(): void {
    this.#isClosed = true;
    for (const puller of this.pullers) puller.drop();
    this.#batches = [];
  }

  limits(): FlowLimits {
    const { maxPendingMessages, maxPendingBytes, maxPendingMessagesInTotal } =
      this.#options.settings;
    // -1 is exceeded by any queue: nothing more is pulled of any until polls take what waits.
    const isFull = this.#waitingMessages() > maxPendingMessagesInTotal;
    return {
      maxMessages: isFull ? -1 : maxPendingMessages,
      maxBytes: maxPendingBytes,
      maxSpan: MAX_SPAN,
    };
  }

  isPaused(queue: MessageQueue): boolean {
    return this.#paused.has(queueKey(queue));
  }

  subscription(topic: string): SubscriptionData | undefined {
    return this.#options.subscriptions.get(topic)?.data;
  }

  header(_queue: MessageQueue, wanted: SubscriptionData): PullHeader {
    return {
      maxMsgNums: this.#options.settings.pullBatchSize,
      sysFlag: PullSysFlag.suspend | PullSysFlag.subscription | PullSysFlag.litePull,
      commitOffset: 0,
      suspendTimeoutMillis: SUSPEND_MS,
      subscription: wanted.subString,
      subVersion: wanted.expressionType === 'TAG' ? 0 : wanted.subVersion,
      expressionType: wanted.expressionType,
    };
  }

  onMessages(puller: QueuePuller, messages: readonly ReceivedMessage[]): void {
    const readable = messages.filter((message) => !puller.unreadable.has(message));
    const unreadable = messages.filter((message) => puller.unreadable.has(message));
    puller.pending.remove(...unreadable);
    if (readable.length === 0) return;
    this.#batches.push({ puller, messages: readable });
    this.#options.onReady();
  }

  onIdle({ queue }: QueuePuller, offset: number): void {
    const held = this.#held.get(queueKey(queue));
    if (held === undefined) return;
    if (held.done === held.position) held.done = offset;
    held.position = offset;
  }

  onOffsetIllegal(puller: QueuePuller, offset: number): void {
    this.core.log.warn({ ...puller.queue, offset }, 'a queue goes on elsewhere');
    if (puller.pending.count === 0) this.onIdle(puller, offset);
  }

  onUnknown(): void {
    this.#options.onUnknown();
  }

  onPulled(topic: string, messages: number, tookMs: number): void {
    this.#options.stats.onPulled(topic, messages, tookMs);
  }

  async #take(queue: MessageQueue): Promise<boolean> {
    const { offsets, settings } = this.#options;
    try {
      const offset = await startOffset(this.core, offsets, queue, settings.consumeFrom);
      if (!this.#isClosed) this.#start(queue, offset);
      return !this.#isClosed;
    } catch (error) {
      this.core.log.warn({ ...queue, err: toError(error) }, 'where to begin is not known yet');
      return false;
    }
  }

  #start(queue: MessageQueue, offset: number): void {
    const puller = new QueuePuller(queue, offset, this);
    this.#held.set(queueKey(queue), { puller, position: offset, done: offset });
    void puller.run();
  }

  #discard({ puller }: Held): void {
    puller.drop();
    this.#batches = this.#batches.filter((batch) => batch.puller !== puller);
  }

  /** Of queues that polls may take from: what waits of a paused one must not keep the others empty. */
  #waitingMessages(): number {
    let count = 0;
    for (const { queue, pending } of this.pullers)
      if (!this.isPaused(queue)) count += pending.count;
    return count;
  }

  /** With automatic commits, what is done with counts when the queue goes to another member. */
  #note(queue: MessageQueue, held: Held): void {
    if (!this.#options.settings.commitsAutomatically) return;
    this.#options.offsets.update(queue, held.done, true);
  }
}
