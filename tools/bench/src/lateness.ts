/** How late messages that wait are delivered, at a rate. */
import { parseArgs } from 'node:util';
import type { Histogram } from 'hdr-histogram-js';
import { withBroker } from './brokers.ts';
import { LATENESS_LOADS, type Lateness, measureLateness } from './lateness-row.ts';

const USAGE = `usage: npm run lateness -- [--rate 10000] [--seconds 10] [--only TEXT] [--apache VERSION]

Sends timer messages and messages of a delay level at a rate to our broker, or to Apache's, and prints how long
after their times they are in their topic (stored) and at a consumer (pulled), in milliseconds.
The packages have to be built (npm run setup). Lines that begin with { are results as JSON.
`;
const PERCENTILES = [50, 99, 99.9, 100] as const;

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    apache: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function positive(flag: 'rate' | 'seconds'): number {
  const value = Number(values[flag]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${flag} is "${values[flag]}", expected a number above 0`);
}

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

function describe(name: string, lateness: Lateness): string {
  const { stored, pulled, ...counts } = lateness;
  const [storedMs, pulledMs] = [percentiles(stored), percentiles(pulled)];
  const facts = { name, ...values, ...counts, storedMs, pulledMs };
  return (
    `${JSON.stringify(facts)}\n${name}: ${counts.sent} sent, ${counts.received} came, ` +
    `${counts.early} early, ${counts.failed} failed, ${counts.cpuUsPerMessage.toFixed(1)} us CPU\n` +
    `  stored  ${listed(storedMs)} ms late\n  pulled  ${listed(pulledMs)} ms late\n`
  );
}

async function run(): Promise<void> {
  const times = { rate: positive('rate'), seconds: positive('seconds') };
  const properties = { timerWheelEnable: 'true' };
  await withBroker(values.apache, properties, async (broker) => {
    for (const load of LATENESS_LOADS.filter(({ name }) => name.includes(values.only))) {
      process.stdout.write(describe(load.name, await measureLateness(load, broker, times)));
    }
  });
}

if (values.help) {
  process.stdout.write(USAGE);
} else {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`lateness: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
