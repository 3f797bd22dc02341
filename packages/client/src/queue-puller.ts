/** Pulls one queue for as long as this consumer holds it. Source: DefaultMQPushConsumerImpl.java (pullMessage). */

import { isTagWanted } from '@orbitmq/filter';
import { toError } from '@orbitmq/kernel';
import {
  decodeRecords,
  PropertyName,
  pullMessage,
  type RequestOf,
  ResponseCode,
  type StoredMessage,
  type SubscriptionData,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { delay } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import { brokerRefused } from './client-error.ts';
import { decompress } from './compression.ts';
import { type MessageQueue, type ReceivedMessage, receivedMessage } from './message.ts';
import { ProcessQueue } from './process-queue.ts';
import { masterAddress, readAddress } from './routes.ts';

/** Limits of what is pulled and not consumed, for each queue. */
export interface FlowLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Between the oldest and the newest, in offsets. */
  readonly maxSpan: number;
}

/** What a pull says besides where it is about. */
export type PullHeader = Pick<
  RequestOf<typeof pullMessage>,
  | 'maxMsgNums'
  | 'sysFlag'
  | 'commitOffset'
  | 'suspendTimeoutMillis'
  | 'subscription'
  | 'subVersion'
  | 'expressionType'
>;

/** Whom a puller works for. */
export interface PullHost {
  readonly core: ClientCore;
  readonly group: string;
  limits(): FlowLimits;
  /** Whether nothing is to be pulled now. */
  isPaused(queue: MessageQueue): boolean;
  /** What is wanted of the topic now; undefined when nothing is any more. */
  subscription(topic: string): SubscriptionData | undefined;
  header(queue: MessageQueue, wanted: SubscriptionData, isMaster: boolean): PullHeader;
  onMessages(puller: QueuePuller, messages: readonly ReceivedMessage[]): void;
  /** Everything before `offset` was consumed or is not wanted. */
  onIdle(puller: QueuePuller, offset: number): void;
  /** There is nothing at the offset; the next pull is made where the broker says. */
  onOffsetIllegal(puller: QueuePuller, offset: number): void;
  /** The broker does not know the group or its subscription. */
  onUnknown(): void;
  onPulled?(topic: string, messages: number, tookMs: number): void;
}

const PULL_TIMEOUT_MS = 30_000;
const FLOW_CONTROL_MS = 50;
const FAILURE_PAUSE_MS = 1_000;
const SUSPENDED_PAUSE_MS = 1_000;
const BROKER_FLOW_CONTROL_MS = 20;
const MASTER = 0;
/** Answers of a broker that has not heard of us since it started, or not of our last change. */
const UNKNOWN_CODES: ReadonlySet<number> = new Set([
  ResponseCode.SUBSCRIPTION_NOT_EXIST,
  ResponseCode.SUBSCRIPTION_NOT_LATEST,
  ResponseCode.FILTER_DATA_NOT_EXIST,
  ResponseCode.FILTER_DATA_NOT_LATEST,
]);

/**
 * First it pulls; then, stopped, what it brought may still be consumed and counts; at last it is dropped,
 * and what comes of its messages is no matter any more.
 */
export class QueuePuller {
  readonly queue: MessageQueue;
  readonly pending = new ProcessQueue();
  /** Messages whose bodies could not be read: no listener gets them. */
  readonly unreadable = new WeakSet<ReceivedMessage>();
  readonly #host: PullHost;
  readonly #stop = new AbortController();
  #isDropped = false;
  #nextOffset: number;
  #brokerId = MASTER;
  #lastPullMs: number;
  /** As {@link lastPullMs}, by a clock that never goes back. */
  #pulledMs = 0;

  constructor(queue: MessageQueue, nextOffset: number, host: PullHost) {
    this.queue = queue;
    this.#nextOffset = nextOffset;
    this.#host = host;
    this.#lastPullMs = host.core.clock.now();
  }

  /** Whether nothing more is pulled and no listener is to begin. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether the queue is not ours any more: what becomes of its messages must not be told to brokers. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** When the last pull began, in milliseconds since the epoch. */
  get lastPullMs(): number {
    return this.#lastPullMs;
  }

