import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CountedTimers } from '../test/counted-timers.ts';
import { MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import { Producer } from './producer.ts';
import type { ProducerOptions } from './producer-options.ts';
import type { SendEnd } from './send-hook.ts';

const MESSAGE = { topic: TOPIC, body: 'hello' };

let cluster: MemoryCluster;
let timers: CountedTimers;

async function startProducer(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const all = { ...cluster.options('producer'), timers, group: 'P', retries: 0, ...options };
  const producer = cluster.adopt(new Producer(all));
  await cluster.outcome(producer.start());
  return producer;
}

/** What a call comes to. */
function outcomeOf(call: Promise<unknown>): { code?: string } {
  const outcome: { code?: string } = {};
  call.then(
    () => {
      outcome.code = 'none';
    },
    (error: { code: string }) => {
      outcome.code = error.code;
    },
  );
  return outcome;
}

beforeEach(async () => {
  cluster = await new MemoryCluster().start();
  timers = new CountedTimers(cluster.time);
});

afterEach(() => cluster.close());

describe('a producer', () => {
  it('that is closed leaves no request waiting, and nothing that keeps the process alive', async () => {
    const producer = await startProducer();
    const request = outcomeOf(producer.request(MESSAGE, { timeoutMs: 86_400_000 }));
    await cluster.pass(1_000);
    expect(cluster.broker.bodies(TOPIC)).toEqual(['hello']);
    await cluster.outcome(producer.close());
    expect(request.code).toBe('CLIENT_NOT_RUNNING');
    expect(timers.waiting).toEqual([]);
  });

  it('tells those who answer how long it waits as an integer', async () => {
    const producer = await startProducer();
    const request = outcomeOf(producer.request(MESSAGE, { timeoutMs: 1_000.5 }));
    await cluster.pass(1_100);
    expect(request.code).toBe('CLIENT_REPLY_TIMEOUT');
    expect(cluster.broker.propertiesOf(TOPIC)).toMatchObject([{ TTL: '1001' }]);
  });

  it('tells hooks how a one-way send ended, also one that failed', async () => {
    const ends: SendEnd[] = [];
    const hook = { after: (_attempt: unknown, end: SendEnd) => void ends.push(end) };
    const producer = await startProducer({ sendHooks: [hook] });
    await cluster.outcome(producer.sendOneway(MESSAGE));
    expect(ends).toMatchObject([{ result: undefined, error: undefined }]);
    await cluster.broker.stop();
    await cluster.pass(500);
    const failed = outcomeOf(producer.sendOneway(MESSAGE));
    await cluster.pass(5_000);
    expect(failed.code).toBe('REMOTING_CONNECT_FAILED');
    expect(ends.slice(1)).toMatchObject([{ error: { code: 'REMOTING_CONNECT_FAILED' } }]);
  });

  it('sends nothing to a queue of another topic, whoever chose it', async () => {
    const producer = await startProducer();
    const other = { topic: 'Other', brokerName: 'broker-0', queueId: 0 };
    const refused = {
      code: 'CLIENT_INVALID_ARGUMENT',
      message: 'queue is one of topic Other, expected one of T',
    };
    await expect(cluster.outcome(producer.send(MESSAGE, { queue: other }))).rejects.toMatchObject(
      refused,
    );
    const selector = () => other;
    await expect(cluster.outcome(producer.send(MESSAGE, { selector }))).rejects.toMatchObject(
      refused,
    );
    expect(cluster.broker.bodies(TOPIC)).toEqual([]);
  });

  it('takes a queue of the topic by either name in a namespace', async () => {
    cluster.topics.set('ns%T', 2);
    const producer = await startProducer({ namespace: 'ns' });
    for (const topic of ['T', 'ns%T']) {
      const queue = { topic, brokerName: 'broker-0', queueId: 1 };
      await cluster.outcome(producer.send(MESSAGE, { queue }));
    }
    expect(cluster.broker.bodies('ns%T')).toEqual(['hello', 'hello']);
  });
});
