/** Static topics of 5.x: logical queues that are mapped to queues of brokers. */
import { bodyOf } from './body.ts';
import {
  bool,
  defaulted,
  int32,
  int64,
  intMapOf,
  list,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** A stretch of a logical queue; times and offsets of -1 are open. Source: LogicQueueMappingItem.java. */
export type LogicQueueMappingItem = TypeOf<typeof logicQueueMappingItem>;
const logicQueueMappingItem = struct({
  bname: text,
  endOffset: defaulted(int64, -1),
  gen: defaulted(int32, 0),
  logicOffset: defaulted(int64, 0),
  queueId: int32,
  startOffset: defaulted(int64, 0),
  timeOfEnd: defaulted(int64, -1),
  timeOfStart: defaulted(int64, -1),
});

const common = {
  /** Broker that holds the mapping. */
  bname: text,
  /** Logical to physical queue id. */
  currIdMap: defaulted(intMapOf(int32), new Map()),
  dirty: defaulted(bool, false),
  epoch: defaulted(int64, 0),
};

/** Source: TopicQueueMappingInfo.java. */
export type TopicQueueMappingInfo = TypeOf<typeof topicQueueMappingInfo>;
export const topicQueueMappingInfo = struct({
  ...common,
  scope: optional(text),
  topic: text,
  totalQueues: defaulted(int32, 0),
});

/** Source: TopicQueueMappingDetail.java. */
export type TopicQueueMappingDetail = TypeOf<typeof topicQueueMappingDetail>;
export const topicQueueMappingDetail = struct({
  ...common,
  /** Logical queue id to its stretches, oldest first. */
  hostedQueues: optional(intMapOf(list(logicQueueMappingItem))),
  scope: optional(text),
  topic: text,
  totalQueues: defaulted(int32, 0),
});

export const { parse: parseTopicQueueMappingDetail, print: printTopicQueueMappingDetail } = bodyOf(
  'TopicQueueMappingDetail',
  topicQueueMappingDetail,
);
