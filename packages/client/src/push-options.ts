import { type ConsumerData, groupNameProblem } from '@orbitmq/protocol';
import { type AllocationStrategy, averagely } from './allocation.ts';
import { invalidArgument } from './client-error.ts';
import type { ClientOptions } from './client-options.ts';
import type { ConsumeHook } from './consume-hook.ts';
import {
  absentOrInRange,
  checkHasMethods,
  checkIsFunction,
  checkIsList,
  checkIsText,
  DAY_MS,
  flag,
  inRange,
  MAX_INT,
  MIN_PERIOD_MS,
  oneOf,
} from './option-checks.ts';
import { type ConsumeFrom, checkConsumeFrom } from './start-offset.ts';

/** `clustering`: members of a group share the queues; `broadcasting`: each gets every message. */
export type MessageModel = 'clustering' | 'broadcasting';

export interface PushConsumerOptions extends ClientOptions {
  readonly group: string;
  /** `clustering` when absent. */
  readonly messageModel?: MessageModel | undefined;
  /** Whether each queue's messages are consumed one after the other; false when absent. */
  readonly isOrderly?: boolean | undefined;
  /** `last` when absent. */
  readonly consumeFrom?: ConsumeFrom | undefined;
  /** Listeners that run at the same time, 1 to 1000; 20 when absent. */
  readonly concurrency?: number | undefined;
  /** Messages of one pull, 1 to 1024; 32 when absent. */
  readonly pullBatchSize?: number | undefined;
  /** Messages of a queue that were pulled and wait, 1 to 65 535; 1000 when absent. */
  readonly maxPendingMessages?: number | undefined;
  /** Their bytes; 100 MiB when absent. */
  readonly maxPendingBytes?: number | undefined;
  /** Between the first and the last of them, in offsets, 1 to 65 535; 2000 when absent. Not for orderly consumers. */
  readonly maxPendingSpan?: number | undefined;
  /** Messages of all queues together: each queue may have its part, at least one. Not bounded when absent. */
  readonly maxPendingMessagesInTotal?: number | undefined;
  readonly maxPendingBytesInTotal?: number | undefined;
  /**
   * Times a message comes again before it is dead. -1, the default, means the group's, 16; with an orderly
   * consumer it means without end.
   */
  readonly maxReconsumeTimes?: number | undefined;
  /** How long an orderly queue rests after a failure, 10 to 30 000 ms; 1000 when absent. */
  readonly suspendMs?: number | undefined;
  /** A listener that takes longer loses its messages: they come again elsewhere. 900 000 ms when absent. */
  readonly consumeTimeoutMs?: number | undefined;
  /** Members of a group must have the same; {@link averagely} when absent. */
  readonly allocation?: AllocationStrategy | undefined;
  /** How often queues are divided anew without cause, in milliseconds; 20 000 when absent. */
  readonly rebalanceMs?: number | undefined;
  /** How long `close()` waits for listeners, in milliseconds; 30 000 when absent. */
  readonly drainTimeoutMs?: number | undefined;
  /** Where a broadcasting consumer keeps its offsets; `~/.rocketmq_offsets` when absent. */
  readonly offsetsDirectory?: string | undefined;
  /** See every batch before and after its listener. */
  readonly consumeHooks?: readonly ConsumeHook[] | undefined;
}

export const MEBIBYTE = 1_048_576;
/** A message that keeps coming back does so 16 times, over some five hours. */
const DEFAULT_MAX_RECONSUME_TIMES = 16;
/** What Java says where it means without end. */
const WITHOUT_END = MAX_INT;

