import type { JsonValue } from '../fast-json/index.ts';
import { bodyOf } from './body.ts';
import { dataVersion } from './data-version.ts';
import { type MessageQueue, messageQueue } from './message-queue.ts';
import {
  defaulted,
  type Entries,
  int32,
  int64,
  intMapOf,
  list,
  mapOf,
  objectMapOf,
  optional,
  type Shape,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** Offsets of all groups: `topic@group` to queue id to offset. Source: ConsumerOffsetSerializeWrapper.java. */
export type ConsumerOffsetSerializeWrapper = TypeOf<typeof consumerOffsets>;
const consumerOffsets = struct({
  /** 5.x. */
  dataVersion: optional(dataVersion),
  /** 5.x, derived: group to topics. */
  groupTopicMap: optional(mapOf(list(text))),
  offsetTable: defaulted(mapOf(intMapOf(int64)), new Map()),
  /** 5.x. */
  pullOffsetTable: optional(mapOf(intMapOf(int64))),
});
export const {
  parse: parseConsumerOffsetSerializeWrapper,
  print: printConsumerOffsetSerializeWrapper,
} = bodyOf('ConsumerOffsetSerializeWrapper', consumerOffsets);

/** Delay level, from 1, to the next offset of its queue. Source: DelayOffsetSerializeWrapper.java. */
export type DelayOffsetSerializeWrapper = TypeOf<typeof delayOffsets>;
const delayOffsets = struct({
  /** 5.x. */
  dataVersion: optional(dataVersion),
  offsetTable: defaulted(intMapOf(int64), new Map()),
});
export const { parse: parseDelayOffsetSerializeWrapper, print: printDelayOffsetSerializeWrapper } =
  bodyOf('DelayOffsetSerializeWrapper', delayOffsets);

/** Offsets by queue, as a map or as the list that C++ clients get. */
const offsetListItem = struct({ brokerName: text, offset: int64, queueId: int32, topic: text });
const offsetMap = objectMapOf(messageQueue, int64);
const offsetList = list(offsetListItem);
const offsetMapOrList: Shape<Entries<MessageQueue, number>> = {
  read(value: JsonValue) {
    if (!Array.isArray(value)) return offsetMap.read(value);
    return offsetList.read(value).map(({ offset, ...queue }) => [queue, offset]);
  },
  write: (value) => offsetMap.write(value),
};

/**
 * Where consumers go on. Go clients read it by its exact spelling. Source: ResetOffsetBody.java,
 * ResetOffsetBodyForC.java (read by the same reader).
 */
export type ResetOffsetBody = TypeOf<typeof resetOffsetBody>;
const resetOffsetBody = struct({ offsetTable: defaulted(offsetMapOrList, []) });
export const { parse: parseResetOffsetBody, print: printResetOffsetBody } = bodyOf(
  'ResetOffsetBody',
  resetOffsetBody,
);

/** The same for C++ clients. Source: ResetOffsetBodyForC.java. */
export type ResetOffsetBodyForC = TypeOf<typeof resetOffsetBodyForC>;
const resetOffsetBodyForC = struct({ offsetTable: defaulted(offsetList, []) });
export const { parse: parseResetOffsetBodyForC, print: printResetOffsetBodyForC } = bodyOf(
  'ResetOffsetBodyForC',
  resetOffsetBodyForC,
);

/** How far the clients of a group are. Source: GetConsumerStatusBody.java. */
export type GetConsumerStatusBody = TypeOf<typeof getConsumerStatus>;
const getConsumerStatus = struct({
  /** Client id to its queues. */
  consumerTable: defaulted(mapOf(offsetMap), new Map()),
  /** Of the one client that was asked. */
  messageQueueTable: defaulted(offsetMap, []),
});
export const { parse: parseGetConsumerStatusBody, print: printGetConsumerStatusBody } = bodyOf(
  'GetConsumerStatusBody',
  getConsumerStatus,
);

/** Queue id to offset; 2^63 means that nothing is to be corrected. Source: QueryCorrectionOffsetBody.java. */
export type QueryCorrectionOffsetBody = TypeOf<typeof queryCorrectionOffset>;
const queryCorrectionOffset = struct({ correctionOffsets: defaulted(intMapOf(int64), new Map()) });
export const { parse: parseQueryCorrectionOffsetBody, print: printQueryCorrectionOffsetBody } =
  bodyOf('QueryCorrectionOffsetBody', queryCorrectionOffset);

/** Body of messages in OFFSET_MOVED_EVENT (4.9). Source: OffsetMovedEvent.java. */
export type OffsetMovedEvent = TypeOf<typeof offsetMovedEvent>;
const offsetMovedEvent = struct({
  consumerGroup: text,
  messageQueue,
  offsetNew: int64,
  offsetRequest: int64,
});
export const { parse: parseOffsetMovedEvent, print: printOffsetMovedEvent } = bodyOf(
  'OffsetMovedEvent',
  offsetMovedEvent,
);
