export {
  BrokerMetadata,
  type BrokerMetadataOptions,
  type ConsumerOffsetsItem,
  DATABASE_FILE,
} from './broker-metadata.ts';
export { MAX_CONSUMER_OFFSETS } from './consumer-offsets.ts';
export {
  type DataVersion,
  type GroupRetryPolicy,
  groupConfig,
  INITIAL_VERSION,
  nextVersion,
  type SimpleSubscription,
  type SubscriptionGroupConfig,
  type TopicConfig,
  topicConfig,
} from './model.ts';
