import { bodyOf } from './body.ts';
import {
  bool,
  defaulted,
  int32,
  intMapOf,
  list,
  mapOf,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';
import { topicQueueMappingInfo } from './topic-queue-mapping.ts';

/** How many queues of a topic a broker has. Source: QueueData.java. */
export type QueueData = TypeOf<typeof queueData>;
const queueData = struct({
  brokerName: text,
  /** 4 read, 2 write, 1 inherit. */
  perm: int32,
  readQueueNums: int32,
  topicSysFlag: defaulted(int32, 0),
  writeQueueNums: int32,
});

/** Where a broker is. Source: BrokerData.java. */
export type BrokerData = TypeOf<typeof brokerData>;
const brokerData = struct({
  /** Broker id, 0 is the master, to host:port. */
  brokerAddrs: defaulted(intMapOf(text), new Map()),
  brokerName: text,
  cluster: optional(text),
  /** 5.x: a slave may stand in for its master. */
  enableActingMaster: optional(bool),
  /** 5.x. */
  zoneName: optional(text),
});

/** Which brokers serve a topic. Source: TopicRouteData.java. */
export type TopicRouteData = TypeOf<typeof topicRouteData>;
const topicRouteData = struct({
  brokerDatas: defaulted(list(brokerData), []),
  /** Broker address to its filter servers; empty since 4.3. */
  filterServerTable: defaulted(mapOf(list(text)), new Map()),
  /** `broker:queues;broker:queues` of order topics. */
  orderTopicConf: optional(text),
  queueDatas: defaulted(list(queueData), []),
  /** 5.x static topics: broker name to its mapping. */
  topicQueueMappingByBroker: optional(mapOf(topicQueueMappingInfo)),
});
/** Print with `strict` for clients from V4_9_4 on. */
export const { parse: parseTopicRouteData, print: printTopicRouteData } = bodyOf(
  'TopicRouteData',
  topicRouteData,
);

/** Source: ClusterInfo.java. */
export type ClusterInfo = TypeOf<typeof clusterInfo>;
const clusterInfo = struct({
  brokerAddrTable: defaulted(mapOf(brokerData), new Map()),
  /** Cluster to its broker names. */
  clusterAddrTable: defaulted(mapOf(list(text)), new Map()),
});
export const { parse: parseClusterInfo, print: printClusterInfo } = bodyOf(
  'ClusterInfo',
  clusterInfo,
);

/** Master and slaves of one broker name. Source: BrokerMemberGroup.java. */
export type BrokerMemberGroup = TypeOf<typeof brokerMemberGroup>;
export const brokerMemberGroup = struct({
  brokerAddrs: defaulted(intMapOf(text), new Map()),
  brokerName: text,
  cluster: optional(text),
});
const getBrokerMemberGroup = struct({ brokerMemberGroup: optional(brokerMemberGroup) });
/** Source: GetBrokerMemberGroupResponseBody.java. */
export type GetBrokerMemberGroupResponseBody = TypeOf<typeof getBrokerMemberGroup>;
export const {
  parse: parseGetBrokerMemberGroupResponseBody,
  print: printGetBrokerMemberGroupResponseBody,
} = bodyOf('GetBrokerMemberGroupResponseBody', getBrokerMemberGroup);
