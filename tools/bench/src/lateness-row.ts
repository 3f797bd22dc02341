/** Messages that wait, sent at a rate: how long after their times they are stored, and received by pulls that wait. */
import { PropertyName, RecordField, recordPartsAt } from '@orbitmq/protocol';
import { build, type Histogram } from 'hdr-histogram-js';
import type { Target } from './brokers.ts';
import { runLoop } from './load-loop.ts';
import { cpuMeter } from './measured.ts';
import { pullQueue } from './pull-loop.ts';
import type { RequestFrame } from './request-frame.ts';
import { QUEUES, SEND_PROPERTIES, singleSends } from './send-row.ts';

export interface LatenessLoad {
  readonly name: string;
  /** `timer`: TIMER_DELIVER_MS. `level`: a delay level. */
  readonly kind: 'timer' | 'level';
  /** How long after the send a message is due; for levels what the level says. */
  readonly delayMs: number;
  /** So much longer at most, each message by chance: what is due at one time was sent at many. */
  readonly spreadMs: number;
  /** Times are rounded up to multiples of it: 1000 makes a second's messages due at one moment. */
  readonly roundMs: number;
}

export const LATENESS_LOADS: readonly LatenessLoad[] = [
  { name: 'timer, 3 s', kind: 'timer', delayMs: 3_000, spreadMs: 0, roundMs: 1 },
  { name: 'timer, 1.2 s', kind: 'timer', delayMs: 1_200, spreadMs: 0, roundMs: 1 },
  { name: 'timer, full seconds', kind: 'timer', delayMs: 2_000, spreadMs: 0, roundMs: 1_000 },
  { name: 'timer, 1 to 16 s', kind: 'timer', delayMs: 1_000, spreadMs: 15_000, roundMs: 1 },
  { name: 'delay level 2', kind: 'level', delayMs: 5_000, spreadMs: 0, roundMs: 1 },
];
const LEVEL_OF_5_S = '2';

export interface LatenessTimes {
  /** Messages a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Lateness {
  readonly sent: number;
  readonly received: number;
  /** Stored in their topic before their time. */
  readonly early: number;
  /** Sends that were refused. */
  readonly failed: number;
  /** Milliseconds from when messages were due until they were stored in their topic. */
  readonly stored: Histogram;
  /** The same until a pull brought them. */
  readonly pulled: Histogram;
  /** Of the broker, microseconds a message. */
  readonly cpuUsPerMessage: number;
}

const BODY_BYTES = 128;
const CONNECTIONS = 4;
/** More than a second's messages may be under way: a stall is to be seen, not to slow the load down. */
const WINDOW = 20_000;
/** Beyond it a body holds no time. */
const MAX_TIME_MS = 9_999_999_999_999;
/** Digits of milliseconds since the epoch; in JSON none like them stand before it. */
const TIME_PLACE = '2'.repeat(13);
/** How long after the last one is due messages are waited for. */
const GRACE_MS = 5_000;
const PULL_BATCH = 512;

/** @throws when the connection fails or a pull is refused */
export async function measureLateness(
  load: LatenessLoad,
  broker: Target,
  { rate, seconds }: LatenessTimes,
): Promise<Lateness> {
  const { port } = broker;
  // Of its own: what an earlier round left does not come again.
  const topic = `BenchmarkLateness${Date.now()}`;
  const ignored = build({ numberOfSignificantValueDigits: 1 });
  await makeTopic(topic, port);
  const stored = build({ numberOfSignificantValueDigits: 3 });
  const pulled = build({ numberOfSignificantValueDigits: 3 });
  let early = 0;
  const onRecords = (records: Buffer) => {
    const receivedMs = Date.now();
    for (let position = 0; position < records.length; ) {
      const { bodyStart, storeTimestampAt } = recordPartsAt(records, position);
      const dueMs = records.readDoubleBE(bodyStart);
      position += records.readInt32BE(position + RecordField.totalSize);
      if (dueMs > MAX_TIME_MS) continue;
      const lateMs = Number(records.readBigInt64BE(storeTimestampAt)) - dueMs;
      if (lateMs < 0) early++;
      stored.recordValue(Math.max(0, lateMs));
      pulled.recordValue(Math.max(0, Math.round(receivedMs - dueMs)));
    }
  };
  const used = cpuMeter(broker);
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const followUntilMs = endMs + load.delayMs + load.spreadMs + load.roundMs + GRACE_MS;
  const pulls = Array.from({ length: QUEUES }, (_, queueId) =>
    pullQueue({
      port,
      topic,
      queueId,
      batch: PULL_BATCH,
      latencies: ignored,
      onRecords,
      followUntilMs,
    }),
  );
  const sends = await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      runLoop({
        port,
        window: WINDOW,
        ratePerSecond: rate / CONNECTIONS,
        ...framesOf(load, topic),
        latencies: ignored,
        measureFromMs: startMs,
        endMs,
      }),
    ),
  );
  const came = await Promise.all(pulls);
  const sent = sends.reduce((sum, { answered }) => sum + answered, 0);
  return {
    sent,
    received: came.reduce((sum, count) => sum + count, 0) - QUEUES,
    early,
    failed: sends.reduce((sum, result) => sum + result.failed, 0),
    stored,
    pulled,
    cpuUsPerMessage: (used() * 1000) / Math.max(1, sent),
  };
}

/** With a message in each queue, which can be pulled from then on. */
async function makeTopic(topic: string, port: number): Promise<void> {
  const nowMs = performance.now();
  await runLoop({
    port,
    window: QUEUES,
    frames: singleSends(BODY_BYTES, { topic }),
    latencies: build({ numberOfSignificantValueDigits: 1 }),
    measureFromMs: nowMs,
    endMs: nowMs + GRACE_MS,
    maxRequests: QUEUES,
  });
}

/** Frames whose bodies begin with the time they are due at, as a double. */
function framesOf(load: LatenessLoad, topic: string) {
  const { kind, delayMs, spreadMs, roundMs } = load;
  const property =
    kind === 'timer'
      ? `${PropertyName.timerDeliverMs}\u0001${TIME_PLACE}`
      : `${PropertyName.delayLevel}\u0001${LEVEL_OF_5_S}`;
  const frames = singleSends(BODY_BYTES, {
    topic,
    properties: `${SEND_PROPERTIES}\u0002${property}`,
  });
  const timeAt = (frames[0] as RequestFrame).bytes.indexOf(TIME_PLACE);
  const prepare = ({ bytes }: RequestFrame) => {
    const wantedMs = Date.now() + delayMs + Math.floor(Math.random() * (spreadMs + 1));
    const dueMs = Math.ceil(wantedMs / roundMs) * roundMs;
    bytes.writeDoubleBE(dueMs, bytes.length - BODY_BYTES);
    if (kind === 'timer') bytes.write(String(dueMs), timeAt, 'latin1');
  };
  return { frames, prepare };
}
