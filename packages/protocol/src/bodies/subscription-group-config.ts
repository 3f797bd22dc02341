import { bodyOf } from './body.ts';
import { dataVersion } from './data-version.ts';
import { subscriptionData } from './heartbeat-data.ts';
import {
  bool,
  defaulted,
  int32,
  int64,
  list,
  mapOf,
  optional,
  struct,
  type TypeOf,
  text,
  textRecord,
} from './shape.ts';

/** When a message that was not consumed comes again (5.x). Source: GroupRetryPolicy.java. */
export type GroupRetryPolicy = TypeOf<typeof groupRetryPolicy>;
const groupRetryPolicy = struct({
  /** Waits before each further attempt, in milliseconds. */
  customizedRetryPolicy: optional(struct({ next: list(int64) })),
  /** First and longest wait in milliseconds, and the factor between two. */
  exponentialRetryPolicy: optional(
    struct({
      initial: defaulted(int64, 5000),
      max: defaulted(int64, 7_200_000),
      multiplier: defaulted(int64, 2),
    }),
  ),
  /** CUSTOMIZED or EXPONENTIAL. */
  type: defaulted(text, 'CUSTOMIZED'),
});

/** Source: SimpleSubscriptionData.java. */
export type SimpleSubscriptionData = TypeOf<typeof simpleSubscriptionData>;
const simpleSubscriptionData = struct({
  expression: defaulted(text, '*'),
  expressionType: defaulted(text, 'TAG'),
  topic: text,
  version: defaulted(int64, 0),
});

/** A consumer group as a broker keeps it; what is optional is 5.x. Source: SubscriptionGroupConfig.java. */
export type SubscriptionGroupConfig = TypeOf<typeof subscriptionGroupConfig>;
const subscriptionGroupConfig = struct({
  attributes: optional(textRecord),
  brokerId: defaulted(int64, 0),
  consumeBroadcastEnable: defaulted(bool, true),
  consumeEnable: defaulted(bool, true),
  consumeFromMinEnable: defaulted(bool, true),
  consumeMessageOrderly: optional(bool),
  consumeTimeoutMinute: optional(int32),
  groupName: text,
  groupRetryPolicy: optional(groupRetryPolicy),
  groupSysFlag: optional(int32),
  notifyConsumerIdsChangedEnable: defaulted(bool, true),
  retryMaxTimes: defaulted(int32, 16),
  retryQueueNums: defaulted(int32, 1),
  subscriptionDataSet: optional(list(simpleSubscriptionData)),
  whichBrokerWhenConsumeSlowly: defaulted(int64, 1),
});
export const { parse: parseSubscriptionGroupConfig, print: printSubscriptionGroupConfig } = bodyOf(
  'SubscriptionGroupConfig',
  subscriptionGroupConfig,
);

/** Source: SubscriptionGroupList.java. */
export type SubscriptionGroupList = TypeOf<typeof subscriptionGroupList>;
const subscriptionGroupList = struct({ groupConfigList: list(subscriptionGroupConfig) });
export const { parse: parseSubscriptionGroupList, print: printSubscriptionGroupList } = bodyOf(
  'SubscriptionGroupList',
  subscriptionGroupList,
);

/** All consumer groups of a broker. Source: SubscriptionGroupWrapper.java. */
export type SubscriptionGroupWrapper = TypeOf<typeof subscriptionGroupWrapper>;
const subscriptionGroupWrapper = struct({
  dataVersion: defaulted(dataVersion, { counter: 0, timestamp: 0 }),
  /** 5.x: group to topic to what is forbidden, 4 is reading. */
  forbiddenTable: optional(mapOf(mapOf(int32))),
  subscriptionGroupTable: defaulted(mapOf(subscriptionGroupConfig), new Map()),
});
export const { parse: parseSubscriptionGroupWrapper, print: printSubscriptionGroupWrapper } =
  bodyOf('SubscriptionGroupWrapper', subscriptionGroupWrapper);

/** Source: GroupForbidden.java. */
export type GroupForbidden = TypeOf<typeof groupForbidden>;
const groupForbidden = struct({ group: text, readable: optional(bool), topic: text });
export const { parse: parseGroupForbidden, print: printGroupForbidden } = bodyOf(
  'GroupForbidden',
  groupForbidden,
);

/** Source: QuerySubscriptionResponseBody.java. */
export type QuerySubscriptionResponseBody = TypeOf<typeof querySubscription>;
const querySubscription = struct({
  group: text,
  subscriptionData: optional(subscriptionData),
  topic: text,
});
export const {
  parse: parseQuerySubscriptionResponseBody,
  print: printQuerySubscriptionResponseBody,
} = bodyOf('QuerySubscriptionResponseBody', querySubscription);
