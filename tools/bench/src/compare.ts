/** Our broker and Apache's beside each other: same settings, alternating rounds, ratios of the medians. */
import { type Target, type Targets, withBrokers } from './brokers.ts';
import { type Measured, measureAlone, median } from './measured.ts';
import { measureOfficialProducer } from './official-row.ts';
import { dropPageCache, measurePulls, type PullLoad, preparePulls } from './pull-row.ts';
import { measureSends, type SendLoad } from './send-row.ts';

/** One kind of load with what it has to reach. */
export interface Row {
  readonly name: string;
  /** Least ratio of throughputs, ours to theirs. */
  readonly minThroughputRatio: number;
  /** Greatest ratio of CPU time a message; none where it is not promised. */
  readonly maxCpuRatio?: number | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Before the first round, once for each broker; Apache's first: a JVM needs 10 s and some hundred thousand messages. */
  warmUp(target: Target, isTheirs: boolean): Promise<void>;
  /** Before each round. */
  prepareRound?(target: Target): Promise<void>;
  /** @throws when the row cannot be run here, with the reason */
  measure(target: Target): Promise<Measured>;
}

export interface Comparison {
  readonly row: Pick<Row, 'name' | 'minThroughputRatio' | 'maxCpuRatio'>;
  readonly ours: Measured;
  readonly theirs: Measured;
  /** Before any load. */
  readonly idle: { readonly readyMs: number; readonly theirReadyMs: number };
}

const JVM_WARM_UP = { warmUpMs: 0, measureMs: 12_000 };
const ROUND = { warmUpMs: 1_000, measureMs: 5_000 };
/** The producer is a JVM too, and a new one each round. */
const OFFICIAL_ROUND = { warmUpMs: 14_000, measureMs: 12_000 };
const STORED: PullLoad = {
  topic: 'BenchmarkPulls',
  messages: 5_000_000,
  bodyBytes: 128,
  pullers: 4,
  batch: 32,
};
/** Stored last: it fills the newest files, which Apache's broker reads when it starts and keeps mapped. */
const STORED_LAST: PullLoad = { ...STORED, topic: 'BenchmarkWarmUp', messages: 1_000_000 };
/** Reading {@link STORED_LAST} so often takes a JVM more than ten seconds. */
const WARM_UP_READS = 5;
/** Files small enough for their newest three to be a small part of what is stored. */
const SMALL_FILES = {
  mapedFileSizeCommitLog: String(64 * 1024 * 1024),
  mappedFileSizeCommitLog: String(64 * 1024 * 1024),
  mapedFileSizeConsumeQueue: String(50_000 * 20),
  mappedFileSizeConsumeQueue: String(50_000 * 20),
};
const SMALL: SendLoad = { bodyBytes: 128, connections: 4, window: 64 };

function sendRow(row: Omit<Row, 'warmUp' | 'measure'> & { readonly load: SendLoad }): Row {
  const { load } = row;
  return {
    ...row,
    warmUp: async (target, isTheirs) => {
      await measureSends(load, target, isTheirs ? JVM_WARM_UP : ROUND);
    },
    measure: (target) => measureSends(load, target, ROUND),
  };
}

const HOT_PULLS: Row = {
  name: 'pull 5 million of 128 B, hot',
  minThroughputRatio: 1.5,
  warmUp: async (target) => {
    await preparePulls(STORED, target);
    await measurePulls(STORED, target);
  },
  measure: (target) => measurePulls(STORED, target),
};

/**
 * Emptying the page cache leaves the pages that a process has mapped, so each round is the first reading after a
 * start, of both brokers; they are warmed up with other messages.
 */
const COLD_PULLS: Row = {
  name: 'pull 5 million of 128 B, cold',
  minThroughputRatio: 1.5,
  properties: SMALL_FILES,
  warmUp: async (target) => {
    await preparePulls(STORED, target);
    await preparePulls(STORED_LAST, target);
  },
  prepareRound: async (target) => {
    await target.restart();
    for (let read = 0; read < WARM_UP_READS; read++) await measurePulls(STORED_LAST, target);
  },
  measure: async (target) => {
    if (!dropPageCache()) throw new Error('the page cache cannot be emptied here');
    return measurePulls(STORED, target);
  },
};