/** Options with what applies where they are absent. */
export interface PushSettings {
  readonly group: string;
  readonly isBroadcasting: boolean;
  readonly isOrderly: boolean;
  readonly consumeFrom: ConsumeFrom;
  readonly concurrency: number;
  readonly pullBatchSize: number;
  readonly maxPendingMessages: number;
  readonly maxPendingBytes: number;
  readonly maxPendingSpan: number;
  readonly maxPendingMessagesInTotal: number | undefined;
  readonly maxPendingBytesInTotal: number | undefined;
  readonly maxReconsumeTimes: number;
  readonly suspendMs: number;
  readonly consumeTimeoutMs: number;
  readonly allocation: AllocationStrategy;
  readonly rebalanceMs: number;
  readonly drainTimeoutMs: number;
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function pushSettings(options: PushConsumerOptions): PushSettings {
  const problem = groupNameProblem(options.group);
  if (problem !== undefined) throw invalidArgument(`group: ${problem}`);
  checkConsumeFrom(options.consumeFrom);
  const { messageModel = 'clustering', allocation = averagely } = options;
  const isOrderly = flag('isOrderly', options.isOrderly ?? false);
  checkIsFunction('allocation', allocation);
  checkIsText('offsetsDirectory', options.offsetsDirectory ?? '');
  checkIsList('consumeHooks', options.consumeHooks ?? [], (name, hook) => {
    checkHasMethods(name, hook, []);
  });
  const maxReconsumeTimes = inRange(
    'maxReconsumeTimes',
    options.maxReconsumeTimes ?? -1,
    -1,
    WITHOUT_END,
  );
  const unlimited = isOrderly ? WITHOUT_END : DEFAULT_MAX_RECONSUME_TIMES;
  return {
    group: options.group,
    isBroadcasting: isBroadcasting(messageModel),
    isOrderly,
    consumeFrom: options.consumeFrom ?? 'last',
    concurrency: inRange('concurrency', options.concurrency ?? 20, 1, 1_000),
    pullBatchSize: inRange('pullBatchSize', options.pullBatchSize ?? 32, 1, 1_024),
    maxPendingMessages: inRange(
      'maxPendingMessages',
      options.maxPendingMessages ?? 1_000,
      1,
      65_535,
    ),
    maxPendingBytes: inRange(
      'maxPendingBytes',
      options.maxPendingBytes ?? 100 * MEBIBYTE,
      1,
      1_024 * MEBIBYTE,
    ),
    maxPendingSpan: isOrderly
      ? Number.POSITIVE_INFINITY
      : inRange('maxPendingSpan', options.maxPendingSpan ?? 2_000, 1, 65_535),
    maxPendingMessagesInTotal: absentOrInRange(
      'maxPendingMessagesInTotal',
      options.maxPendingMessagesInTotal,
      1,
      MAX_INT,
    ),
    maxPendingBytesInTotal: absentOrInRange(
      'maxPendingBytesInTotal',
      options.maxPendingBytesInTotal,
      1,
      Number.MAX_SAFE_INTEGER,
    ),
    maxReconsumeTimes: maxReconsumeTimes < 0 ? unlimited : maxReconsumeTimes,
    suspendMs: inRange('suspendMs', options.suspendMs ?? 1_000, 10, 30_000),
    consumeTimeoutMs: inRange(
      'consumeTimeoutMs',
      options.consumeTimeoutMs ?? 900_000,
      1,
      WITHOUT_END,
    ),
    allocation,
    rebalanceMs: inRange('rebalanceMs', options.rebalanceMs ?? 20_000, MIN_PERIOD_MS, DAY_MS),
    drainTimeoutMs: inRange('drainTimeoutMs', options.drainTimeoutMs ?? 30_000, 0, DAY_MS),
  };
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function isBroadcasting(messageModel: MessageModel): boolean {
  return oneOf('messageModel', messageModel, ['clustering', 'broadcasting']) === 'broadcasting';
}

/** How brokers call it. */
export function consumeFromWhere(consumeFrom: ConsumeFrom): ConsumerData['consumeFromWhere'] {
  if (consumeFrom === 'first') return 'CONSUME_FROM_FIRST_OFFSET';
  return consumeFrom === 'last' ? 'CONSUME_FROM_LAST_OFFSET' : 'CONSUME_FROM_TIMESTAMP';
}

/** Settings by the names that Apache's consumer has for them, for administrators. */
export function javaSettings(settings: PushSettings): Record<string, string | number | boolean> {
  return {
    consumerGroup: settings.group,
    messageModel: settings.isBroadcasting ? 'BROADCASTING' : 'CLUSTERING',
    consumeFromWhere: consumeFromWhere(settings.consumeFrom),
    consumeThreadMin: settings.concurrency,
    consumeThreadMax: settings.concurrency,
    pullBatchSize: settings.pullBatchSize,
    pullThresholdForQueue: settings.maxPendingMessages,
    pullThresholdSizeForQueue: Math.ceil(settings.maxPendingBytes / MEBIBYTE),
    pullThresholdForTopic: settings.maxPendingMessagesInTotal ?? -1,
    maxReconsumeTimes: settings.maxReconsumeTimes,
    suspendCurrentQueueTimeMillis: settings.suspendMs,
    consumeTimeout: Math.ceil(settings.consumeTimeoutMs / 60_000),
  };
}
