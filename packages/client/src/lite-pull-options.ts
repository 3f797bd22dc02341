import { groupNameProblem } from '@orbitmq/protocol';
import { type AllocationStrategy, averagely } from './allocation.ts';
import { invalidArgument } from './client-error.ts';
import type { ClientOptions } from './client-options.ts';
import {
  checkIsFunction,
  checkIsText,
  DAY_MS,
  flag,
  inRange,
  MAX_INT,
  MIN_PERIOD_MS,
} from './option-checks.ts';
import { isBroadcasting, MEBIBYTE, type MessageModel } from './push-options.ts';
import { type ConsumeFrom, checkConsumeFrom } from './start-offset.ts';

export interface LitePullConsumerOptions extends ClientOptions {
  readonly group: string;
  /** `clustering` when absent. */
  readonly messageModel?: MessageModel | undefined;
  /** `last` when absent. */
  readonly consumeFrom?: ConsumeFrom | undefined;
  /** Whether a poll counts what earlier polls gave as consumed, and tells brokers. True when absent. */
  readonly commitsAutomatically?: boolean | undefined;
  /** How often brokers are told, at least 1000 ms; 5000 when absent. */
  readonly autoCommitMs?: number | undefined;
  /** Messages of one pull, and most that a poll gives, 1 to 1024; 10 when absent. */
  readonly pullBatchSize?: number | undefined;
  /** How long a poll waits when it is not told, in milliseconds; 5000 when absent. */
  readonly pollTimeoutMs?: number | undefined;
  /** Messages of a queue that were pulled and wait for a poll, 1 to 65 535; 1000 when absent. */
  readonly maxPendingMessages?: number | undefined;
  /** Their bytes; 100 MiB when absent. */
  readonly maxPendingBytes?: number | undefined;
  /** Messages of all queues that wait for a poll; 10 000 when absent. */
  readonly maxPendingMessagesInTotal?: number | undefined;
  /** Members of a group must have the same; {@link averagely} when absent. */
  readonly allocation?: AllocationStrategy | undefined;
  /** How often queues are divided anew without cause, in milliseconds; 20 000 when absent. */
  readonly rebalanceMs?: number | undefined;
  /** How often topics are looked at for new queues, in milliseconds; 30 000 when absent. */
  readonly topicCheckMs?: number | undefined;
  /** Where a broadcasting consumer keeps its offsets; `~/.rocketmq_offsets` when absent. */
  readonly offsetsDirectory?: string | undefined;
}

/** Options with what applies where they are absent. */
export interface LitePullSettings {
  readonly group: string;
  readonly isBroadcasting: boolean;
  readonly consumeFrom: ConsumeFrom;
  readonly commitsAutomatically: boolean;
  readonly autoCommitMs: number;
  readonly pullBatchSize: number;
  readonly pollTimeoutMs: number;
  readonly maxPendingMessages: number;
  readonly maxPendingBytes: number;
  readonly maxPendingMessagesInTotal: number;
  readonly allocation: AllocationStrategy;
  readonly rebalanceMs: number;
  readonly topicCheckMs: number;
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function litePullSettings(options: LitePullConsumerOptions): LitePullSettings {
  const problem = groupNameProblem(options.group);
  if (problem !== undefined) throw invalidArgument(`group: ${problem}`);
  checkConsumeFrom(options.consumeFrom);
  const { maxPendingMessages = 1_000, maxPendingBytes = 100 * MEBIBYTE } = options;
  const { allocation = averagely } = options;
  checkIsFunction('allocation', allocation);
  checkIsText('offsetsDirectory', options.offsetsDirectory ?? '');
  return {
    group: options.group,
    isBroadcasting: isBroadcasting(options.messageModel ?? 'clustering'),
    consumeFrom: options.consumeFrom ?? 'last',
    commitsAutomatically: flag('commitsAutomatically', options.commitsAutomatically ?? true),
    autoCommitMs: inRange('autoCommitMs', options.autoCommitMs ?? 5_000, 1_000, DAY_MS),
    pullBatchSize: inRange('pullBatchSize', options.pullBatchSize ?? 10, 1, 1_024),
    pollTimeoutMs: inRange('pollTimeoutMs', options.pollTimeoutMs ?? 5_000, 0, DAY_MS),
    maxPendingMessages: inRange('maxPendingMessages', maxPendingMessages, 1, 65_535),
    maxPendingBytes: inRange('maxPendingBytes', maxPendingBytes, 1, 1_024 * MEBIBYTE),
    maxPendingMessagesInTotal: inRange(
      'maxPendingMessagesInTotal',
      options.maxPendingMessagesInTotal ?? 10_000,
      1,
      MAX_INT,
    ),
    allocation,
    rebalanceMs: inRange('rebalanceMs', options.rebalanceMs ?? 20_000, MIN_PERIOD_MS, DAY_MS),
    topicCheckMs: inRange('topicCheckMs', options.topicCheckMs ?? 30_000, MIN_PERIOD_MS, DAY_MS),
  };
}
