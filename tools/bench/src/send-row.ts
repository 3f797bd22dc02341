import { build, type Histogram } from 'hdr-histogram-js';
import { runClosedLoop } from './closed-loop.ts';
import { anonymousMib, cpuMs } from './process-usage.ts';
import { requestFrame } from './request-frame.ts';

const SEND_MESSAGE_V2 = 310;
const QUEUES = 4;

/** One way of sending. */
export interface SendRow {
  readonly name: string;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly window: number;
  readonly isSyncFlush: boolean;
}

export interface Measured {
  readonly perSecond: number;
  /** Of the broker, all threads, in microseconds. */
  readonly cpuUsPerMessage: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly anonymousMib: number;
  readonly failed: number;
}

/** Sends for `warmUpMs`, then measures for `measureMs`. */
export async function measureSends(
  row: SendRow,
  broker: { readonly port: number; readonly pid: number },
  times: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<Measured> {
  const latencies: Histogram = build({ numberOfSignificantValueDigits: 3 });
  const measureFromMs = performance.now() + times.warmUpMs;
  const endMs = measureFromMs + times.measureMs;
  let cpuStartMs = 0;
  const timer = setTimeout(() => {
    cpuStartMs = cpuMs(broker.pid);
  }, times.warmUpMs);
  const loops = Array.from({ length: row.connections }, () =>
    runClosedLoop({
      port: broker.port,
      window: row.window,
      frames: framesOf(row),
      latencies,
      measureFromMs,
      endMs,
    }),
  );
  const results = await Promise.all(loops);
  clearTimeout(timer);
  const usedMs = cpuMs(broker.pid) - cpuStartMs;
  const answered = results.reduce((sum, result) => sum + result.answered, 0);
  return {
    perSecond: (answered * 1000) / times.measureMs,
    cpuUsPerMessage: (usedMs * 1000) / Math.max(1, answered),
    p50Ms: latencies.getValueAtPercentile(50) / 1000,
    p99Ms: latencies.getValueAtPercentile(99) / 1000,
    anonymousMib: anonymousMib(broker.pid),
    failed: results.reduce((sum, result) => sum + result.failed, 0),
  };
}

function framesOf(row: SendRow) {
  const body = Buffer.alloc(row.bodyBytes, 'x');
  return Array.from({ length: QUEUES }, (_, queueId) =>
    requestFrame(SEND_MESSAGE_V2, sendFields(queueId), body),
  );
}

function sendFields(queueId: number): Record<string, string> {
  return {
    a: 'PID_bench',
    b: 'BenchmarkSends',
    c: 'TBW102',
    d: String(QUEUES),
    e: String(queueId),
    f: '0',
    g: String(Date.now()),
    h: '0',
    i: 'UNIQ_KEY\u00010A00000510E118B4AAC2648C00950007\u0002WAIT\u0001true\u0002TAGS\u0001TagA',
    j: '0',
    k: 'false',
    m: 'false',
    n: 'broker-a',
  };
}
