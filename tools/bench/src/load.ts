/** The load generator by itself, against any broker. */
import { parseArgs } from 'node:util';
import { build } from 'hdr-histogram-js';
import { runLoop } from './load-loop.ts';
import { batchSend, singleSends } from './send-row.ts';

const USAGE = `usage: npm run load -- --broker HOST:PORT [--topic BenchmarkSends] [--connections 4] [--window 64]
                   [--body 128] [--batch 1] [--rate 0] [--warm-up 1] [--seconds 10]

Sends to a broker of RocketMQ and prints what came of it, as JSON and for people.
--rate is in requests a second over all connections; 0 keeps --window requests of each connection under way.
`;
const QUEUES = 4;
const PERCENTILES = [50, 90, 99, 99.9, 100] as const;

/** Flags that are numbers, with the least each may be. */
const LEAST = { connections: 1, window: 1, body: 0, batch: 1, rate: 0, 'warm-up': 0, seconds: 1 };

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: '' },
    topic: { type: 'string', default: 'BenchmarkSends' },
    connections: { type: 'string', default: '4' },
    window: { type: 'string', default: '64' },
    body: { type: 'string', default: '128' },
    batch: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0' },
    'warm-up': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function numberOf(flag: keyof typeof LEAST): number {
  const value = Number(values[flag]);
  if (Number.isFinite(value) && value >= LEAST[flag]) return value;
  throw new Error(`--${flag} is "${values[flag]}", expected a number of ${LEAST[flag]} or more`);
}

async function run(): Promise<void> {
  const [host, port] = values.broker.split(':');
  if (host === undefined || !Number.isInteger(Number(port)) || Number(port) < 1) {
    throw new Error(`--broker is "${values.broker}", expected HOST:PORT`);
  }
  const { topic } = values;
  const connections = numberOf('connections');
  const window = numberOf('window');
  const bodyBytes = numberOf('body');
  const batch = numberOf('batch');
  const rate = numberOf('rate');
  const seconds = numberOf('seconds');
  const frames =
    batch === 1
      ? singleSends(bodyBytes, { topic })
      : Array.from({ length: QUEUES }, (_, queueId) =>
          batchSend({ topic, bodyBytes, batch }, queueId),
        );
  const latencies = build({ numberOfSignificantValueDigits: 3 });
  const measureFromMs = performance.now() + numberOf('warm-up') * 1000;
  const endMs = measureFromMs + seconds * 1000;
  const results = await Promise.all(
    Array.from({ length: connections }, () =>
      runLoop({
        host,
        port: Number(port),
        window,
        ratePerSecond: rate === 0 ? undefined : rate / connections,
        frames,
        latencies,
        measureFromMs,
        endMs,
      }),
    ),
  );
  const answered = results.reduce((sum, result) => sum + result.answered, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const percentilesMs = Object.fromEntries(
    PERCENTILES.map((at) => [`p${at}`, latencies.getValueAtPercentile(at) / 1000]),
  );
  const messagesPerSecond = Math.round((answered * batch) / seconds);
  process.stdout.write(
    `${JSON.stringify({ ...values, messagesPerSecond, failed, percentilesMs })}\n`,
  );
  const shown = PERCENTILES.map((at) => `p${at} ${percentilesMs[`p${at}`]?.toFixed(2)} ms`);
  process.stdout.write(`${messagesPerSecond} messages/s  ${shown.join('  ')}  ${failed} failed\n`);
}

if (values.help) {
  process.stdout.write(USAGE);
} else {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`load: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
