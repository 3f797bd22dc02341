/** The load generator by itself, against any broker. */
import { badUsage, numberFlag, runToolProcess, wholeNumberFlag } from '@orbitmq/service';
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

await runToolProcess({
  name: 'load',
  usage: USAGE,
  flags: {
    broker: { type: 'string', default: '' },
    topic: { type: 'string', default: 'BenchmarkSends' },
    connections: { type: 'string', default: '4' },
    window: { type: 'string', default: '64' },
    body: { type: 'string', default: '128' },
    batch: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0' },
    'warm-up': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
  },
  run: async (values) => {
    const { host, port } = addressOf(values.broker);
    const { topic } = values;
    const connections = wholeNumberFlag('connections', values.connections, 1);
    const window = wholeNumberFlag('window', values.window, 1);
    const bodyBytes = wholeNumberFlag('body', values.body, 0);
    const batch = wholeNumberFlag('batch', values.batch, 1);
    const rate = numberFlag('rate', values.rate, 0);
    const warmUpMs = numberFlag('warm-up', values['warm-up'], 0) * 1000;
    const seconds = numberFlag('seconds', values.seconds, 1);
    const frames =
      batch === 1
        ? singleSends(bodyBytes, { topic })
        : Array.from({ length: QUEUES }, (_, queueId) =>
            batchSend({ topic, bodyBytes, batch }, queueId),
          );
    const latencies = build({ numberOfSignificantValueDigits: 3 });
    const measureFromMs = performance.now() + warmUpMs;
    const endMs = measureFromMs + seconds * 1000;
    const results = await Promise.all(
      Array.from({ length: connections }, () =>
        runLoop({
          host,
          port,
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
    process.stdout.write(
      `${messagesPerSecond} messages/s  ${shown.join('  ')}  ${failed} failed\n`,
    );
    return 0;
  },
});

/** @throws {RocketMqError} `BAD_USAGE` */
function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  if (host !== undefined && Number(port) >= 1) return { host, port: Number(port) };
  throw badUsage(`--broker is "${text}", expected HOST:PORT`);
}
