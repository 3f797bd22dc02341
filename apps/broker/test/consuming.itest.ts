import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  LitePullConsumer,
  type MessageListener,
  Producer,
  PushConsumer,
  type PushConsumerOptions,
} from '@orbitmq/client';
import {
  getConsumerRunningInfo,
  invokeBrokerToResetOffset,
  parseConsumerRunningInfo,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { type Embedded, startEmbedded } from '../src/embedded.ts';
import { freePort } from './broker-fixture.ts';

const DEADLINE_MS = 30_000;

jest.setTimeout(2 * DEADLINE_MS);

let directory: string;
let embedded: Embedded;
let ports: { readonly nameServerPort: number; readonly brokerPort: number };
let producer: Producer;
const closers: (() => Promise<void>)[] = [];

async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!isTrue()) {
    expect(Date.now()).toBeLessThan(deadlineMs);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function consume(
  group: string,
  topic: string,
  listener: MessageListener,
  options: Partial<PushConsumerOptions> = {},
): Promise<PushConsumer> {
  const nameServers = [embedded.nameServerAddress];
  const consumer = new PushConsumer({ nameServers, group, consumeFrom: 'first', ...options });
  closers.push(() => consumer.close());
  consumer.subscribe(topic, '*', listener);
  await consumer.start();
  return consumer;
}

/** Sends to one queue, one after the other. */
async function send(topic: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    const selector: Parameters<Producer['send']>[1] = { selector: (queues) => queues[0] as never };
    await producer.send({ topic, body }, selector);
  }
}

function broadcasting(instanceName: string): Partial<PushConsumerOptions> {
  return {
    messageModel: 'broadcasting',
    instanceName,
    offsetsDirectory: join(directory, 'offsets'),
  };
}

