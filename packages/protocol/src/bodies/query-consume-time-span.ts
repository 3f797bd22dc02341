import { bodyOf } from './body.ts';
import { messageQueue } from './message-queue.ts';
import { defaulted, int64, list, optional, struct, type TypeOf, text } from './shape.ts';

/**
 * Store times of one queue, in ms since 1970, -1 when unknown; the texts are the same times as
 * `yyyy-MM-dd#HH:mm:ss:SSS` in the broker's time zone. Source: QueueTimeSpan.java.
 */
export type QueueTimeSpan = TypeOf<typeof queueTimeSpan>;
const queueTimeSpan = struct({
  consumeTimeStamp: defaulted(int64, 0),
  consumeTimeStampStr: optional(text),
  /** How old the next message is, in ms; 0 when all are consumed. */
  delayTime: defaulted(int64, 0),
  maxTimeStamp: defaulted(int64, 0),
  maxTimeStampStr: optional(text),
  messageQueue: optional(messageQueue),
  minTimeStamp: defaulted(int64, 0),
  minTimeStampStr: optional(text),
});

/** Source: QueryConsumeTimeSpanBody.java. */
export type QueryConsumeTimeSpanBody = TypeOf<typeof queryConsumeTimeSpan>;
const queryConsumeTimeSpan = struct({ consumeTimeSpanSet: defaulted(list(queueTimeSpan), []) });
export const { parse: parseQueryConsumeTimeSpanBody, print: printQueryConsumeTimeSpanBody } =
  bodyOf('QueryConsumeTimeSpanBody', queryConsumeTimeSpan);
