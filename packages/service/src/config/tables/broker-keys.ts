import { boolKey, intKey, longKey, optionalTextKey, textKey } from '../key.ts';

/** Settings of a broker that 4.x has. Source: BrokerConfig.java. */
export const brokerKeys = {
  brokerName: textKey(
    { shown: 'host name', of: (machine) => machine.hostName },
    'Name of the master/slave group.',
    { effect: 'start', isImportant: true },
  ),
  brokerClusterName: textKey('DefaultCluster', 'Cluster.', { effect: 'start', isImportant: true }),
  brokerId: longKey(0, '0 master, > 0 slave (roles ASYNC/SYNC_MASTER force 0).', {
    effect: 'start',
    isImportant: true,
    min: 0,
  }),
  rocketmqHome: optionalTextKey(
    'Directory that holds conf/plain_acl.yml and conf/acl, with aclEnable.',
    {
      effect: 'start',
      from: {
        shown: 'environment variable ROCKETMQ_HOME',
        of: (machine) => machine.variables['ROCKETMQ_HOME'] ?? '',
      },
    },
  ),
  namesrvAddr: optionalTextKey('; list of name servers.', {
    effect: 'start',
    isImportant: true,
    from: {
      shown: 'environment variable NAMESRV_ADDR',
      of: (machine) => machine.variables['NAMESRV_ADDR'] ?? '',
    },
  }),
  brokerIP1: textKey(
    { shown: 'first address that is not a loopback', of: (machine) => machine.localAddress },
    'Address registered for clients and written as storeHost.',
    { effect: 'start', isImportant: true },
  ),
  brokerIP2: textKey(
    { shown: 'first address that is not a loopback', of: (machine) => machine.localAddress },
    'Address a slave uses for HA (registered as haServerAddr).',
    { effect: 'start' },
  ),
  brokerPermission: intKey(6, '6 read+write, 4 read only, 2 write only.', {
    effect: 'live',
    min: 0,
    max: 7,
  }),
  defaultTopicQueueNums: intKey(8, 'Queues of TBW102 and upper limit of auto-created topics.', {
    effect: 'live',
    min: 1,
  }),
  autoCreateTopicEnable: boolKey(true, 'Auto-create topics from TBW102.', {
    effect: 'live',
    isImportant: true,
  }),
  clusterTopicEnable: boolKey(true, 'Topic named like the cluster usable (perm 7).', {
    effect: 'start',
  }),
  brokerTopicEnable: boolKey(true, 'Topic named like the broker usable (perm 7).', {
    effect: 'start',
  }),
  autoCreateSubscriptionGroup: boolKey(true, 'Create groups on first use.', {
    effect: 'live',
    isImportant: true,
  }),
  messageStorePlugIn: textKey('', ', list of store plug-in classes.'),
  msgTraceTopicName: textKey('RMQ_SYS_TRACE_TOPIC', 'Trace topic.', {
    effect: 'start',
    isImportant: true,
  }),
  traceTopicEnable: boolKey(false, 'Create the trace topic at start.', {
    effect: 'start',
    isImportant: true,
  }),
  sendMessageThreadPoolNums: intKey(
    { shown: 'min(processors, 4)', of: (machine) => Math.min(machine.processors, 4) },
    'Send pool threads.',
  ),
  putMessageFutureThreadPoolNums: intKey(
    { shown: 'min(processors, 4)', of: (machine) => Math.min(machine.processors, 4) },
    'Threads completing async puts.',
  ),
  pullMessageThreadPoolNums: intKey(
    { shown: '16 + processors * 2', of: (machine) => 16 + machine.processors * 2 },
    'Pull pool.',
  ),
  processReplyMessageThreadPoolNums: intKey(
    { shown: '16 + processors * 2', of: (machine) => 16 + machine.processors * 2 },
    'Reply pool.',
  ),
  queryMessageThreadPoolNums: intKey(
    { shown: '8 + processors', of: (machine) => 8 + machine.processors },
    'Query pool.',
  ),
  adminBrokerThreadPoolNums: intKey(16, 'Admin pool.'),
  clientManageThreadPoolNums: intKey(32, 'Client management pool.'),
  consumerManageThreadPoolNums: intKey(32, 'Offset/consumer list pool.'),
  heartbeatThreadPoolNums: intKey(
    { shown: 'min(32, processors)', of: (machine) => Math.min(32, machine.processors) },
    'Heartbeat pool.',
  ),
  endTransactionThreadPoolNums: intKey(
    {
      shown: 'max(8 + processors * 2, sendMessageThreadprocessorsoolNums * 4)',
      of: (machine) => Math.max(8 + machine.processors * 2, Math.min(machine.processors, 4) * 4),
    },
    'End-transaction pool.',
  ),
  flushConsumerOffsetInterval: intKey(5000, 'Ms between writes of consumerOffset.json.', {
    effect: 'start',
    unit: 'ms',
  }),
  flushConsumerOffsetHistoryInterval: intKey(60_000, 'Unused.'),
  rejectTransactionMessage: boolKey(false, 'Refuse half messages (code 16).', {
    effect: 'live',
    isImportant: true,
  }),
  fetchNamesrvAddrByAddressServer: boolKey(false, 'Get name servers by HTTP.', {
    isImportant: true,
  }),
  sendThreadPoolQueueCapacity: intKey(10_000, 'Sends that wait for their answer at most.', {
    effect: 'start',
  }),
  putThreadPoolQueueCapacity: intKey(10_000, 'Put-future queue length.'),
  pullThreadPoolQueueCapacity: intKey(100_000, 'Pull queue length.', { effect: 'live' }),
  replyThreadPoolQueueCapacity: intKey(10_000, 'Reply queue.'),
  queryThreadPoolQueueCapacity: intKey(
    20_000,
    'Query queue; only shown, in the runtime information.',
    { effect: 'live' },
  ),
  clientManagerThreadPoolQueueCapacity: intKey(1_000_000, 'Client manage queue.'),
  consumerManagerThreadPoolQueueCapacity: intKey(1_000_000, 'Consumer manage queue.'),
  heartbeatThreadPoolQueueCapacity: intKey(50_000, 'Heartbeat queue.'),
  endTransactionPoolQueueCapacity: intKey(
    100_000,
    'End-transaction queue; only shown, in the runtime information.',
    { effect: 'live' },
  ),
  filterServerNums: intKey(0, 'Filter server processes to start.'),
  longPollingEnable: boolKey(true, 'Hold pulls without message.', { effect: 'live' }),
  shortPollingTimeMills: longKey(1000, 'Hold time when long polling is off.', { effect: 'live' }),
  notifyConsumerIdsChangedEnable: boolKey(true, 'Notify clients of group changes.', {
    effect: 'live',
  }),
  highSpeedMode: boolKey(false, 'Unused.'),
  commercialEnable: boolKey(true, 'Count for billing.'),
  commercialTimerCount: intKey(1, 'Billing factor.'),
  commercialTransCount: intKey(1, 'Billing factor.'),
  commercialBigCount: intKey(1, 'Billing factor.'),
  commercialBaseCount: intKey(1, 'Billing factor.'),
  transferMsgByHeap: boolKey(true, 'Copy messages to heap for pull answers (false: zero copy).'),
  maxDelayTime: intKey(40, 'Unused.'),
  regionId: textKey('DefaultRegion', 'Region put into messages (MSG_REGION).', { effect: 'start' }),
  registerBrokerTimeoutMills: intKey(6000, 'Timeout of registration. Apache 5.x: 24000.', {
    effect: 'live',
  }),
  slaveReadEnable: boolKey(false, 'Suggest slaves to slow consumers.', { effect: 'live' }),
  disableConsumeIfConsumerReadSlowly: boolKey(false, 'Disable groups that fall too far behind.', {
    effect: 'live',
  }),
  consumerFallbehindThreshold: longKey(17_179_869_184, 'Bytes for the former.', {
    effect: 'live',
    unit: 'bytes',
  }),
  brokerFastFailureEnable: boolKey(true, 'Drop requests waiting too long in queues (code 2).'),
  waitTimeMillsInSendQueue: longKey(200, 'Limit for send.'),
  waitTimeMillsInPullQueue: longKey(5000, 'Limit for pull.'),
  waitTimeMillsInHeartbeatQueue: longKey(31_000, 'Limit for heartbeat.'),
  waitTimeMillsInTransactionQueue: longKey(3000, 'Limit for end-transaction.'),
  startAcceptSendRequestTimeStamp: longKey(0, 'Refuse sends before this time (ms epoch).', {
    effect: 'live',
  }),
  traceOn: boolKey(true, 'TRACE_ON value in send answers.', { effect: 'live' }),
  enableCalcFilterBitMap: boolKey(false, 'Compute SQL filter bit maps into CQ ext.'),
  expectConsumerNumUseFilter: intKey(32, 'Bloom filter sizing.'),
  maxErrorRateOfBloomFilter: intKey(20, 'Bloom filter error %, 1–100.'),
  filterDataCleanTimeSpan: longKey(86_400_000, 'Keep dead filter data (ms).'),
  filterSupportRetry: boolKey(false, 'Filter retry messages too.', { effect: 'live' }),
  enablePropertyFilter: boolKey(false, 'Allow SQL92 subscriptions.', { effect: 'live' }),
  compressedRegister: boolKey(false, 'Compress registration body.', { effect: 'live' }),
  forceRegister: boolKey(true, 'Register although nothing changed.', { effect: 'live' }),
  registerNameServerPeriod: intKey(30_000, 'Ms between registrations, clamped 10000–60000.', {
    effect: 'start',
    unit: 'ms',
    min: 1,
  }),
  transactionTimeOut: longKey(6000, 'First check after ms.', { effect: 'live', isImportant: true }),
  transactionCheckMax: intKey(15, 'Max checks before discard.', {
    effect: 'live',
    isImportant: true,
  }),
  transactionCheckInterval: longKey(60_000, 'Ms between check rounds. Apache 5.x: 30000.', {
    effect: 'live',
    isImportant: true,
    unit: 'ms',
  }),
  aclEnable: boolKey(
    false,
    'ACL 1.0: requests are signed, accounts are those of conf/plain_acl.yml below rocketmqHome.',
    { effect: 'start', isImportant: true },
  ),
  storeReplyMessageEnable: boolKey(true, 'Store reply messages.', { effect: 'live' }),
  enableDetailStat: boolKey(true, 'Per-queue statistics.', { effect: 'start' }),
  autoDeleteUnusedStats: boolKey(
    false,
    'Remove statistics of deleted topics/groups. Apache 5.x: true.',
  ),
  isolateLogEnable: boolKey(false, 'Log directory <brokerName>_<brokerId>.', { effect: 'start' }),
  configBlackList: textKey(
    'configBlackList;brokerConfigPath',
    '; list of keys that cannot be changed remotely.',
    { effect: 'start' },
  ),
} as const;
