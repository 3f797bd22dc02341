import { bodyOf } from './body.ts';
import { subscriptionData } from './heartbeat-data.ts';
import { messageQueue } from './message-queue.ts';
import {
  bool,
  defaulted,
  enumName,
  float64,
  int32,
  int64,
  list,
  mapOf,
  objectMapOf,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** State of one queue of a pulling consumer; times in ms since 1970. Source: ProcessQueueInfo.java. */
export type ProcessQueueInfo = TypeOf<typeof processQueueInfo>;
const processQueueInfo = struct({
  cachedMsgCount: defaulted(int32, 0),
  cachedMsgMaxOffset: defaulted(int64, 0),
  cachedMsgMinOffset: defaulted(int64, 0),
  cachedMsgSizeInMiB: defaulted(int32, 0),
  commitOffset: defaulted(int64, 0),
  /** Spelled so. */
  droped: defaulted(bool, false),
  lastConsumeTimestamp: defaulted(int64, 0),
  lastLockTimestamp: defaulted(int64, 0),
  lastPullTimestamp: defaulted(int64, 0),
  locked: defaulted(bool, false),
  transactionMsgCount: defaulted(int32, 0),
  transactionMsgMaxOffset: defaulted(int64, 0),
  transactionMsgMinOffset: defaulted(int64, 0),
  tryUnlockTimes: defaulted(int64, 0),
});

/** State of one queue of a popping consumer (5.x). Source: PopProcessQueueInfo.java. */
export type PopProcessQueueInfo = TypeOf<typeof popProcessQueueInfo>;
const popProcessQueueInfo = struct({
  droped: defaulted(bool, false),
  lastPopTimestamp: defaulted(int64, 0),
  waitAckCount: defaulted(int32, 0),
});

/** Rates a second and mean times in ms of one topic. Source: ConsumeStatus.java. */
export type ConsumeStatus = TypeOf<typeof consumeStatus>;
const consumeStatus = struct({
  consumeFailedMsgs: defaulted(int64, 0),
  consumeFailedTPS: defaulted(float64, 0),
  consumeOKTPS: defaulted(float64, 0),
  consumeRT: defaulted(float64, 0),
  pullRT: defaulted(float64, 0),
  pullTPS: defaulted(float64, 0),
});

/** What a consumer is doing. Source: ConsumerRunningInfo.java. */
export type ConsumerRunningInfo = TypeOf<typeof consumerRunningInfo>;
const consumerRunningInfo = struct({
  jstack: optional(text),
  /** 5.x. */
  mqPopTable: optional(objectMapOf(messageQueue, popProcessQueueInfo)),
  mqTable: defaulted(objectMapOf(messageQueue, processQueueInfo), []),
  /** Settings, and the keys PROP_*. */
  properties: defaulted(mapOf(text), new Map()),
  /** By topic. */
  statusTable: defaulted(mapOf(consumeStatus), new Map()),
  subscriptionSet: defaulted(list(subscriptionData), []),
  /** 5.x. */
  userConsumerInfo: optional(mapOf(text)),
});
export const { parse: parseConsumerRunningInfo, print: printConsumerRunningInfo } = bodyOf(
  'ConsumerRunningInfo',
  consumerRunningInfo,
);

/** In the order of Java's ordinals, which Go clients send. */
export const CONSUME_RESULTS = [
  'CR_SUCCESS',
  'CR_LATER',
  'CR_ROLLBACK',
  'CR_COMMIT',
  'CR_THROW_EXCEPTION',
  'CR_RETURN_NULL',
] as const;

/** How a consumer took one message. Source: ConsumeMessageDirectlyResult.java. */
export type ConsumeMessageDirectlyResult = TypeOf<typeof consumeMessageDirectlyResult>;
const consumeMessageDirectlyResult = struct({
  autoCommit: defaulted(bool, true),
  consumeResult: optional(enumName(CONSUME_RESULTS)),
  order: defaulted(bool, false),
  remark: optional(text),
  spentTimeMills: defaulted(int64, 0),
});
export const {
  parse: parseConsumeMessageDirectlyResult,
  print: printConsumeMessageDirectlyResult,
} = bodyOf('ConsumeMessageDirectlyResult', consumeMessageDirectlyResult);