function queuesOf(consumer: PushConsumer | LitePullConsumer, topic: string): number {
  return consumer.assignedQueues.filter((queue) => queue.topic === topic).length;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-consuming-'));
  ports = { nameServerPort: await freePort(), brokerPort: await freePort() };
  embedded = await startEmbedded({ dataDirectory: directory, host: '127.0.0.1', ...ports });
  producer = new Producer({ nameServers: [embedded.nameServerAddress], group: 'PG_consuming' });
  await producer.start();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

afterAll(async () => {
  await producer.close();
  await embedded.close();
  await rm(directory, { recursive: true });
});

describe('orderly consumers', () => {
  it('keep a queue’s order through failures and while members come and go', async () => {
    const bodies = Array.from({ length: 60 }, (_, index) => String(index));
    await send('Ordered', ...bodies.slice(0, 20));
    const done: number[] = [];
    let running = 0;
    let failures = 0;
    const listener: MessageListener = async ({ body, reconsumeTimes }) => {
      expect(running++).toBe(0);
      await new Promise((next) => setTimeout(next, 2));
      running--;
      if (Number(body) % 13 === 0 && reconsumeTimes === 0) {
        failures++;
        return { suspendMs: 10 };
      }
      done.push(Number(body));
      return 'success';
    };
    const ordered = { isOrderly: true };
    const first = await consume('G_ordered', 'Ordered', listener, ordered);
    await until(() => done.length >= 10);
    await consume('G_ordered', 'Ordered', listener, ordered);
    await send('Ordered', ...bodies.slice(20, 40));
    await until(() => done.length >= 30);
    await first.close();
    await send('Ordered', ...bodies.slice(40));
    await until(() => done.length >= 60);
    expect(done).toEqual(bodies.map(Number));
    // How often a message was tried is forgotten when its queue changes hands.
    expect(failures).toBeGreaterThanOrEqual(5);
  });

  it('send a message that fails too often to the dead letters', async () => {
    await send('OrderedDead', 'bad', 'good');
    const seen: string[] = [];
    await consume(
      'G_ordered_dead',
      'OrderedDead',
      ({ body }) => {
        seen.push(body.toString());
        return body.toString() === 'bad' ? { suspendMs: 10 } : 'success';
      },
      { isOrderly: true, maxReconsumeTimes: 2 },
    );
    await until(() => seen.includes('good'));
    expect(seen).toEqual(['bad', 'bad', 'bad', 'good']);
    const letters = new LitePullConsumer({
      nameServers: [embedded.nameServerAddress],
      group: 'G_letters',
      consumeFrom: 'first',
    });
    closers.push(() => letters.close());
    letters.subscribe('%DLQ%G_ordered_dead');
    await letters.start();
    const [dead] = await letters.poll(DEADLINE_MS);
    expect(dead?.body.toString()).toBe('bad');
    expect(dead?.properties['RETRY_TOPIC']).toBe('OrderedDead');
  });
});

describe('broadcasting consumers', () => {
  it('each get everything, and go on behind it after a restart', async () => {
    const seen: string[] = [];
    const listen =
      (name: string): MessageListener =>
      ({ body }) =>
        void seen.push(`${name} ${body.toString()}`);
    await send('News', 'a');
    const one = await consume('G_news', 'News', listen('one'), broadcasting('one'));
    await consume('G_news', 'News', listen('two'), broadcasting('two'));
    await until(() => seen.length === 2);
    await one.close();
    await send('News', 'b');
    await consume('G_news', 'News', listen('one'), broadcasting('one'));
    await until(() => seen.length === 4);
    expect(seen.toSorted()).toEqual(['one a', 'one b', 'two a', 'two b']);
  });
});

describe('a subscription by SQL', () => {
  it('gets what its condition is true of', async () => {
    const nameServers = [embedded.nameServerAddress];
    for (const size of [1, 5, 9]) {
      const properties = { size: String(size), colour: size === 9 ? 'red' : 'blue' };
      await producer.send({ topic: 'Sized', body: String(size), properties });
    }
    const seen: string[] = [];
    const consumer = new PushConsumer({ nameServers, group: 'G_sql', consumeFrom: 'first' });
    closers.push(() => consumer.close());
    consumer.subscribe(
      'Sized',
      { sql: "size BETWEEN 2 AND 10 AND colour <> 'red'" },
      ({ body }) => {
        seen.push(body.toString());
      },
    );
    await consumer.start();
    await until(() => seen.length > 0);
    await producer.send({
      topic: 'Sized',
      body: 'last',
      properties: { size: '3', colour: 'blue' },
    });
    await until(() => seen.includes('last'));
    expect(seen).toEqual(['5', 'last']);
  });
});

describe('administrators', () => {
  it('see through the broker what a consumer of ours is doing, and reset its offsets while it runs', async () => {
    // One for each queue: what brokers know nothing of cannot be reset.
    for (const body of ['a', 'b', 'c', 'd']) await producer.send({ topic: 'Watched', body });
    const seen: string[] = [];
    const group = 'G_watched';
    const consumer = await consume(group, 'Watched', ({ body }) => void seen.push(body.toString()));
    await until(() => seen.length === 4);
    await using remoting = new RemotingClient();
    const options = { timeoutMs: 10_000 };
    const address = embedded.brokerAddress;
    const clientId = consumer.clientId;
    const info = await remoting.invoke(
      address,
      getConsumerRunningInfo,
      { consumerGroup: group, clientId, jstackEnable: true },
      options,
    );
    expect(info.code).toBe(0);
    const { mqTable, properties } = parseConsumerRunningInfo(info.body);
    expect(mqTable.filter(([{ topic }]) => topic === 'Watched')).toHaveLength(4);
    expect(properties.get('PROP_CONSUME_TYPE')).toBe('CONSUME_PASSIVELY');
    const fields = { topic: 'Watched', group, timestamp: 0, isForce: true };
    // The broker has to have heard how far the group is.
    for (let code = 1; code !== 0; await new Promise((done) => setTimeout(done, 200))) {
      code = (await remoting.invoke(address, invokeBrokerToResetOffset, fields, options)).code;
    }
    await until(() => seen.length >= 8);
    expect(seen.slice(4).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a lite pull consumer', () => {
  it('reads with the group, commits, and goes on there', async () => {
    const nameServers = [embedded.nameServerAddress];
    const bodies = Array.from({ length: 50 }, (_, index) => String(index));
    await send('Pulled', ...bodies);
    const seen: string[] = [];
    const first = new LitePullConsumer({ nameServers, group: 'G_pulled', consumeFrom: 'first' });
    first.subscribe('Pulled');
    await first.start();
    for await (const batch of first) {
      seen.push(...batch.map(({ body }) => body.toString()));
      await first.commit();
      if (seen.length >= 20) break;
    }
    await first.close();
    const second = new LitePullConsumer({ nameServers, group: 'G_pulled', consumeFrom: 'first' });
    closers.push(() => second.close());
    second.subscribe('Pulled');
    await second.start();
    while (seen.length < 50) {
      seen.push(...(await second.poll()).map(({ body }) => body.toString()));
    }
    expect(seen).toEqual(bodies);
    expect(queuesOf(second, 'Pulled')).toBe(4);
  });

  it('goes on after the broker started again', async () => {
    await send('PulledOn', 'before');
    const consumer = new LitePullConsumer({
      nameServers: [embedded.nameServerAddress],
      group: 'G_pulled_on',
      consumeFrom: 'first',
    });
    closers.push(() => consumer.close());
    consumer.subscribe('PulledOn');
    await consumer.start();
    expect((await consumer.poll()).map(({ body }) => body.toString())).toEqual(['before']);
    await embedded.close();
    embedded = await startEmbedded({ dataDirectory: directory, host: '127.0.0.1', ...ports });
    await send('PulledOn', 'after');
    const next = await consumer.poll(DEADLINE_MS);
    expect(next.map(({ body }) => body.toString())).toEqual(['after']);
  });
});
