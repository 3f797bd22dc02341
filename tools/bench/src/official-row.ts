/** The official benchmark producer as load generator: `org.apache.rocketmq.example.benchmark.Producer`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchPeer, jvmFlagsOf, runCommand } from '@orbitmq/interop/peers';
import type { Target } from './brokers.ts';
import { cpuMeter, type Measured, measured } from './measured.ts';

/** The only version that is published. */
const EXAMPLE_VERSION = '5.5.0';
const REPORT_MS = 2_000;

export interface OfficialLoad {
  readonly threads: number;
  readonly bodyBytes: number;
}

/** One line of the program's output. */
export interface Report {
  readonly perSecond: number;
  readonly averageMs: number;
  readonly failed: number;
}

/** The program's report lines. Source: what `Producer` of 5.5.0 prints. */
export function parseReports(output: string): readonly Report[] {
  const line =
    /Send TPS: (\d+) \| Max RT\(ms\): \d+ \| Average RT\(ms\): +([\d.]+) \| Send Failed: (\d+) \| Response Failed: (\d+)/g;
  return [...output.matchAll(line)].map(([, tps, average, sendFailed, responseFailed]) => ({
    perSecond: Number(tps),
    averageMs: Number(average),
    failed: Number(sendFailed) + Number(responseFailed),
  }));
}

/**
 * Runs the program for `warmUpMs + measureMs`; the JVM's own warm-up is part of the first.
 *
 * @throws when it prints no report of the time that counts
 */
export async function measureOfficialProducer(
  load: OfficialLoad,
  broker: Target,
  times: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<Measured> {
  const peer = await fetchPeer(EXAMPLE_VERSION);
  const home = await mkdtemp(join(tmpdir(), 'orbitmq-bench-producer-'));
  let used = cpuMeter(broker);
  const timer = setTimeout(() => {
    used = cpuMeter(broker);
  }, times.warmUpMs);
  try {
    const java = ['java', ...jvmFlagsOf(home), '-Xms512m', '-Xmx512m'];
    const program = ['-cp', peer.classPath, 'org.apache.rocketmq.example.benchmark.Producer'];
    const flags = ['-n', broker.namesrv, '-t', 'BenchmarkOfficial', '-ri', String(REPORT_MS)];
    const size = ['-w', String(load.threads), '-s', String(load.bodyBytes)];
    const timeoutMs = times.warmUpMs + times.measureMs;
    const command = [...java, ...program, ...flags, ...size];
    const { stdout } = await runCommand(command, { cwd: home, timeoutMs, env: process.env });
    const cpuMs = used();
    const counted = Math.floor(times.measureMs / REPORT_MS);
    const reports = parseReports(stdout).slice(-counted);
    if (reports.length === 0)
      throw new Error(`the producer reported nothing: ${stdout.slice(-500)}`);
    const perSecond = mean(reports.map((report) => report.perSecond));
    const messages = (perSecond * times.measureMs) / 1000;
    const failed = reports.at(-1)?.failed ?? 0;
    const figures = measured(broker, { messages, elapsedMs: times.measureMs, cpuMs, failed });
    return { ...figures, averageMs: mean(reports.map((report) => report.averageMs)) };
  } finally {
    clearTimeout(timer);
    await rm(home, { recursive: true, force: true });
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