export const ROWS: readonly Row[] = [
  sendRow({
    name: 'send 128 B, 4 x 64',
    load: SMALL,
    minThroughputRatio: 2.5,
    maxCpuRatio: 0.25,
  }),
  sendRow({
    name: 'send 1 KiB, 16 x 8',
    load: { bodyBytes: 1024, connections: 16, window: 8 },
    minThroughputRatio: 1.8,
    maxCpuRatio: 0.34,
  }),
  sendRow({
    name: 'send 128 B, 4 x 64, SYNC_FLUSH',
    load: SMALL,
    properties: { flushDiskType: 'SYNC_FLUSH' },
    minThroughputRatio: 2.2,
  }),
  sendRow({
    name: 'delayed sends 128 B, 4 x 64',
    load: { ...SMALL, kind: 'delayed' },
    minThroughputRatio: 1.5,
  }),
  sendRow({
    name: 'transactions 128 B, 4 x 64',
    load: { ...SMALL, kind: 'transaction' },
    minThroughputRatio: 1.5,
  }),
  HOT_PULLS,
  COLD_PULLS,
  {
    name: 'official producer, 64 threads, 128 B',
    minThroughputRatio: 1.2,
    warmUp: async (target, isTheirs) => {
      await measureSends(SMALL, target, isTheirs ? JVM_WARM_UP : ROUND);
    },
    measure: (target) =>
      measureOfficialProducer({ threads: 64, bodyBytes: 128 }, target, OFFICIAL_ROUND),
  },
];

/** Both brokers run during the whole comparison, one at a time: under load while the other is stopped. */
export function compareRow(row: Row, version: string, rounds: number): Promise<Comparison> {
  return withBrokers(version, row.properties ?? {}, (targets) => alternate(row, targets, rounds));
}

async function alternate(row: Row, { ours, theirs }: Targets, rounds: number): Promise<Comparison> {
  await row.warmUp(theirs, true);
  await row.warmUp(ours, false);
  const our: Measured[] = [];
  const their: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    their.push(await measureRound(row, theirs, ours));
    our.push(await measureRound(row, ours, theirs));
  }
  const { name, minThroughputRatio, maxCpuRatio } = row;
  return {
    row: { name, minThroughputRatio, maxCpuRatio },
    ours: median(our),
    theirs: median(their),
    idle: { readyMs: ours.readyMs, theirReadyMs: theirs.readyMs },
  };
}

async function measureRound(row: Row, target: Target, other: Target): Promise<Measured> {
  await row.prepareRound?.(target);
  return measureAlone(target, other, () => row.measure(target));
}

function line(name: string, figures: Measured, readyMs: number): string {
  const { perSecond, cpuUsPerMessage, p50Ms, p99Ms, averageMs } = figures;
  const latency =
    p99Ms === undefined || p50Ms === undefined
      ? `average ${(averageMs ?? 0).toFixed(2)} ms`
      : `p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms`;
  return (
    `  ${name.padEnd(8)} ${(perSecond / 1000).toFixed(1).padStart(7)} k/s  ` +
    `${cpuUsPerMessage.toFixed(1).padStart(6)} us CPU  ${latency}  ` +
    `${figures.anonymousMib.toFixed(0)} MiB  ready in ${(readyMs / 1000).toFixed(2)} s  ${figures.failed} failed\n`
  );
}

/** A row of the printed table. */
export function describeComparison({ row, ours, theirs, idle }: Comparison): string {
  const ratio = ours.perSecond / theirs.perSecond;
  const cpuRatio = ours.cpuUsPerMessage / theirs.cpuUsPerMessage;
  const verdict = ratio >= row.minThroughputRatio ? 'met' : 'not met';
  const { maxCpuRatio } = row;
  const cpuVerdict =
    maxCpuRatio === undefined
      ? ''
      : `, at most ${maxCpuRatio} x ${cpuRatio <= maxCpuRatio ? 'met' : 'not met'}`;
  return (
    `${row.name}: ${ratio.toFixed(2)} x, floor ${row.minThroughputRatio} x ${verdict}; ` +
    `CPU ${cpuRatio.toFixed(2)} x${cpuVerdict}\n` +
    line('ours', ours, idle.readyMs) +
    line('apache', theirs, idle.theirReadyMs)
  );
}
