/**
 * State of the timer wheel (5.x).
 *
 * TimerCheckpoint, 56 bytes, as the body of GET_TIMER_CHECK_POINT:
 *
 *   offset size field
 *        0    8 lastReadTimeMs
 *        8    8 lastTimerLogFlushPos
 *       16    8 lastTimerQueueOffset
 *       24    8 masterTimerQueueOffset
 *       32    8 dataVersion.stateVersion
 *       40    8 dataVersion.timestamp, ms since 1970
 *       48    8 dataVersion.counter
 *
 * Source: TimerCheckpoint.java, TimerMetrics.java.
 */
import { readInt64, writeInt64 } from '@orbitmq/kernel';
import { bodyMalformed, bodyOf } from './body.ts';
import { type DataVersion, dataVersion } from './data-version.ts';
import { defaulted, int64, mapOf, optional, struct, type TypeOf } from './shape.ts';

export interface TimerCheckpoint {
  readonly lastReadTimeMs: number;
  readonly lastTimerLogFlushPos: number;
  readonly lastTimerQueueOffset: number;
  readonly masterTimerQueueOffset: number;
  readonly dataVersion: DataVersion;
}

const CHECKPOINT_BYTES = 56;
/** Without the data version, as 5.0 writes it. */
const CHECKPOINT_BYTES_WITHOUT_VERSION = 32;

/** @throws {RocketMqError} BODY_MALFORMED when it is too short */
export function parseTimerCheckpoint(body: Buffer | undefined): TimerCheckpoint {
  const bytes = body?.length ?? 0;
  if (body === undefined || bytes < CHECKPOINT_BYTES_WITHOUT_VERSION) {
    throw bodyMalformed('TimerCheckpoint', `it has ${bytes} bytes instead of ${CHECKPOINT_BYTES}`);
  }
  const hasVersion = bytes >= CHECKPOINT_BYTES;
  return {
    lastReadTimeMs: readInt64(body, 0),
    lastTimerLogFlushPos: readInt64(body, 8),
    lastTimerQueueOffset: readInt64(body, 16),
    masterTimerQueueOffset: readInt64(body, 24),
    dataVersion: {
      stateVersion: hasVersion ? readInt64(body, 32) : 0,
      timestamp: hasVersion ? readInt64(body, 40) : 0,
      counter: hasVersion ? readInt64(body, 48) : 0,
    },
  };
}

export function printTimerCheckpoint(checkpoint: TimerCheckpoint): Buffer {
  const body = Buffer.alloc(CHECKPOINT_BYTES);
  let position = writeInt64(body, checkpoint.lastReadTimeMs, 0);
  position = writeInt64(body, checkpoint.lastTimerLogFlushPos, position);
  position = writeInt64(body, checkpoint.lastTimerQueueOffset, position);
  position = writeInt64(body, checkpoint.masterTimerQueueOffset, position);
  position = writeInt64(body, checkpoint.dataVersion.stateVersion ?? 0, position);
  position = writeInt64(body, checkpoint.dataVersion.timestamp, position);
  writeInt64(body, checkpoint.dataVersion.counter, position);
  return body;
}

/** How many timer messages of a topic wait. Source: TimerMetrics.Metric. */
export type TimerMetric = TypeOf<typeof timerMetric>;
const timerMetric = struct({ count: defaulted(int64, 0), timeStamp: defaulted(int64, 0) });

/** By topic. Source: TimerMetrics.TimerMetricsSerializeWrapper. */
export type TimerMetricsSerializeWrapper = TypeOf<typeof timerMetrics>;
const timerMetrics = struct({
  dataVersion: optional(dataVersion),
  timingCount: defaulted(mapOf(timerMetric), new Map()),
});
export const {
  parse: parseTimerMetricsSerializeWrapper,
  print: printTimerMetricsSerializeWrapper,
} = bodyOf('TimerMetricsSerializeWrapper', timerMetrics);
