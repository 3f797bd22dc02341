export * from './assignment.ts';
export * from './auth.ts';
export * from './batch-ack.ts';
export * from './check-rocksdb-cq-write-result.ts';
export * from './connections.ts';
export * from './consumer-running-info.ts';
export * from './controller.ts';
export { type DataVersion, parseDataVersion, printDataVersion } from './data-version.ts';
export {
  type CheckClientRequestBody,
  CONSUME_FROM_WHERE,
  CONSUME_TYPES,
  type ConsumerData,
  type HeartbeatData,
  MESSAGE_MODELS,
  type ProducerData,
  parseCheckClientRequestBody,
  parseHeartbeatData,
  printCheckClientRequestBody,
  printHeartbeatData,
  type SubscriptionData,
} from './heartbeat-data.ts';
export * from './lock-batch.ts';
export type { MessageQueue } from './message-queue.ts';
export * from './name-lists.ts';
export * from './offsets.ts';
export * from './query-consume-queue.ts';
export * from './query-consume-time-span.ts';
export * from './register-broker-body.ts';
export type { Entries } from './shape.ts';
export * from './stats.ts';
export * from './subscription-group-config.ts';
export * from './timer.ts';
export {
  type CreateTopicListRequestBody,
  parseCreateTopicListRequestBody,
  parseTopicConfig,
  parseTopicConfigAndQueueMapping,
  parseTopicConfigSerializeWrapper,
  printCreateTopicListRequestBody,
  printTopicConfig,
  printTopicConfigAndQueueMapping,
  printTopicConfigSerializeWrapper,
  type TopicConfig,
  type TopicConfigAndQueueMapping,
  type TopicConfigSerializeWrapper,
} from './topic-config.ts';
export {
  type LogicQueueMappingItem,
  parseTopicQueueMappingDetail,
  printTopicQueueMappingDetail,
  type TopicQueueMappingDetail,
  type TopicQueueMappingInfo,
} from './topic-queue-mapping.ts';
export {
  type BrokerData,
  type BrokerMemberGroup,
  type ClusterInfo,
  type GetBrokerMemberGroupResponseBody,
  parseClusterInfo,
  parseGetBrokerMemberGroupResponseBody,
  parseTopicRouteData,
  printClusterInfo,
  printGetBrokerMemberGroupResponseBody,
  printTopicRouteData,
  type QueueData,
  type TopicRouteData,
} from './topic-route-data.ts';
