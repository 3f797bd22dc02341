/** How late messages that wait are delivered, at a rate. */
import { stopOnSignals } from '@orbitmq/interop/peers';
import { badUsage, runToolProcess, wholeNumberFlag } from '@orbitmq/service';
import type { Histogram } from 'hdr-histogram-js';
import { withBroker } from './brokers.ts';
import { LATENESS_LOADS, type Lateness, measureLateness } from './lateness-row.ts';

const USAGE = `usage: npm run lateness -- [--rate 10000] [--seconds 10] [--only TEXT] [--flush async|sync] [--apache VERSION]

Sends timer messages and messages of a delay level at a rate to our broker, or to Apache's, and prints how long
after their times they are in their topic (stored) and at a consumer (pulled), in milliseconds.
Lines that begin with { are results as JSON.
`;
const PERCENTILES = [50, 99, 99.9, 99.99, 100] as const;
const FLUSH_TYPES: ReadonlyMap<string, string> = new Map([
  ['async', 'ASYNC_FLUSH'],
  ['sync', 'SYNC_FLUSH'],
]);

function percentiles(histogram: Histogram): Record<string, number> {
  return Object.fromEntries(
    PERCENTILES.map((at) => [`p${at}`, histogram.getValueAtPercentile(at)]),
  );
}

function listed(times: Record<string, number>): string {
  return Object.entries(times)
    .map(([at, ms]) => `${at} ${ms}`)
    .join('  ');
}

interface Measuring {
  readonly name: string;
  readonly rate: number;
  readonly seconds: number;
  readonly flush: string;
  readonly apache: string | undefined;
}

function describe(measuring: Measuring, lateness: Lateness): string {
  const { name } = measuring;
  const { stored, pulled, ...counts } = lateness;
  const [storedMs, pulledMs] = [percentiles(stored), percentiles(pulled)];
  const facts = { ...measuring, ...counts, storedMs, pulledMs };
  return (
    `${JSON.stringify(facts)}\n${name}: ${counts.sent} sent, ${counts.received} came, ` +
    `${counts.early} early, ${counts.failed} failed, ${counts.cpuUsPerMessage.toFixed(1)} us CPU\n` +
    `  stored  ${listed(storedMs)} ms late\n  pulled  ${listed(pulledMs)} ms late\n`
  );
}

await runToolProcess({
  name: 'lateness',
  usage: USAGE,
  flags: {
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    flush: { type: 'string', default: 'async' },
    apache: { type: 'string' },
  },
  run: async ({ rate, seconds, only, flush, apache }) => {
    const times = {
      rate: wholeNumberFlag('rate', rate, 1),
      seconds: wholeNumberFlag('seconds', seconds, 1),
    };
    const loads = LATENESS_LOADS.filter(({ name }) => name.includes(only));
    if (loads.length === 0) {
      const names = LATENESS_LOADS.map(({ name }) => name).join(', ');
      throw badUsage(`--only is "${only}", expected a part of one of these names: ${names}`);
    }
    const flushDiskType = FLUSH_TYPES.get(flush);
    if (flushDiskType === undefined) {
      throw badUsage(
        `--flush is "${flush}", expected one of: ${[...FLUSH_TYPES.keys()].join(', ')}`,
      );
    }
    stopOnSignals();
    const properties = { timerWheelEnable: 'true', flushDiskType };
    await withBroker(apache, properties, async (broker) => {
      for (const load of loads) {
        const lateness = await measureLateness(load, broker, times);
        process.stdout.write(describe({ name: load.name, ...times, flush, apache }, lateness));
      }
    });
    return 0;
  },
});
