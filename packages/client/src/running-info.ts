/** What a consumer tells administrators about itself. Source: DefaultMQPushConsumerImpl.java (consumerRunningInfo), ConsumerRunningInfo.java. */
import type { ConsumerRunningInfo, ProcessQueueInfo, SubscriptionData } from '@orbitmq/protocol';
import type { ConsumerStats } from './consumer-stats.ts';
import type { MessageQueue } from './message.ts';
import type { QueuePuller } from './queue-puller.ts';

const MEBIBYTE = 1_048_576;

/** State of a queue; times are milliseconds since the epoch, 0 for never. */
export interface QueueState {
  readonly puller: QueuePuller;
  readonly commitOffset: number;
  readonly isLocked: boolean;
  readonly lastLockMs: number;
  readonly lastConsumeMs: number;
}

export interface RunningState {
  readonly consumeType: 'CONSUME_PASSIVELY' | 'CONSUME_ACTIVELY';
  readonly isOrderly: boolean;
  readonly concurrency: number;
  /** When the consumer was started, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly nameServers: readonly string[];
  /** Settings by the names that Apache's consumer has for them. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly subscriptions: readonly SubscriptionData[];
  readonly queues: readonly QueueState[];
  readonly stats: ConsumerStats;
}

/** `PROP_CLIENT_VERSION`: the version whose behaviour this client has. */
const CLIENT_VERSION = 'V4_9_8';

export function runningInfoOf(state: RunningState): ConsumerRunningInfo {
  const properties = new Map<string, string>([
    ...Object.entries(state.settings).map(([name, value]) => [name, String(value)] as const),
    ['PROP_CLIENT_VERSION', CLIENT_VERSION],
    ['PROP_CONSUMEORDERLY', String(state.isOrderly)],
    ['PROP_CONSUMER_START_TIMESTAMP', String(state.startMs)],
    ['PROP_CONSUME_TYPE', state.consumeType],
    ['PROP_NAMESERVER_ADDR', state.nameServers.map((address) => `${address};`).join('')],
    ['PROP_THREADPOOL_CORE_SIZE', String(state.concurrency)],
  ]);
  return {
    mqTable: state.queues.map((queue) => [plainQueue(queue.puller.queue), queueInfoOf(queue)]),
    properties,
    statusTable: new Map(
      state.subscriptions.map(({ topic }) => [topic, state.stats.status(topic)]),
    ),
    subscriptionSet: state.subscriptions,
  };
}

function plainQueue({ brokerName, queueId, topic }: MessageQueue): MessageQueue {
  return { brokerName, queueId, topic };
}

function queueInfoOf(state: QueueState): ProcessQueueInfo {
  const { pending, lastPullMs, isStopped } = state.puller;
  const isEmpty = pending.count === 0;
  return {
    commitOffset: state.commitOffset,
    cachedMsgMinOffset: pending.firstOffset ?? 0,
    cachedMsgMaxOffset: isEmpty ? 0 : pending.maxOffset,
    cachedMsgCount: pending.count,
    cachedMsgSizeInMiB: Math.floor(pending.bytes / MEBIBYTE),
    transactionMsgMinOffset: 0,
    transactionMsgMaxOffset: 0,
    transactionMsgCount: 0,
    locked: state.isLocked,
    tryUnlockTimes: 0,
    lastLockTimestamp: state.lastLockMs,
    droped: isStopped,
    lastPullTimestamp: lastPullMs,
    lastConsumeTimestamp: state.lastConsumeMs,
  };
}
