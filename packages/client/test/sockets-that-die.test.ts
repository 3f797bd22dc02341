/** The connection ends at every moment of a client's life: nothing is unhandled, nothing hangs, nothing is left. */
import { describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import { CrashableDisk } from '@orbitmq/testkit';
import type { ClientOptions } from '../src/client-options.ts';
import { Producer } from '../src/producer.ts';
import type { TransactionState } from '../src/transactions.ts';
import { CountedTimers } from './counted-timers.ts';
import { CuttingNet } from './cutting-net.ts';
import { MemoryCluster, TOPIC } from './memory-cluster.ts';

/** Look-ups, requests that nobody answers and the good-bye, each with its bound. */
const MAX_STEP_MS = 60_000;
/** More than any of these lives has. */
const MAX_EVENTS = 500;

/** A client as short a time as it takes to do everything. */
interface Life {
  start(): Promise<unknown>;
  /** What it does between its start and its end; what fails here is the application's to handle. */
  work(): Promise<unknown>;
  close(): Promise<unknown>;
}
type Being = (cluster: MemoryCluster, options: ClientOptions) => Life;

const commit = (): TransactionState => 'commit';
const consumerOf = (own: object): Being => {
  return (cluster, options) => {
    const consumer = cluster.pushConsumer('consumer', { ...options, ...own });
    let attempts = 0;
    consumer.subscribe(TOPIC, '*', () => (attempts++ === 0 ? 'reconsume-later' : 'success'));
    return {
      start: () => consumer.start(),
      work: () => cluster.pass(3_000),
      close: () => consumer.close(),
    };
  };
};

const BEINGS: Readonly<Record<string, Being>> = {
  producer: (_cluster, options) => {
    const transactionListener = { executeLocal: commit, check: commit };
    const own = { group: 'P', trace: true, transactionListener, sendTimeoutMs: 1_000 };
    const producer = new Producer({ ...options, ...own });
    return {
      start: () => producer.start(),
      work: () =>
        Promise.allSettled([
          producer.send({ topic: TOPIC, body: 'single' }),
          producer.sendBatch([{ topic: TOPIC, body: 'batch' }]),
          producer.sendOneway({ topic: TOPIC, body: 'oneway' }),
          producer.sendInTransaction({ topic: TOPIC, body: 'transaction' }),
          producer.request({ topic: TOPIC, body: 'request' }, { timeoutMs: 500 }),
        ]),
      close: () => producer.close(),
    };
  },
  'push consumer': consumerOf({}),
  'orderly consumer': consumerOf({ isOrderly: true, suspendMs: 100 }),
  'broadcasting consumer': consumerOf({
    messageModel: 'broadcasting',
    offsetsDirectory: '/offsets',
    disk: new CrashableDisk(),
  }),
  'lite pull consumer': (cluster, options) => {
    const consumer = cluster.litePullConsumer('lite', options);
    consumer.subscribe(TOPIC);
    return {
      start: () => consumer.start(),
      work: async () => {
        await consumer.poll(500);
        const [queue] = consumer.assignedQueues;
        const seeking = queue === undefined ? undefined : consumer.seek(queue, 'begin');
        await Promise.allSettled([seeking, consumer.commit(), consumer.poll(500)]);
      },
      close: () => consumer.close(),
    };
  },
};

/** Lives a life on a network that is cut at one moment. @returns whether there was such a moment */
async function live(being: Being, at: number, lasts: boolean): Promise<boolean> {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const cluster = await new MemoryCluster().start();
  const net = new CuttingNet(cluster.net, cluster.time, { at, lasts });
  const timers = new CountedTimers(cluster.time);
  cluster.broker.put(TOPIC, 0, 'a message');
  const life = being(cluster, { ...cluster.options('client'), net, timers });
  try {
    await cluster.outcome(life.start(), MAX_STEP_MS);
    await cluster.outcome(life.work(), MAX_STEP_MS);
  } catch (error) {
    if (!(error instanceof RocketMqError)) throw error;
  }
  await cluster.outcome(life.close(), MAX_STEP_MS);
  net.heal();
  await cluster.close();
  await new Promise((done) => setImmediate(done));
  process.off('unhandledRejection', onUnhandled);
  const { openSockets, hasCut } = net;
  expect({ unhandled, openSockets, timers: timers.waiting }).toEqual({
    unhandled: [],
    openSockets: 0,
    timers: [],
  });
  return hasCut;
}

describe.each(Object.entries(BEINGS))('a %s', (_what, being) => {
  it.each([
    ['is cut off', false],
    ['stays cut off', true],
  ])('ends well when it %s at any moment', async (_how, lasts) => {
    let at = 0;
    while (await live(being, at, lasts)) at++;
    // The last life was not disturbed; the others were, each at another of its moments.
    expect(at).toBeGreaterThan(8);
    expect(at).toBeLessThan(MAX_EVENTS);
  });

  it('ends well when it is closed during its start, at any moment', async () => {
    const cluster = await new MemoryCluster().start();
    for (let turns = 0; turns < 12; turns++) {
      const timers = new CountedTimers(cluster.time);
      const life = being(cluster, { ...cluster.options(`client-${turns}`), timers });
      const starting = life.start().then(
        () => 'started',
        (error: unknown) => (error as RocketMqError).code,
      );
      for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done));
      await cluster.outcome(life.close(), MAX_STEP_MS);
      expect(['started', 'CLIENT_NOT_RUNNING']).toContain(await cluster.outcome(starting));
      expect(timers.waiting).toEqual([]);
    }
    await cluster.close();
  });
});
