export {
  BrokerMetadata,
  type BrokerMetadataOptions,
  type ConsumerOffsetsItem,
  DATABASE_FILE,
} from './broker-metadata.ts';
export { MAX_CONSUMER_OFFSETS } from './consumer-offsets.ts';
export { DatabaseView } from './inspect-database.ts';
export { INITIAL_VERSION, nextVersion } from './model.ts';
export { type OffsetAhead, offsetsAhead, type QueueEnd } from './offsets-ahead.ts';
