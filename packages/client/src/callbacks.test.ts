/** Functions of the application that throw, reject or give nonsense: who asked learns it or the log does, and everything goes on. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readWholeFile } from '@orbitmq/runtime';
import { CrashableDisk } from '@orbitmq/testkit';
import { GROUP, MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import { loggerOf } from './application-calls.ts';
import type { MessageListener } from './listeners.ts';
import { parseOffsetsFile } from './local-offset-store.ts';
import type { MessageQueue } from './message.ts';
import { Message as OnsMessage, Producer as OnsProducer } from './ons/index.ts';
import { Producer } from './producer.ts';
import type { ProducerOptions, QueueSelector } from './producer-options.ts';
import type { PushConsumerOptions } from './push-options.ts';
import type { TransactionState } from './transactions.ts';

const INVALID = { code: 'CLIENT_INVALID_ARGUMENT' };

/** Every way in which a function can fail, and what it is called. */
const FAILURES: readonly (readonly [string, () => never])[] = (
  [
    ['an error', new Error('broken')],
    ['nothing', undefined],
    ['null', null],
    ['text', 'broken'],
    ['an object without text', Object.create(null)],
    ['an object whose text fails', { toString: () => Number('x').toFixed(-1) }],
  ] as const
).flatMap(([what, thrown]: readonly [string, unknown]) => {
  const fail = (): never => {
    throw thrown;
  };
  const reject = (async () => fail()) as unknown as () => never;
  return [
    [`throws ${what}`, fail],
    [`rejects with ${what}`, reject],
  ] as const;
});

let cluster: MemoryCluster;
let unhandled: unknown[];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

async function startProducer(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const all = { ...cluster.options('producer'), group: 'P', retries: 0, ...options };
  const producer = cluster.adopt(new Producer(all));
  await cluster.outcome(producer.start());
  return producer;
}

async function startConsumer(
  listener: MessageListener,
  options: Partial<PushConsumerOptions> = {},
): Promise<ReturnType<MemoryCluster['pushConsumer']>> {
  const consumer = cluster.pushConsumer('consumer', options);
  consumer.subscribe(TOPIC, '*', listener);
  await cluster.outcome(consumer.start());
  return consumer;
}

/** Bodies that a consumer with these options gets. */
async function consumed(options: Partial<PushConsumerOptions> = {}): Promise<string[]> {
  const bodies: string[] = [];
  cluster.broker.put(TOPIC, 0, 'a');
  await startConsumer(({ body }) => void bodies.push(body.toString()), options);
  await cluster.pass(1_000);
  return bodies;
}

beforeEach(async () => {
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
  cluster = await new MemoryCluster().start();
});

afterEach(async () => {
  await cluster.close();
  await new Promise((done) => setImmediate(done));
  process.off('unhandledRejection', onUnhandled);
  // Whatever a test was about: nothing may fail unheard.
  if (unhandled.length > 0) throw new Error('unhandled rejection', { cause: unhandled[0] });
});

