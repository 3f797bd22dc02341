/** Pulls one queue for as long as this consumer holds it. Source: DefaultMQPushConsumerImpl.java (pullMessage). */

import { isTagWanted } from '@orbitmq/filter';
import { toError } from '@orbitmq/kernel';
import {
  decodeRecords,
  PropertyName,
  PullSysFlag,
  pullMessage,
  ResponseCode,
  type SubscriptionData,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { delay } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import { brokerRefused } from './client-error.ts';
import { decompress } from './compression.ts';
import { type MessageQueue, type ReceivedMessage, receivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import { ProcessQueue } from './process-queue.ts';
import { readAddress } from './routes.ts';

/** Limits of what is pulled and not consumed, for each queue. */
export interface FlowLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Between the oldest and the newest, in offsets. */
  readonly maxSpan: number;
}

export interface PullerOptions {
  readonly core: ClientCore;
  readonly group: string;
  readonly offsets: OffsetStore;
  readonly limits: FlowLimits;
  /** Messages of one pull. */
  readonly batchSize: number;
  /** What the group wants of the topic now; undefined when it does not any more. */
  readonly subscription: (topic: string) => SubscriptionData | undefined;
  readonly onMessages: (puller: QueuePuller, messages: readonly ReceivedMessage[]) => void;
  /** The queue is to be given up and taken anew, from the offset that was noted. */
  readonly onOffsetIllegal: (puller: QueuePuller) => void;
}

/** How long a broker holds a pull that finds nothing. */
const SUSPEND_MS = 15_000;
const PULL_TIMEOUT_MS = 30_000;
const FLOW_CONTROL_MS = 50;
const FAILURE_PAUSE_MS = 1_000;
const BROKER_FLOW_CONTROL_MS = 20;

export class QueuePuller {
  readonly queue: MessageQueue;
  readonly pending = new ProcessQueue();
  readonly #options: PullerOptions;
  readonly #stop = new AbortController();
  #nextOffset: number;
  #brokerId = 0;

  constructor(queue: MessageQueue, nextOffset: number, options: PullerOptions) {
    this.queue = queue;
    this.#nextOffset = nextOffset;
    this.#options = options;
  }

  /** Whether the queue was given up: what it brought must not be consumed or committed any more. */
  get isDropped(): boolean {
    return this.#stop.signal.aborted;
  }

  drop(): void {
    this.#stop.abort();
  }

  /** Pulls until the queue is dropped. Never rejects. */
  async run(): Promise<void> {
    const { core } = this.#options;
    while (!this.isDropped) {
      const pauseMs = this.#isFull() ? FLOW_CONTROL_MS : await this.#pullOnce();
      if (pauseMs > 0 && !this.isDropped) await delay(core.timers, pauseMs, this.#stop.signal);
    }
  }

  #isFull(): boolean {
    const { maxMessages, maxBytes, maxSpan } = this.#options.limits;
    const { count, bytes, span } = this.pending;
    return count > maxMessages || bytes > maxBytes || span > maxSpan;
  }

  /** @returns how long to wait before the next pull, in milliseconds */
  async #pullOnce(): Promise<number> {
    const { core, subscription } = this.#options;
    const wanted = subscription(this.queue.topic);
    if (wanted === undefined) return FAILURE_PAUSE_MS;
    try {
      const route = await core.route(this.queue.topic);
      const address =
        route === undefined ? undefined : readAddress(route, this.queue.brokerName, this.#brokerId);
      if (address === undefined) {
        await core.refreshRoute(this.queue.topic);
        return FAILURE_PAUSE_MS;
      }
      const reply = await core.remoting.invoke(address, pullMessage, this.#header(wanted), {
        timeoutMs: PULL_TIMEOUT_MS,
      });
      return this.isDropped ? 0 : await this.#onReply(reply, address, wanted);
    } catch (error) {
      const { topic, queueId } = this.queue;
      if (!this.isDropped) core.log.warn({ topic, queueId, err: toError(error) }, 'pull failed');
      return FAILURE_PAUSE_MS;
    }
  }

  #header(wanted: SubscriptionData) {
    const { group, offsets, batchSize } = this.#options;
    const { topic, queueId, brokerName } = this.queue;
    const commitOffset = offsets.known(this.queue) ?? 0;
    const commits = commitOffset > 0 && this.#brokerId === 0 ? PullSysFlag.commitOffset : 0;
    return {
      consumerGroup: group,
      topic,
      queueId,
      queueOffset: this.#nextOffset,
      maxMsgNums: batchSize,
      sysFlag: PullSysFlag.suspend | commits,
      commitOffset,
      suspendTimeoutMillis: SUSPEND_MS,
      subVersion: wanted.subVersion,
      expressionType: wanted.expressionType,
      bname: brokerName,
    };
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
        this.#advance(reply);
        this.#options.offsets.update(this.queue, this.#nextOffset, true);
        this.#options.onOffsetIllegal(this);
        return 0;
      case ResponseCode.FLOW_CONTROL:
        return BROKER_FLOW_CONTROL_MS;
      default:
        throw brokerRefused(address, reply.code, reply.remark);
    }
  }

  async #onFound(reply: Reply<typeof pullMessage>, wanted: SubscriptionData): Promise<void> {
    const messages: ReceivedMessage[] = [];
    for (const stored of decodeRecords(reply.body ?? Buffer.alloc(0))) {
      // The broker compares hash codes of tags only.
      if (!isTagWanted(wanted, stored.properties[PropertyName.tags])) continue;
      const body = await decompress(stored.body, stored.sysFlag);
      messages.push(receivedMessage(stored, body, this.queue.brokerName));
    }
    if (this.isDropped) return;
    if (messages.length > 0) {
      this.pending.add(messages);
      this.#options.onMessages(this, messages);
    }
    this.#advance(reply);
  }

  /** Goes on where the broker says; with nothing left to consume the group is as far as that. */
  #advance(reply: Reply<typeof pullMessage>): void {
    const { nextBeginOffset, suggestWhichBrokerId } = reply.fields;
    this.#nextOffset = nextBeginOffset;
    this.#brokerId = suggestWhichBrokerId;
    if (this.pending.count === 0) this.#options.offsets.update(this.queue, nextBeginOffset);
  }
}
