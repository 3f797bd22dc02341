import { bodyOf } from './body.ts';
import { dataVersion } from './data-version.ts';
import {
  bool,
  defaulted,
  int32,
  list,
  mapOf,
  optional,
  struct,
  type TypeOf,
  text,
  textRecord,
} from './shape.ts';
import { topicQueueMappingDetail, topicQueueMappingInfo } from './topic-queue-mapping.ts';

const attributes = {
  /** `message.type`, `queue.type` and others; 5.x only: 4.x readers ignore it. */
  attributes: optional(textRecord),
};
const settings = {
  /** Whether messages with one key must keep their order although brokers come and go. */
  order: defaulted(bool, false),
  /** 4 read, 2 write, 1 inherit. */
  perm: defaulted(int32, 6),
  readQueueNums: defaulted(int32, 16),
  /** SINGLE_TAG or MULTI_TAG. */
  topicFilterType: defaulted(text, 'SINGLE_TAG'),
  topicName: text,
  /** 1 unit, 2 unit subscription. */
  topicSysFlag: defaulted(int32, 0),
  writeQueueNums: defaulted(int32, 16),
};

/** Source: TopicConfig.java. */
export type TopicConfig = TypeOf<typeof topicConfig>;
export const topicConfig = struct({ ...attributes, ...settings });
export const { parse: parseTopicConfig, print: printTopicConfig } = bodyOf(
  'TopicConfig',
  topicConfig,
);

/** Source: TopicConfigAndQueueMapping.java. */
export type TopicConfigAndQueueMapping = TypeOf<typeof topicConfigAndQueueMapping>;
const topicConfigAndQueueMapping = struct({
  ...attributes,
  mappingDetail: optional(topicQueueMappingDetail),
  ...settings,
});
export const { parse: parseTopicConfigAndQueueMapping, print: printTopicConfigAndQueueMapping } =
  bodyOf('TopicConfigAndQueueMapping', topicConfigAndQueueMapping);

/** Source: CreateTopicListRequestBody.java. */
export type CreateTopicListRequestBody = TypeOf<typeof createTopicList>;
const createTopicList = struct({ topicConfigList: list(topicConfig) });
export const { parse: parseCreateTopicListRequestBody, print: printCreateTopicListRequestBody } =
  bodyOf('CreateTopicListRequestBody', createTopicList);

/** All topics of a broker; the three mappings are 5.x. Source: TopicConfigAndMappingSerializeWrapper.java. */
export type TopicConfigSerializeWrapper = TypeOf<typeof topicConfigSerializeWrapper>;
export const topicConfigSerializeWrapper = struct({
  dataVersion: defaulted(dataVersion, { counter: 0, timestamp: 0 }),
  mappingDataVersion: optional(dataVersion),
  topicConfigTable: defaulted(mapOf(topicConfig), new Map()),
  topicQueueMappingDetailMap: optional(mapOf(topicQueueMappingDetail)),
  topicQueueMappingInfoMap: optional(mapOf(topicQueueMappingInfo)),
});
export const { parse: parseTopicConfigSerializeWrapper, print: printTopicConfigSerializeWrapper } =
  bodyOf('TopicConfigSerializeWrapper', topicConfigSerializeWrapper);
