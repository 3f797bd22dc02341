/** What a broker keeps about topics and groups, under Apache's field names. */

/** Says whether two tables are the same without comparing them. Source: DataVersion.java. */
export interface DataVersion {
  /** Changes since the table was made. */
  readonly counter: number;
  /** When the last change was made, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** The controller's epoch (5.x); 0 without a controller. */
  readonly stateVersion: number;
}

/** Source: TopicConfig.java. */
export interface TopicConfig {
  readonly topicName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** Bits: 4 read, 2 write, 1 inherit. */
  readonly perm: number;
  /** `SINGLE_TAG` or `MULTI_TAG`. */
  readonly topicFilterType: string;
  /** Bits: 1 unit, 2 unit subscription. */
  readonly topicSysFlag: number;
  readonly order: boolean;
  /** 5.x: `message.type`, `queue.type`, `cleanup.policy`, `reserve.time`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** When a message that was not consumed comes again (5.x). Source: GroupRetryPolicy.java. */
export interface GroupRetryPolicy {
  /** `CUSTOMIZED` or `EXPONENTIAL`. */
  readonly type: string;
  /** Waits before each further attempt, in milliseconds. */
  readonly customizedRetryPolicy?: { readonly next: readonly number[] };
  /** First and longest wait in milliseconds, and the factor between two. */
  readonly exponentialRetryPolicy?: {
    readonly initial: number;
    readonly max: number;
    readonly multiplier: number;
  };
}

/** A subscription that an administrator fixed for a group (5.x). Source: SimpleSubscriptionData.java. */
export interface SimpleSubscription {
  readonly topic: string;
  readonly expressionType: string;
  readonly expression: string;
  readonly version: number;
}

/** Source: SubscriptionGroupConfig.java. */
export interface SubscriptionGroupConfig {
  readonly groupName: string;
  readonly consumeEnable: boolean;
  readonly consumeFromMinEnable: boolean;
  readonly consumeBroadcastEnable: boolean;
  readonly consumeMessageOrderly: boolean;
  readonly consumeTimeoutMinute: number;
  readonly retryQueueNums: number;
  readonly retryMaxTimes: number;
  readonly groupRetryPolicy: GroupRetryPolicy;
  readonly brokerId: number;
  readonly whichBrokerWhenConsumeSlowly: number;
  readonly notifyConsumerIdsChangedEnable: boolean;
  readonly groupSysFlag: number;
  readonly subscriptionDataSet?: readonly SimpleSubscription[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** A table that nobody changed yet. */
export const INITIAL_VERSION: DataVersion = { counter: 0, timestamp: 0, stateVersion: 0 };

/** The version after a change at `now`. */
export function nextVersion(version: DataVersion, now: number): DataVersion {
  return { ...version, counter: version.counter + 1, timestamp: now };
}

/** A topic with Apache's defaults where nothing is said. */
export function topicConfig(topicName: string, given: Partial<TopicConfig> = {}): TopicConfig {
  return {
    topicName,
    readQueueNums: 16,
    writeQueueNums: 16,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
    ...given,
  };
}

/** A group with Apache's defaults where nothing is said. */
export function groupConfig(
  groupName: string,
  given: Partial<SubscriptionGroupConfig> = {},
): SubscriptionGroupConfig {
  return {
    groupName,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    consumeTimeoutMinute: 15,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    groupSysFlag: 0,
    attributes: {},
    ...given,
  };
}
