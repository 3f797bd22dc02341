/** What consumers that are behind cost those who send: latencies of sends at a fixed rate, alone and beside them. */
import { build } from 'hdr-histogram-js';
import { type Target, type Targets, withBrokers } from './brokers.ts';
import { type ConsumerKind, startConsumers } from './consumer-load.ts';
import { runLoop } from './load-loop.ts';
import { measureAlone, rest } from './measured.ts';
import { dropPageCache } from './pull-row.ts';
import { fillQueues, QUEUES, singleSends } from './send-row.ts';

export interface BesideRow {
  readonly name: string;
  readonly kind: ConsumerKind;
  /** How much longer the p99 of our sends may be, as a factor. */
  readonly maxP99Ratio: number;
}

/** Latencies of sends. */
export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Sends that were refused, most likely for want of time: they have no latency. */
  readonly refused: number;
}

/** One broker, the middle of the rounds by p99; refused sends of all rounds. */
export interface Beside {
  readonly alone: Latencies;
  readonly beside: Latencies;
  /** What the consumers received meanwhile. */
  readonly mibPerSecond: number;
}

export interface BesideComparison {
  readonly row: BesideRow;
  readonly ours: Beside;
  readonly theirs: Beside;
}

const CONNECTIONS = 4;
/** Of all connections: what leaves room on the processor, so that latencies are not those of a queue that grows. */
const MESSAGES_PER_SECOND = 10_000;
const BODY_BYTES = 1024;
/** Requests of one connection that may be under way: a stall of half a second is seen as one. */
const WINDOW = 2_000;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 5_000;
const JVM_WARM_UP_MS = 12_000;
/** More than is read in one round, to warm up and to measure. */
const STORED = {
  topic: 'BenchmarkBeside',
  queues: QUEUES,
  messagesPerQueue: 800_000,
  bodyBytes: BODY_BYTES,
  batch: 32,
};

/** What warms up reads from here on: none of it is in memory when it is measured. */
const WARM_UP_FROM_OFFSET = 500_000;

export const BESIDE_ROWS: readonly BesideRow[] = [
  { name: 'sends beside a cold consumer', kind: 'cold', maxP99Ratio: 1.5 },
  { name: 'sends beside a slow consumer', kind: 'slow', maxP99Ratio: 1.5 },
];

export function compareBeside(
  row: BesideRow,
  version: string,
  rounds: number,
): Promise<BesideComparison> {
  return withBrokers(version, {}, async ({ ours, theirs }: Targets) => {
    for (const target of [theirs, ours]) await fillQueues(STORED, target);
    const our: Beside[] = [];
    const their: Beside[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const target of [theirs, ours]) {
        const other = target === ours ? theirs : ours;
        const result = await measureAlone(target, other, () =>
          measureBeside(row.kind, target, target === theirs),
        );
        (target === ours ? our : their).push(result);
      }
    }
    return { row, ours: middle(our), theirs: middle(their) };
  });
}

/** @throws when the page cache is to be emptied and may not be */
async function measureBeside(
  kind: ConsumerKind,
  target: Target,
  isTheirs: boolean,
): Promise<Beside> {
  // Pages that a broker has mapped outlive an emptied cache.
  await target.restart();
  const { port } = target;
  const consumers = { kind, port, topic: STORED.topic, queues: QUEUES };
  // Both paths: what a broker compiles when it serves its first pulls is no cost of every consumer.
  const stopWarmUp = await startConsumers({ ...consumers, fromOffset: WARM_UP_FROM_OFFSET });
  await measureLatencies(target, isTheirs ? JVM_WARM_UP_MS : MEASURE_MS);
  await stopWarmUp();
  await rest(target);
  const alone = await measureLatencies(target, MEASURE_MS);
  await rest(target);
  if (!dropPageCache()) throw new Error('the page cache cannot be emptied here');
  const stop = await startConsumers({ ...consumers, fromOffset: 0 });
  const startMs = performance.now();
  const beside = await measureLatencies(target, MEASURE_MS);
  const elapsedMs = performance.now() - startMs;
  const bytes = await stop();
  return { alone, beside, mibPerSecond: bytes / 1024 ** 2 / (elapsedMs / 1000) };
}

async function measureLatencies(target: Target, measureMs: number): Promise<Latencies> {
  const latencies = build({ numberOfSignificantValueDigits: 3 });
  const measureFromMs = performance.now() + WARM_UP_MS;
  const results = await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      runLoop({
        port: target.port,
        window: WINDOW,
        ratePerSecond: MESSAGES_PER_SECOND / CONNECTIONS,
        frames: singleSends(BODY_BYTES),
        latencies,
        measureFromMs,
        endMs: measureFromMs + measureMs,
      }),
    ),
  );
  const refused = results.reduce((sum, result) => sum + result.failed, 0);
  const at = (percentile: number): number => latencies.getValueAtPercentile(percentile) / 1000;
  return { p50Ms: at(50), p99Ms: at(99), refused };
}

/** Each figure by itself: a disturbance of one measurement is not to decide. */
function middle(rounds: readonly Beside[]): Beside {
  const median = (pick: (round: Beside) => number): number => {
    const sorted = rounds.map(pick).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] as number;
  };
  const latencies = (pick: (round: Beside) => Latencies): Latencies => ({
    p50Ms: median((round) => pick(round).p50Ms),
    p99Ms: median((round) => pick(round).p99Ms),
    refused: rounds.reduce((sum, round) => sum + pick(round).refused, 0),
  });
  return {
    alone: latencies(({ alone }) => alone),
    beside: latencies(({ beside }) => beside),
    mibPerSecond: median(({ mibPerSecond }) => mibPerSecond),
  };
}

function ratioOf({ alone, beside }: Beside): number {
  return beside.p99Ms / alone.p99Ms;
}

export function describeBeside({ row, ours, theirs }: BesideComparison): string {
  const isMet = ratioOf(ours) <= row.maxP99Ratio && ours.beside.refused === 0;
  const verdict = isMet ? 'met' : 'not met';
  const line = (name: string, figures: Beside): string => {
    const { alone, beside, mibPerSecond } = figures;
    return (
      `  ${name.padEnd(8)} alone p50 ${alone.p50Ms.toFixed(2)} ms  p99 ${alone.p99Ms.toFixed(2)} ms;  ` +
      `beside p50 ${beside.p50Ms.toFixed(2)} ms  p99 ${beside.p99Ms.toFixed(2)} ms, ${ratioOf(figures).toFixed(2)} x;  ` +
      `${mibPerSecond.toFixed(0)} MiB/s consumed;  ${alone.refused} and ${beside.refused} sends refused\n`
    );
  };
  return (
    `${row.name}: p99 ${ratioOf(ours).toFixed(2)} x, at most ${row.maxP99Ratio} x ${verdict}\n` +
    line('ours', ours) +
    line('apache', theirs)
  );
}
