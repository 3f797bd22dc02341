import { bodyOf } from './body.ts';
import { subscriptionData } from './heartbeat-data.ts';
import {
  bool,
  defaulted,
  int32,
  int64,
  list,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** One entry of a consume queue. Source: ConsumeQueueData.java. */
export type ConsumeQueueData = TypeOf<typeof consumeQueueData>;
const consumeQueueData = struct({
  bitMap: optional(text),
  /** Whether the group's filter lets it pass. */
  eval: defaulted(bool, false),
  extendDataJson: optional(text),
  msg: optional(text),
  physicOffset: defaulted(int64, 0),
  physicSize: defaulted(int32, 0),
  tagsCode: defaulted(int64, 0),
});

/** Source: QueryConsumeQueueResponseBody.java. */
export type QueryConsumeQueueResponseBody = TypeOf<typeof queryConsumeQueue>;
const queryConsumeQueue = struct({
  filterData: optional(text),
  maxQueueIndex: defaulted(int64, 0),
  minQueueIndex: defaulted(int64, 0),
  queueData: defaulted(list(consumeQueueData), []),
  subscriptionData: optional(subscriptionData),
});
export const {
  parse: parseQueryConsumeQueueResponseBody,
  print: printQueryConsumeQueueResponseBody,
} = bodyOf('QueryConsumeQueueResponseBody', queryConsumeQueue);
