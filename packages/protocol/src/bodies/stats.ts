import { bodyOf } from './body.ts';
import { messageQueue } from './message-queue.ts';
import {
  defaulted,
  float64,
  int64,
  list,
  mapOf,
  objectMapOf,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** Ends of one queue, in messages. Source: TopicOffset.java. */
export type TopicOffset = TypeOf<typeof topicOffset>;
const topicOffset = struct({
  /** When the last message was stored, ms since 1970, 0 for none. */
  lastUpdateTimestamp: defaulted(int64, 0),
  maxOffset: defaulted(int64, 0),
  minOffset: defaulted(int64, 0),
});

/** Ends of all queues of a topic. Source: TopicStatsTable.java. */
export type TopicStatsTable = TypeOf<typeof topicStatsTable>;
const topicStatsTable = struct({
  offsetTable: defaulted(objectMapOf(messageQueue, topicOffset), []),
  /** 5.x. */
  topicPutTps: optional(float64),
});
export const { parse: parseTopicStatsTable, print: printTopicStatsTable } = bodyOf(
  'TopicStatsTable',
  topicStatsTable,
);

/** How far a group is in one queue, in messages. Source: OffsetWrapper.java. */
export type OffsetWrapper = TypeOf<typeof offsetWrapper>;
const offsetWrapper = struct({
  brokerOffset: defaulted(int64, 0),
  consumerOffset: defaulted(int64, 0),
  /** When the last consumed message was stored, ms since 1970, 0 for none. */
  lastTimestamp: defaulted(int64, 0),
  /** 5.x. */
  pullOffset: optional(int64),
});

/** How far a group is. Source: ConsumeStats.java. */
export type ConsumeStats = TypeOf<typeof consumeStats>;
const consumeStats = struct({
  consumeTps: defaulted(float64, 0),
  offsetTable: defaulted(objectMapOf(messageQueue, offsetWrapper), []),
});
export const { parse: parseConsumeStats, print: printConsumeStats } = bodyOf(
  'ConsumeStats',
  consumeStats,
);

/** How far all groups of a broker are. Source: ConsumeStatsList.java. */
export type ConsumeStatsList = TypeOf<typeof consumeStatsList>;
const consumeStatsList = struct({
  brokerAddr: optional(text),
  /** Each element is a map with one group, whose topics follow. */
  consumeStatsList: defaulted(list(mapOf(list(consumeStats))), []),
  totalDiff: defaulted(int64, 0),
  /** 5.x. */
  totalInflightDiff: optional(int64),
});
export const { parse: parseConsumeStatsList, print: printConsumeStatsList } = bodyOf(
  'ConsumeStatsList',
  consumeStatsList,
);

/** One counter over one span. Source: BrokerStatsItem.java. */
export type BrokerStatsItem = TypeOf<typeof brokerStatsItem>;
const brokerStatsItem = struct({
  /** Sum divided by the number of calls. */
  avgpt: defaulted(float64, 0),
  sum: defaulted(int64, 0),
  /** A second. */
  tps: defaulted(float64, 0),
});

/** Source: BrokerStatsData.java. */
export type BrokerStatsData = TypeOf<typeof brokerStatsData>;
const brokerStatsData = struct({
  statsDay: optional(brokerStatsItem),
  statsHour: optional(brokerStatsItem),
  statsMinute: optional(brokerStatsItem),
});
export const { parse: parseBrokerStatsData, print: printBrokerStatsData } = bodyOf(
  'BrokerStatsData',
  brokerStatsData,
);
