import { boolKey, intKey, longKey, optionalTextKey, textKey } from '../key.ts';

/** Settings of a name server. Source: NamesrvConfig.java. */
export const namesrvKeys = {
  rocketmqHome: optionalTextKey('Install directory; nothing here needs one.', {
    from: {
      shown: 'environment variable ROCKETMQ_HOME',
      of: (machine) => machine.variables['ROCKETMQ_HOME'] ?? '',
    },
  }),
  kvConfigPath: textKey(
    {
      shown: '~/namesrv/kvConfig.json',
      of: (machine) => `${machine.homeDirectory}/namesrv/kvConfig.json`,
    },
    'Where KV entries are stored (JSON).',
    { effect: 'start' },
  ),
  configStorePath: textKey(
    {
      shown: '~/namesrv/namesrv.properties',
      of: (machine) => `${machine.homeDirectory}/namesrv/namesrv.properties`,
    },
    'Where updated configuration is written (set to the -c file when one is given).',
    { effect: 'start' },
  ),
  productEnvName: textKey('center', 'Environment name, informative.'),
  clusterTest: boolKey(
    false,
    'Use the test processor that answers routes from another name server (product environment).',
  ),
  orderMessageEnable: boolKey(false, 'Add ORDER_TOPIC_CONFIG to route answers.', {
    effect: 'live',
  }),
  configBlackList: textKey(
    'configBlackList;configStorePath;kvConfigPath',
    '; list of keys that cannot be changed remotely.',
    { effect: 'start' },
  ),
  returnOrderTopicConfigToBroker: boolKey(
    true,
    'Send the order KV back in the registration answer.',
    { effect: 'live' },
  ),
  clientRequestThreadPoolNums: intKey(8, 'Threads for route requests.'),
  defaultThreadPoolNums: intKey(16, 'Threads for other requests.'),
  clientRequestThreadPoolQueueCapacity: intKey(50_000, 'Queue of the route pool.'),
  defaultThreadPoolQueueCapacity: intKey(10_000, 'Queue of the default pool.'),
  scanNotActiveBrokerInterval: longKey(
    5000,
    'Ms between scans for dead brokers (4.9: fixed 10 s; brokers die after 120 s).',
    { effect: 'start', unit: 'ms' },
  ),
  unRegisterBrokerQueueCapacity: intKey(3000, 'Queue of batched unregistrations.'),
  supportActingMaster: boolKey(false, 'Let the lowest live id act as master in routes.', {
    effect: 'live',
  }),
  enableAllTopicList: boolKey(true, 'Answer code 206.', { effect: 'live' }),
  enableTopicList: boolKey(true, 'Answer topic list requests by cluster etc.', { effect: 'live' }),
  notifyMinBrokerIdChanged: boolKey(false, 'Push min-id changes to brokers.', { effect: 'live' }),
  enableControllerInNamesrv: boolKey(false, 'Run the controller inside.'),
  needWaitForService: boolKey(false, 'Refuse route requests for some time after start.', {
    effect: 'start',
  }),
  waitSecondsForService: intKey(45, 'How long.', { effect: 'start' }),
  deleteTopicWithBrokerRegistration: boolKey(false, 'Drop topics missing in a registration.', {
    effect: 'live',
  }),
} as const;
