import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Producer, PushConsumer, type ReceivedMessage } from '@orbitmq/client';
import { type Embedded, startEmbedded } from '../src/embedded.ts';

const COUNT = 5_000;
const DEADLINE_MS = 30_000;

jest.setTimeout(2 * DEADLINE_MS);

let directory: string;
let embedded: Embedded;
let ports: { readonly nameServerPort: number; readonly brokerPort: number };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!isTrue()) {
    expect(Date.now()).toBeLessThan(deadlineMs);
    await new Promise((done) => setTimeout(done, 20));
  }
}

function queuesOf(consumer: PushConsumer, topic: string): number {
  return consumer.assignedQueues.filter((queue) => queue.topic === topic).length;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-e2e-'));
  ports = { nameServerPort: await freePort(), brokerPort: await freePort() };
  embedded = await startEmbedded({ dataDirectory: directory, host: '127.0.0.1', ...ports });
});

afterAll(async () => {
  await embedded.close();
  await rm(directory, { recursive: true });
});

async function startProducer(): Promise<Producer> {
  const producer = new Producer({ nameServers: [embedded.nameServerAddress], group: 'PG_e2e' });
  await producer.start();
  return producer;
}

async function startConsumer(
  group: string,
  topic: string,
  listener: (message: ReceivedMessage) => void,
  expression = '*',
): Promise<PushConsumer> {
  const { nameServerAddress } = embedded;
  const consumer = new PushConsumer({
    nameServers: [nameServerAddress],
    group,
    consumeFrom: 'first',
  });
  consumer.subscribe(topic, expression, listener);
  await consumer.start();
  return consumer;
}

