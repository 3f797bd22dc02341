import { inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Logger, silentLogger } from '@orbitmq/kernel';
import { decodeProperties, heartBeat, sendMessageV2 } from '@orbitmq/protocol';
import { reply } from '@orbitmq/remoting';
import { Producer } from '../src/index.ts';
import { FakeCluster } from './fake-cluster.ts';

jest.setTimeout(30_000);

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
const COUNT = 2_000;

let cluster: FakeCluster;
let broker: string;
/** Text and keys of the trace messages that came. */
let traces: { readonly text: string; readonly keys: readonly string[] }[];
let complaints: string[];

const log: Logger = {
  ...silentLogger,
  warn: (_fields, message) => void complaints.push(message),
  child: () => log,
};

beforeEach(async () => {
  cluster = new FakeCluster();
  traces = [];
  complaints = [];
  broker = await cluster.startServer((server) => {
    server.register(heartBeat, () => undefined);
    server.register(sendMessageV2, (header, { command }) => {
      if (header.b === TRACE_TOPIC) {
        const body = command.body ?? Buffer.alloc(0);
        const text = (header.f === 0 ? body : inflateSync(body)).toString();
        traces.push({ text, keys: (decodeProperties(header.i ?? '')['KEYS'] ?? '').split(' ') });
      }
      const fields = { msgId: '0'.repeat(32), queueId: 0, queueOffset: 0 };
      const isQuiet = header.b === 'Quiet';
      return reply({ fields: { ...fields, TRACE_ON: !isQuiet } });
    });
  });
});

afterEach(() => cluster[Symbol.asyncDispose]());

async function sendMany(topics: readonly string[], topic = 'T'): Promise<void> {
  const nameServers = await cluster.startNameServer([broker], topics);
  await using producer = new Producer({ nameServers, group: 'PG', trace: true, log });
  await producer.start();
  for (let sent = 0; sent < COUNT; sent += 100) {
    const sends = Array.from({ length: 100 }, (_, index) =>
      producer.send({ topic, body: 'x', keys: `k${sent + index}` }),
    );
    await Promise.all(sends);
  }
}

describe('traces', () => {
  it('are sent many at a time, none is lost at the end, and each is found by id and key', async () => {
    await sendMany(['T', TRACE_TOPIC]);
    const lines = traces.flatMap(({ text }) => text.split('\u0002').slice(0, -1));
    expect(lines).toHaveLength(COUNT);
    expect(traces.length).toBeLessThan(COUNT / 20);
    for (const { text, keys } of traces) {
      expect(text.length).toBeLessThanOrEqual(128_000);
      for (const line of text.split('\u0002').slice(0, -1)) {
        const fields = line.split('\u0001');
        expect([keys.includes(fields[5] ?? ''), keys.includes(fields[7] ?? '')]).toEqual([
          true,
          true,
        ]);
      }
    }
    expect(complaints).toEqual([]);
  });

  it('that cannot be sent are lost without harm to what they are about', async () => {
    await sendMany(['T']);
    expect(traces).toEqual([]);
    expect(complaints).toContain('traces were lost');
  });

  it('are not made of what the broker does not want traced', async () => {
    await sendMany(['Quiet', TRACE_TOPIC], 'Quiet');
    expect(traces).toEqual([]);
  });
});