  /** Offset of the next pull. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  stop(): void {
    this.#stop.abort();
  }

  drop(): void {
    this.#isDropped = true;
    this.stop();
  }

  /** Pulls until it is stopped. Never rejects. */
  async run(): Promise<void> {
    const { timers } = this.#host.core;
    while (!this.isStopped) {
      const pauseMs = this.#blockedMs() || (await this.#pullOnce());
      if (pauseMs > 0 && !this.isStopped) await delay(timers, pauseMs, this.#stop.signal);
    }
  }

  /** @returns how long to wait before looking again; 0 when nothing stands in the way of a pull */
  #blockedMs(): number {
    if (this.#host.isPaused(this.queue)) return SUSPENDED_PAUSE_MS;
    const { maxMessages, maxBytes, maxSpan } = this.#host.limits();
    const { count, bytes, span } = this.pending;
    return count > maxMessages || bytes > maxBytes || span > maxSpan ? FLOW_CONTROL_MS : 0;
  }

  /** @returns how long to wait before the next pull, in milliseconds */
  async #pullOnce(): Promise<number> {
    const { core } = this.#host;
    const { topic, queueId, brokerName } = this.queue;
    const wanted = this.#host.subscription(topic);
    if (wanted === undefined) return FAILURE_PAUSE_MS;
    try {
      const route = await core.route(topic);
      const address = route && readAddress(route, brokerName, this.#brokerId);
      if (route === undefined || address === undefined) {
        await core.refreshRoute(topic);
        return FAILURE_PAUSE_MS;
      }
      const isMaster = address === masterAddress(route, brokerName);
      const reply = await this.#pull(address, wanted, isMaster);
      return this.isStopped ? 0 : await this.#onReply(reply, address, wanted);
    } catch (error) {
      // The replica that was suggested may be gone; the master knows better.
      this.#brokerId = MASTER;
      if (!this.isStopped) core.log.warn({ topic, queueId, err: toError(error) }, 'pull failed');
      return FAILURE_PAUSE_MS;
    }
  }

  async #pull(
    address: string,
    wanted: SubscriptionData,
    isMaster: boolean,
  ): Promise<Reply<typeof pullMessage>> {
    const { core, group } = this.#host;
    const { topic, queueId, brokerName } = this.queue;
    this.#lastPullMs = core.clock.now();
    this.#pulledMs = core.clock.monotonicMs();
    return core.remoting.invoke(
      address,
      pullMessage,
      {
        consumerGroup: group,
        topic,
        queueId,
        queueOffset: this.#nextOffset,
        ...this.#host.header(this.queue, wanted, isMaster),
        bname: brokerName,
      },
      { timeoutMs: PULL_TIMEOUT_MS },
    );
  }

  async #onReply(
    reply: Reply<typeof pullMessage>,
    address: string,
    wanted: SubscriptionData,
  ): Promise<number> {
    switch (reply.code) {
      case ResponseCode.SUCCESS:
        await this.#onFound(reply, wanted);
        return 0;
      case ResponseCode.PULL_NOT_FOUND:
      case ResponseCode.PULL_RETRY_IMMEDIATELY:
        this.#advance(reply);
        return 0;
      case ResponseCode.PULL_OFFSET_MOVED:
        this.#nextOffset = reply.fields.nextBeginOffset;
        this.#host.onOffsetIllegal(this, this.#nextOffset);
        return FAILURE_PAUSE_MS;
      case ResponseCode.FLOW_CONTROL:
        return BROKER_FLOW_CONTROL_MS;
      default:
        if (UNKNOWN_CODES.has(reply.code)) this.#host.onUnknown();
        throw brokerRefused(address, reply.code, reply.remark);
    }
  }

  async #onFound(reply: Reply<typeof pullMessage>, wanted: SubscriptionData): Promise<void> {
    const messages: ReceivedMessage[] = [];
    for (const stored of decodeRecords(reply.body ?? Buffer.alloc(0))) {
      // The broker compares hash codes of tags only.
      if (!isTagWanted(wanted, stored.properties[PropertyName.tags])) continue;
      messages.push(await this.#read(stored));
    }
    if (this.isStopped) return;
    const tookMs = this.#host.core.clock.monotonicMs() - this.#pulledMs;
    this.#host.onPulled?.(this.queue.topic, messages.length, tookMs);
    if (messages.length > 0) {
      this.pending.add(messages);
      this.#host.onMessages(this, messages);
    }
    this.#advance(reply);
  }

  async #read(stored: StoredMessage): Promise<ReceivedMessage> {
    const { brokerName } = this.queue;
    try {
      return receivedMessage(stored, await decompress(stored.body, stored.sysFlag), brokerName);
    } catch (error) {
      // One message that nobody can read must not stop the queue for good.
      const message = receivedMessage(stored, stored.body, brokerName);
      const { topic, messageId } = message;
      this.unreadable.add(message);
      this.#host.core.log.error(
        { topic, messageId, err: toError(error) },
        'a message cannot be read',
      );
      return message;
    }
  }

  /** Goes on where the broker says; with nothing left to consume the group is as far as that. */
  #advance(reply: Reply<typeof pullMessage>): void {
    const { nextBeginOffset, suggestWhichBrokerId } = reply.fields;
    this.#nextOffset = nextBeginOffset;
    this.#brokerId = suggestWhichBrokerId;
    if (this.pending.count === 0) this.#host.onIdle(this, nextBeginOffset);
  }
}
