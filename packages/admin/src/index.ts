export { AdminError, ClientCode, hasResponseCode } from './admin-error.ts';
export { BrokerAdmin } from './broker-admin.ts';
export {
  AdminCalls,
  type AdminCallsOptions,
  type CallOptions,
  DEFAULT_TIMEOUT_MS,
} from './calls.ts';
export { type BrokerProcess, brokersOf, ClusterAdmin } from './cluster-admin.ts';
export { GroupAdmin, type GroupProgress, type OffsetReset, totalDiff } from './group-admin.ts';
export { NameServerAdmin, ORDER_TOPIC_CONFIG } from './name-server-admin.ts';
export { escapeProperty, parseRawProperties } from './properties-text.ts';
export {
  brokerAddress,
  brokerAddresses,
  compareQueues,
  compareText,
  MASTER_ID,
  readQueues,
  writeQueues,
} from './routes.ts';
export { TopicAdmin } from './topic-admin.ts';
export { UniqueIds } from './unique-id.ts';