describe.each(FAILURES)('a function that %s', (_what, fail) => {
  it.each([false, true])(
    'as a listener (orderly: %s) gets the message again',
    async (isOrderly) => {
      const attempts: number[] = [];
      cluster.broker.put(TOPIC, 0, 'a');
      await startConsumer(
        ({ reconsumeTimes }) => {
          attempts.push(reconsumeTimes);
          return reconsumeTimes === 0 ? fail() : undefined;
        },
        { isOrderly },
      );
      await cluster.pass(20_000);
      expect(attempts).toEqual([0, 1]);
      expect(cluster.complaints).toContainEqual(expect.stringContaining('a listener failed'));
    },
  );

  it('as a consume hook changes nothing', async () => {
    const hook = { before: fail, after: fail };
    expect(await consumed({ consumeHooks: [hook] })).toEqual(['a']);
    const failed = expect.stringContaining('a consume hook failed') as unknown;
    expect(cluster.complaints).toEqual([failed, failed]);
  });

  it('as a strategy leaves the queues where they are until it does better', async () => {
    let isBroken = true;
    const bodies: string[] = [];
    cluster.broker.put(TOPIC, 0, 'a');
    const allocation = (queues: readonly MessageQueue[]): readonly MessageQueue[] => {
      return isBroken ? fail() : queues;
    };
    await startConsumer(({ body }) => void bodies.push(body.toString()), { allocation });
    await cluster.pass(5_000);
    expect(bodies).toEqual([]);
    expect(cluster.complaints).toContainEqual(expect.stringContaining('could not be divided'));
    isBroken = false;
    await cluster.pass(5_000);
    expect(bodies).toEqual(['a']);
  });

  it('as a selector fails the send, and no other', async () => {
    const producer = await startProducer();
    const selecting = producer.send({ topic: TOPIC, body: 'a' }, { selector: fail });
    const outcome = cluster.outcome(selecting).then(
      () => 'sent',
      () => 'failed',
    );
    expect(await outcome).toBe('failed');
    await cluster.outcome(producer.send({ topic: TOPIC, body: 'b' }));
    expect(cluster.broker.bodies(TOPIC)).toEqual(['b']);
  });

  it('as a send hook changes nothing', async () => {
    const hook = { before: fail, after: fail };
    const producer = await startProducer({ sendHooks: [hook] });
    await cluster.outcome(producer.send({ topic: TOPIC, body: 'a' }));
    expect(cluster.broker.bodies(TOPIC)).toEqual(['a']);
    const failed = expect.stringContaining('a send hook failed') as unknown;
    expect(cluster.complaints).toEqual([failed, failed]);
  });

  it('as a transaction listener leaves it open, and is asked again', async () => {
    let isBroken = true;
    const check = (): TransactionState => (isBroken ? fail() : 'commit');
    const sendHooks = [{ transactionEnded: fail }];
    const transactionListener = { executeLocal: fail, check };
    const producer = await startProducer({ transactionListener, sendHooks });
    const sent = await cluster.outcome(producer.sendInTransaction({ topic: TOPIC, body: 'a' }));
    expect(sent.state).toBe('unknown');
    await cluster.pass(20_000);
    expect(cluster.broker.bodies(TOPIC)).toEqual([]);
    expect(cluster.complaints).toContainEqual(
      expect.stringContaining('a transaction listener failed'),
    );
    isBroken = false;
    await cluster.pass(10_000);
    expect(cluster.broker.bodies(TOPIC)).toEqual(['a']);
  });

  it('as a send callback of the ONS surface is logged', async () => {
    const complaints: string[] = [];
    const say = (_fields: object, message: string): void => void complaints.push(message);
    const log = { debug: () => 0, info: () => 0, warn: say, error: say };
    const producer = new OnsProducer({ NAMESRV_ADDR: '127.0.0.1:1', GROUP_ID: 'P' }, log);
    await producer.start();
    const send = (body: string): Promise<void> => {
      return new Promise((done) => {
        const end = (): void => {
          done();
          // oxlint-disable-next-line typescript/no-confusing-void-expression -- it may be a promise
          return fail();
        };
        const message = new OnsMessage('T', undefined, body);
        producer.sendAsync(message, { onSuccess: end, onException: end });
      });
    };
    // An empty body is refused before anything is sent.
    await send('');
    await new Promise((resolve) => setImmediate(resolve));
    expect(complaints).toContain('a send callback failed');
    await producer.shutdown();
  });

  it('as a listener of other queues is asked again with the next ones', async () => {
    const reader = cluster.litePullConsumer('reader', { topicCheckMs: 1_000 });
    let calls = 0;
    reader.subscribe(TOPIC);
    reader.onQueuesChanged(TOPIC, () => {
      calls++;
      return fail();
    });
    await cluster.outcome(reader.start());
    for (const queues of [3, 4]) {
      cluster.topics.set(TOPIC, queues);
      await cluster.pass(20_000);
    }
    expect(calls).toBe(2);
  });

  it('as a logger is not heard, and everything goes on', async () => {
    const log = { debug: fail, info: fail, warn: fail, error: fail, isDebug: fail };
    const bodies = await consumed({ log, consumeHooks: [{ before: fail }] });
    expect(bodies).toEqual(['a']);
    const producer = await startProducer({ log, trace: true });
    cluster.broker.refused.set(310, 1);
    await expect(cluster.outcome(producer.send({ topic: TOPIC, body: 'b' }))).rejects.toMatchObject(
      { code: 'CLIENT_SEND_FAILED' },
    );
  });
});