describe('producers and consumers through name server and broker', () => {
  it('lose nothing, duplicate nothing and change nothing', async () => {
    await using producer = await startProducer();
    const bodies = Array.from(
      { length: COUNT },
      (_, index) => `message ${index} ${'x'.repeat(index % 100)}`,
    );
    await producer.send({ topic: 'Volume', body: 'first' });
    const seen = new Map<string, number>();
    await using consumer = await startConsumer('G_volume', 'Volume', ({ body }) => {
      seen.set(body.toString(), (seen.get(body.toString()) ?? 0) + 1);
    });
    for (let start = 0; start < COUNT; start += 100) {
      await Promise.all(
        bodies.slice(start, start + 100).map((body) => producer.send({ topic: 'Volume', body })),
      );
    }
    await until(() => seen.size === COUNT + 1);
    expect([...seen.values()].every((count) => count === 1)).toBe(true);
    expect(bodies.every((body) => seen.has(body))).toBe(true);
    expect(consumer.assignedQueues.filter(({ topic }) => topic === 'Volume')).toHaveLength(4);
  });

  it('keep tags, keys, properties and large bodies, alone and in batches', async () => {
    await using producer = await startProducer();
    const large = 'y'.repeat(100_000);
    await producer.send({
      topic: 'Kinds',
      body: large,
      tags: 'TagA',
      keys: ['k1', 'k2'],
      properties: { city: '北京' },
    });
    await producer.sendBatch([
      { topic: 'Kinds', body: 'b1', tags: 'TagA' },
      { topic: 'Kinds', body: 'b2', tags: 'TagB' },
    ]);
    await producer.sendOneway({ topic: 'Kinds', body: 'oneway', tags: 'TagA' });
    const seen: ReceivedMessage[] = [];
    await using consumer = await startConsumer(
      'G_kinds',
      'Kinds',
      (message) => void seen.push(message),
      'TagA',
    );
    await until(() => seen.length === 3);
    expect(consumer.clientId).toContain('@');
    const first = seen.find(({ body }) => body.length === 100_000);
    expect(first?.body.toString()).toBe(large);
    expect(first?.keys).toEqual(['k1', 'k2']);
    expect(first?.properties['city']).toBe('北京');
    expect(seen.map(({ body }) => body.toString().slice(0, 6)).toSorted()).toEqual([
      'b1',
      'oneway',
      'yyyyyy',
    ]);
  });

  it('share queues, and hand them over when a member leaves', async () => {
    await using producer = await startProducer();
    await producer.send({ topic: 'Shared', body: 'first' });
    const seen = new Set<string>();
    const listener = ({ body }: ReceivedMessage): void => void seen.add(body.toString());
    await using stays = await startConsumer('G_shared', 'Shared', listener);
    const leaves = await startConsumer('G_shared', 'Shared', listener);
    await until(() => queuesOf(stays, 'Shared') === 2 && queuesOf(leaves, 'Shared') === 2);
    await leaves.close();
    await until(() => queuesOf(stays, 'Shared') === 4);
    for (let index = 0; index < 200; index++)
      await producer.send({ topic: 'Shared', body: `s${index}` });
    await until(() => seen.size === 201);
    expect(queuesOf(stays, 'Shared')).toBe(4);
  });

  it('go on where they were after the broker started again', async () => {
    const producer = await startProducer();
    for (let index = 0; index < 100; index++)
      await producer.send({ topic: 'Again', body: `a${index}` });
    const before = new Set<string>();
    const consumer = await startConsumer(
      'G_again',
      'Again',
      ({ body }) => void before.add(body.toString()),
    );
    await until(() => before.size === 100);
    await consumer.close();
    await producer.close();
    await embedded.close();
    embedded = await startEmbedded({ dataDirectory: directory, host: '127.0.0.1', ...ports });
    await using second = await startProducer();
    await second.send({ topic: 'Again', body: 'after' });
    const after: string[] = [];
    await using follower = await startConsumer(
      'G_again',
      'Again',
      ({ body }) => void after.push(body.toString()),
    );
    await until(() => after.length > 0);
    expect(after).toEqual(['after']);
    expect(queuesOf(follower, 'Again')).toBe(4);
  });

  it('get a delayed message when its time has come, and not before', async () => {
    await using producer = await startProducer();
    await producer.send({ topic: 'Delayed', body: 'now' });
    const sentMs = Date.now();
    await producer.send({ topic: 'Delayed', body: 'later', delayLevel: 1 });
    const arrivedMs = new Map<string, number>();
    await using consumer = await startConsumer('G_delayed', 'Delayed', ({ body }) => {
      arrivedMs.set(body.toString(), Date.now());
    });
    await until(() => arrivedMs.size === 2);
    expect((arrivedMs.get('later') ?? 0) - sentMs).toBeGreaterThanOrEqual(1_000);
    expect(queuesOf(consumer, 'Delayed')).toBe(4);
  });

  it('get a message again that the listener failed on, with the same id and topic', async () => {
    await using producer = await startProducer();
    const { messageId } = await producer.send({ topic: 'Retried', body: 'once more' });
    const attempts: ReceivedMessage[] = [];
    await using consumer = await startConsumer('G_retried', 'Retried', (message) => {
      attempts.push(message);
      if (message.reconsumeTimes === 0) throw new Error('not today');
    });
    await until(() => attempts.length === 2);
    expect(attempts.map((message) => message.reconsumeTimes)).toEqual([0, 1]);
    expect(attempts.map((message) => message.messageId)).toEqual([messageId, messageId]);
    expect(attempts.map((message) => message.topic)).toEqual(['Retried', 'Retried']);
    expect(consumer.clientId).toContain('@');
  });

  it('refuse what cannot be sent with a typed error', async () => {
    await using producer = await startProducer();
    const invalid = { code: 'CLIENT_INVALID_ARGUMENT' };
    await expect(producer.send({ topic: 'bad topic', body: 'x' })).rejects.toMatchObject(invalid);
    await expect(producer.send({ topic: 'T', body: '' })).rejects.toMatchObject(invalid);
    await expect(producer.send({ topic: 'SCHEDULE_TOPIC_XXXX', body: 'x' })).rejects.toMatchObject(
      invalid,
    );
    const lost = new Producer({ nameServers: ['127.0.0.1:1'], group: 'PG_lost' });
    await lost.start();
    await expect(lost.send({ topic: 'T', body: 'x' })).rejects.toMatchObject({
      code: 'CLIENT_NO_NAME_SERVER',
    });
    await lost.close();
    await expect(lost.send({ topic: 'T', body: 'x' })).rejects.toMatchObject({
      code: 'CLIENT_NOT_RUNNING',
    });
  });
});

describe('the port', () => {
  it('that is taken is named in the error, with the flag that chooses another', async () => {
    const options = { dataDirectory: join(directory, 'other'), host: '127.0.0.1', ...ports };
    await expect(startEmbedded(options)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining('--namesrv-port') as unknown,
    });
  });
});
