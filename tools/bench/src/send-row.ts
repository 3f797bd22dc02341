import { encodeBatchBody, RequestCode } from '@orbitmq/protocol';
import { build, type Histogram } from 'hdr-histogram-js';
import type { Target } from './brokers.ts';
import { runLoop } from './load-loop.ts';
import { cpuMeter, type Measured, measured } from './measured.ts';
import { CommitFrames, type RequestFrame, requestFrame } from './request-frame.ts';

export const QUEUES = 4;
/** Of an ordinary message, encoded. */
export const SEND_PROPERTIES =
  'UNIQ_KEY\u00010A00000510E118B4AAC2648C00950007\u0002WAIT\u0001true\u0002TAGS\u0001TagA';
const GROUP = 'PID_bench';
/** What makes a message more than an ordinary one. */
const KIND_PROPERTIES = {
  ordinary: '',
  delayed: '\u0002DELAY\u00011',
  transaction: `\u0002TRAN_MSG\u0001true\u0002PGROUP\u0001${GROUP}`,
};
const TRANSACTION_PREPARED = 4;
/** Longer than any fill takes. */
const FILL_TIMEOUT_MS = 600_000;

/** One way of sending: so many requests of each connection are always under way. */
export interface SendLoad {
  readonly bodyBytes: number;
  readonly connections: number;
  readonly window: number;
  /** What kind of message; an ordinary one when absent. */
  readonly kind?: 'delayed' | 'transaction' | undefined;
}

/** Sends for `warmUpMs`, then measures for `measureMs`. */
export async function measureSends(
  load: SendLoad,
  broker: Target,
  times: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<Measured> {
  const latencies: Histogram = build({ numberOfSignificantValueDigits: 3 });
  const measureFromMs = performance.now() + times.warmUpMs;
  const endMs = measureFromMs + times.measureMs;
  let used = cpuMeter(broker);
  const timer = setTimeout(() => {
    used = cpuMeter(broker);
  }, times.warmUpMs);
  const { port } = broker;
  const { window } = load;
  const { kind } = load;
  const frames = singleSends(load.bodyBytes, {
    properties: SEND_PROPERTIES + KIND_PROPERTIES[kind ?? 'ordinary'],
    isPrepared: kind === 'transaction',
  });
  const commits = kind === 'transaction' ? new CommitFrames(GROUP) : undefined;
  const followUp = commits && ((header: string) => commits.commitOf(header));
  const loops = Array.from({ length: load.connections }, () =>
    runLoop({ port, window, frames, latencies, measureFromMs, endMs, followUp }),
  );
  const results = await Promise.all(loops);
  clearTimeout(timer);
  const messages = results.reduce((sum, result) => sum + result.answered, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const elapsedMs = times.measureMs;
  return measured(broker, { messages, elapsedMs, cpuMs: used(), failed }, latencies);
}

export interface Fill {
  readonly topic: string;
  readonly queues: number;
  readonly messagesPerQueue: number;
  readonly bodyBytes: number;
  readonly batch: number;
}

/** Stores messages in batches, as fast as it goes. @throws when a send fails */
export async function fillQueues(fill: Fill, broker: Pick<Target, 'port'>): Promise<void> {
  const latencies = build({ numberOfSignificantValueDigits: 1 });
  const nowMs = performance.now();
  const loops = Array.from({ length: fill.queues }, (_, queueId) =>
    runLoop({
      port: broker.port,
      window: 8,
      frames: [batchSend(fill, queueId)],
      latencies,
      measureFromMs: nowMs,
      endMs: nowMs + FILL_TIMEOUT_MS,
      maxRequests: Math.ceil(fill.messagesPerQueue / fill.batch),
    }),
  );
  const results = await Promise.all(loops);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  if (failed > 0) throw new Error(`${failed} batches were refused while queues were filled`);
}

export interface SingleSends {
  readonly topic?: string | undefined;
  /** Encoded. */
  readonly properties?: string | undefined;
  /** The first half of a transaction. */
  readonly isPrepared?: boolean | undefined;
}

/** Sends of one message, to four queues in turn. */
export function singleSends(bodyBytes: number, options: SingleSends = {}): readonly RequestFrame[] {
  const { topic = 'BenchmarkSends', properties = SEND_PROPERTIES, isPrepared = false } = options;
  const body = Buffer.alloc(bodyBytes, 'x');
  const sysFlag = isPrepared ? TRANSACTION_PREPARED : 0;
  return Array.from({ length: QUEUES }, (_, queueId) =>
    requestFrame(
      RequestCode.SEND_MESSAGE_V2,
      sendFields({ topic, queueId, properties, isBatch: false, sysFlag }),
      body,
    ),
  );
}

/** A send of `batch` messages to one queue. */
export function batchSend(
  fill: Pick<Fill, 'topic' | 'bodyBytes' | 'batch'>,
  queueId: number,
): RequestFrame {
  const element = {
    flag: 0,
    body: Buffer.alloc(fill.bodyBytes, 'x'),
    properties: Buffer.from(SEND_PROPERTIES),
  };
  const fields = sendFields({
    topic: fill.topic,
    queueId,
    properties: '',
    isBatch: true,
    sysFlag: 0,
  });
  const body = encodeBatchBody(Array.from({ length: fill.batch }, () => element));
  return requestFrame(RequestCode.SEND_BATCH_MESSAGE, fields, body);
}

function sendFields(message: {
  readonly topic: string;
  readonly queueId: number;
  readonly properties: string;
  readonly isBatch: boolean;
  readonly sysFlag: number;
}): Record<string, string> {
  return {
    a: GROUP,
    b: message.topic,
    c: 'TBW102',
    d: String(QUEUES),
    e: String(message.queueId),
    f: String(message.sysFlag),
    g: String(Date.now()),
    h: '0',
    i: message.properties,
    j: '0',
    k: 'false',
    m: String(message.isBatch),
    n: 'broker-a',
  };
}