describe('what cannot be meant', () => {
  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['no queue', { topic: TOPIC }],
    ['a promise', Promise.resolve()],
    ['a promise that fails', Promise.reject(new Error('broken'))],
  ])('is refused when a selector gives %s', async (_what, chosen) => {
    const producer = await startProducer();
    const selector = (() => chosen) as QueueSelector;
    const sending = producer.send({ topic: TOPIC, body: 'a' }, { selector });
    await expect(cluster.outcome(sending)).rejects.toMatchObject(INVALID);
    const queue = chosen as MessageQueue | undefined;
    if (queue === undefined) return;
    const direct = producer.send({ topic: TOPIC, body: 'a' }, { queue });
    await expect(cluster.outcome(direct)).rejects.toMatchObject(INVALID);
  });

  it.each<readonly [string, unknown]>([
    ['null', null],
    ['a word', 'commit'],
    ['a number', Number.NaN],
    ['no numbers', { acknowledged: Number.NaN, delayLevel: 'soon', suspendMs: Number.NaN }],
  ])('from a listener, as %s, means that the message is wanted again', async (_what, answer) => {
    cluster.broker.put(TOPIC, 0, 'a');
    for (const isOrderly of [false, true]) {
      const attempts: number[] = [];
      const listener: MessageListener = ({ reconsumeTimes }) => {
        attempts.push(reconsumeTimes);
        return (reconsumeTimes === 0 ? answer : 'success') as 'success';
      };
      const consumer = await startConsumer(listener, { isOrderly, group: `G_${isOrderly}` });
      await cluster.pass(500);
      // An orderly queue rests before it begins again.
      expect(attempts).toEqual([0]);
      await cluster.pass(20_000);
      expect(attempts).toEqual([0, 1]);
      await cluster.outcome(consumer.close());
    }
  });

  it.each<unknown>(['done', undefined, 'toString', 7])(
    'from a transaction listener, as %j, leaves it open',
    async (answer) => {
      const say = (): TransactionState => answer as TransactionState;
      const transactionListener = { executeLocal: say, check: say };
      const producer = await startProducer({ transactionListener });
      const sending = producer.sendInTransaction({ topic: TOPIC, body: 'a' });
      expect((await cluster.outcome(sending)).state).toBe('unknown');
      await cluster.pass(20_000);
      expect(cluster.broker.openHalves).toBe(1);
    },
  );
});

describe('offsets that cannot be saved', () => {
  it('are saved later, and nothing stops meanwhile', async () => {
    const disk = new CrashableDisk();
    const place = { disk, offsetsDirectory: '/offsets', messageModel: 'broadcasting' } as const;
    const bodies: string[] = [];
    const consumer = await startConsumer(({ body }) => void bodies.push(body.toString()), place);
    disk.faults.failCall(1, 'EIO', 1_000);
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.pass(6_000);
    cluster.broker.put(TOPIC, 0, 'b');
    await cluster.pass(1_000);
    expect(bodies).toEqual(['a', 'b']);
    expect(cluster.complaints).toContainEqual(expect.stringContaining('could not be saved'));
    disk.faults.heal();
    await cluster.pass(6_000);
    const file = `/offsets/${consumer.clientId}/${GROUP}/offsets.json`;
    const saved = parseOffsetsFile((await readWholeFile(disk, file)) ?? Buffer.alloc(0));
    expect(saved).toContainEqual([{ topic: TOPIC, brokerName: 'broker-0', queueId: 0 }, 2]);
  });
});

describe('close', () => {
  it('is one and the same, however often and by whomever it is called', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const closings: Promise<void>[] = [];
    const consumer = await startConsumer(() => void closings.push(consumer.close()));
    await cluster.pass(1_000);
    closings.push(consumer.close(), consumer.close());
    await cluster.outcome(Promise.all(closings));
    expect(new Set(closings).size).toBe(1);
    // What the listener got is done with.
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CLIENT_NOT_RUNNING' });
    const producer = await startProducer();
    await cluster.outcome(Promise.all([producer.close(), producer.close()]));
    await expect(producer.start()).rejects.toMatchObject({ code: 'CLIENT_NOT_RUNNING' });
  });

  it('ends when a listener waits for it, after the time that listeners are given', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const consumer = await startConsumer(() => consumer.close(), { drainTimeoutMs: 5_000 });
    const startedMs = cluster.time.monotonicMs();
    await cluster.outcome(consumer.close());
    expect(cluster.time.monotonicMs() - startedMs).toBeLessThan(6_000);
  });

  it('before the start is an end', async () => {
    const producer = new Producer({ ...cluster.options('never'), group: 'P' });
    await producer.close();
    await expect(producer.start()).rejects.toMatchObject({ code: 'CLIENT_NOT_RUNNING' });
    const consumer = cluster.pushConsumer('never');
    await cluster.outcome(consumer.close());
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CLIENT_NOT_RUNNING' });
  });
});

describe("the application's logger", () => {
  it('may be one of pino, or the console, which know no children and no isDebug', () => {
    const lines: unknown[][] = [];
    const add = (...line: unknown[]): void => void lines.push(line);
    const pino = { debug: add, info: add, warn: add, error: add };
    const quiet = loggerOf({ ...pino, isLevelEnabled: (level) => level !== 'debug' });
    expect([quiet.isDebug(), loggerOf(pino).isDebug()]).toEqual([false, true]);
    quiet.child({ topic: 'T' }).child({ queueId: 1 }).warn({ code: 7 }, 'pull rejected');
    expect(lines).toEqual([[{ topic: 'T', queueId: 1, code: 7 }, 'pull rejected']]);
  });
});
