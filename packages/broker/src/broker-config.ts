/**
 * The settings a broker reads, under Apache's names; meanings and defaults are in the configuration
 * table of the service package, whose values fit. Live: a key that may change while the broker runs is
 * read at each use.
 */
export interface BrokerConfig {
  readonly brokerName: string;
  readonly brokerClusterName: string;
  readonly brokerId: number;
  readonly brokerIP1: string;
  readonly brokerIP2: string;
  readonly listenPort: number;
  readonly haListenPort: number;
  /** `;` or `,` separated `host:port`. */
  readonly namesrvAddr: string;
  readonly brokerPermission: number;
  readonly defaultTopicQueueNums: number;
  readonly autoCreateTopicEnable: boolean;
  readonly clusterTopicEnable: boolean;
  readonly brokerTopicEnable: boolean;
  readonly autoCreateSubscriptionGroup: boolean;
  readonly traceTopicEnable: boolean;
  readonly msgTraceTopicName: string;
  readonly traceOn: boolean;
  readonly regionId: string;
  readonly enablePropertyFilter: boolean;
  readonly longPollingEnable: boolean;
  readonly shortPollingTimeMills: number;
  readonly slaveReadEnable: boolean;
  readonly notifyConsumerIdsChangedEnable: boolean;
  readonly useServerSideResetOffset: boolean;
  readonly aclEnable: boolean;
  /** Holds `conf/plain_acl.yml`; empty when nobody said. */
  readonly rocketmqHome: string;
  readonly registerNameServerPeriod: number;
  readonly registerBrokerTimeoutMills: number;
  readonly sendThreadPoolQueueCapacity: number;
  readonly pullThreadPoolQueueCapacity: number;
  readonly queryThreadPoolQueueCapacity: number;
  readonly endTransactionPoolQueueCapacity: number;
  readonly litePullThreadPoolQueueCapacity: number;
  readonly ackThreadPoolQueueCapacity: number;
  readonly enableDetailStat: boolean;
  readonly enableScheduleMessageStats: boolean;
  readonly startAcceptSendRequestTimeStamp: number;
  readonly flushConsumerOffsetInterval: number;
  readonly storePathRootDir: string;
  readonly storePathCommitLog: string;
  readonly readOnlyCommitLogStorePaths: string;
  readonly enableDLegerCommitLog: boolean;
  readonly storeType: string;
  readonly enableConsumeQueueExt: boolean;
  readonly transientStorePoolEnable: boolean;
  readonly warmMapedFileEnable: boolean;
  readonly enableMultiDispatch: boolean;
  readonly enableLmq: boolean;
  readonly duplicationEnable: boolean;
  readonly enabledAppendPropCRC: boolean;
  readonly mappedFileSizeCommitLog: number;
  readonly mappedFileSizeConsumeQueue: number;
  readonly flushDiskType: string;
  readonly syncFlushTimeout: number;
  readonly flushIntervalCommitLog: number;
  readonly flushCommitLogTimed: boolean;
  readonly flushCommitLogLeastPages: number;
  readonly flushCommitLogThoroughInterval: number;
  readonly flushIntervalConsumeQueue: number;
  readonly flushConsumeQueueLeastPages: number;
  readonly flushConsumeQueueThoroughInterval: number;
  readonly cleanResourceInterval: number;
  readonly deleteCommitLogFilesInterval: number;
  readonly deleteConsumeQueueFilesInterval: number;
  readonly redeleteHangedFileInterval: number;
  readonly deleteWhen: string;
  readonly fileReservedTime: number;
  readonly diskMaxUsedSpaceRatio: number;
  readonly diskSpaceWarningLevelRatio: number;
  readonly diskSpaceCleanForciblyRatio: number;
  readonly cleanFileForciblyEnable: boolean;
  readonly deleteFileBatchMax: number;
  readonly messageIndexEnable: boolean;
  readonly maxHashSlotNum: number;
  readonly maxIndexNum: number;
  readonly maxMsgsNumBatch: number;
  readonly defaultQueryMaxNum: number;
  readonly maxMessageSize: number;
  readonly messageDelayLevel: string;
  readonly accessMessageInMemoryMaxRatio: number;
}
