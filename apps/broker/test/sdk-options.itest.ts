/** What cuts across producers and consumers of the SDK, against a broker that asks for signatures. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Broker } from '@orbitmq/broker';
import {
  type ClientOptions,
  type Compression,
  ons,
  Producer,
  PushConsumer,
  type ReceivedMessage,
} from '@orbitmq/client';
import type { NameServer } from '@orbitmq/nameserver';
import { freePort } from './broker-fixture.ts';
import { startBroker, startNameServer } from './real-servers.ts';

jest.setTimeout(60_000);

const DEADLINE_MS = 30_000;
const ACCOUNTS = `accounts:
- accessKey: rocketmq2
  secretKey: "12345678"
  admin: true
`;
const CREDENTIALS = { accessKey: 'rocketmq2', secretKey: '12345678' };

let directory: string;
let nameServer: NameServer;
let broker: Broker;
let common: ClientOptions;
const closers: (() => Promise<void>)[] = [];

async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!isTrue()) {
    expect(Date.now()).toBeLessThan(deadlineMs);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function startProducer(options: Partial<ConstructorParameters<typeof Producer>[0]> = {}) {
  const producer = new Producer({ ...common, group: 'PG_options', ...options });
  closers.push(() => producer.close());
  await producer.start();
  return producer;
}

/** Everything of a topic, as it comes. */
async function readAll(
  topic: string,
  options: Partial<ConstructorParameters<typeof PushConsumer>[0]> = {},
): Promise<ReceivedMessage[]> {
  const seen: ReceivedMessage[] = [];
  const group = `G_${topic}`;
  const consumer = new PushConsumer({ ...common, group, consumeFrom: 'first', ...options });
  closers.push(() => consumer.close());
  consumer.subscribe(topic, '*', (message) => void seen.push(message));
  await consumer.start();
  return seen;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-options-'));
  await mkdir(join(directory, 'conf'));
  await writeFile(join(directory, 'conf', 'plain_acl.yml'), ACCOUNTS);
  const port = await freePort();
  nameServer = await startNameServer(directory, port);
  broker = await startBroker(join(directory, 'store'), {
    namesrvAddr: `127.0.0.1:${port}`,
    rocketmqHome: directory,
    aclEnable: 'true',
    traceTopicEnable: 'true',
  });
  common = { nameServers: `127.0.0.1:${port}`, credentials: CREDENTIALS };
});

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
  await broker.close();
  await nameServer.close();
  await rm(directory, { recursive: true });
});

describe('clients with credentials', () => {
  it('send and consume where those without are refused', async () => {
    const producer = await startProducer();
    await producer.send({ topic: 'Signed', body: 'signed' });
    const seen = await readAll('Signed');
    await until(() => seen.length === 1);
    expect(seen[0]?.body.toString()).toBe('signed');
    const stranger = await startProducer({ credentials: undefined, retries: 0 });
    await expect(stranger.send({ topic: 'Signed', body: 'x' })).rejects.toMatchObject({
      cause: { details: { remark: expect.stringContaining('AclException') as unknown } },
    });
  });
});

describe('a namespace', () => {
  it('is seen by the broker, and by nobody who uses it', async () => {
    const producer = await startProducer({ namespace: 'ns' });
    const { queue } = await producer.send({ topic: 'Spaced', body: 'inside' });
    expect(queue.topic).toBe('Spaced');
    expect((await producer.queues('Spaced')).map(({ topic }) => topic)).toContain('Spaced');
    const inside = await readAll('Spaced', { namespace: 'ns' });
    const outside = await readAll('ns%Spaced', { group: 'G_outside' });
    await until(() => inside.length === 1 && outside.length === 1);
    expect([inside[0]?.topic, inside[0]?.queue.topic]).toEqual(['Spaced', 'Spaced']);
    expect(outside[0]?.topic).toBe('ns%Spaced');
    expect(outside[0]?.properties['INSTANCE_ID']).toBe('ns');
  });

  it('keeps its messages when they are consumed again', async () => {
    const attempts: ReceivedMessage[] = [];
    const consumer = new PushConsumer({
      ...common,
      namespace: 'ns',
      group: 'G_again',
      consumeFrom: 'first',
    });
    closers.push(() => consumer.close());
    consumer.subscribe('SpacedAgain', '*', (message) => {
      attempts.push(message);
      return attempts.length === 1 ? { delayLevel: 1 } : 'success';
    });
    const producer = await startProducer({ namespace: 'ns' });
    await producer.send({ topic: 'SpacedAgain', body: 'again' });
    await consumer.start();
    await until(() => attempts.length === 2);
    expect(attempts.map(({ topic, reconsumeTimes }) => [topic, reconsumeTimes])).toEqual([
      ['SpacedAgain', 0],
      ['SpacedAgain', 1],
    ]);
  });
});

describe('bodies', () => {
  it.each<Compression>(['zlib', 'lz4', 'zstd'])(
    'compressed by %s arrive as they were',
    async (how) => {
      const producer = await startProducer({ compression: how, compressFromBytes: 100 });
      const body = 'compress me, '.repeat(1_000);
      await producer.send({ topic: `Body_${how}`, body });
      const seen = await readAll(`Body_${how}`);
      await until(() => seen.length === 1);
      expect(seen[0]?.body.toString()).toBe(body);
      expect(seen[0]?.stored.body.length).toBeLessThan(1_000);
    },
  );
});

describe('message trace', () => {
  it('tells of a message when it was sent, and before and after it was consumed', async () => {
    const producer = await startProducer({ trace: true });
    const { messageId } = await producer.send({ topic: 'Traced', body: 'x', keys: ['k1', 'k2'] });
    const seen = await readAll('Traced', { trace: true });
    await until(() => seen.length === 1);
    const traces = await readAll('RMQ_SYS_TRACE_TOPIC', { group: 'G_traces' });
    const lines = (): string[] =>
      traces.flatMap(({ body }) =>
        body
          .toString()
          .split('\u0002')
          .filter((line) => line !== ''),
      );
    await until(() => lines().length === 3);
    const types = new Set(lines().map((line) => line.split('\u0001')[0]));
    expect(types).toEqual(new Set(['Pub', 'SubBefore', 'SubAfter']));
    expect(lines().every((line) => line.includes(messageId))).toBe(true);
    expect(traces.every(({ keys }) => keys.includes(messageId) && keys.includes('k1'))).toBe(true);
  });
});

describe('the ONS surface', () => {
  it('sends, consumes, and consumes again', async () => {
    const properties = {
      NAMESRV_ADDR: String(common.nameServers),
      AccessKey: 'rocketmq2',
      SecretKey: '12345678',
      GROUP_ID: 'GID_ons',
      MaxReconsumeTimes: '3',
    };
    const producer = ons.createProducer(properties);
    closers.push(() => producer.shutdown());
    await producer.start();
    const message = new ons.Message('OnsTopic', 'TagA', 'hello');
    message.setKey('order-1');
    const { messageId } = await producer.send(message);
    expect([message.getMsgID(), producer.isStarted()]).toEqual([messageId, true]);
    const attempts: [string | undefined, string | undefined, number][] = [];
    const consumer = ons.createConsumer({ ...properties, ConsumeThreadNums: 4 });
    closers.push(() => consumer.shutdown());
    consumer.subscribe('OnsTopic', '*', (got) => {
      attempts.push([got.getMsgID(), got.getKey(), got.getReconsumeTimes()]);
      return attempts.length === 1 ? ons.Action.ReconsumeLater : ons.Action.CommitMessage;
    });
    await consumer.start();
    // `last` is where a new group begins, which in a queue this young means its first message.
    await until(() => attempts.length === 2);
    expect(attempts).toEqual([
      [messageId, 'order-1', 0],
      [messageId, 'order-1', 1],
    ]);
  });

  it('keeps the order of what has one sharding key', async () => {
    const properties = {
      NAMESRV_ADDR: String(common.nameServers),
      AccessKey: 'rocketmq2',
      SecretKey: '12345678',
      GROUP_ID: 'GID_ordered',
    };
    const producer = ons.createOrderProducer(properties);
    closers.push(() => producer.shutdown());
    await producer.start();
    const sent = Array.from({ length: 20 }, (_, index) => `m${index}`);
    for (const body of sent) {
      await producer.send(new ons.Message('OnsOrdered', undefined, body), 'order-1001');
    }
    const bodies: string[] = [];
    const consumer = ons.createOrderedConsumer(properties);
    closers.push(() => consumer.shutdown());
    consumer.subscribe('OnsOrdered', null, (message) => {
      bodies.push(message.getBody().toString());
      return ons.OrderAction.Success;
    });
    await consumer.start();
    await until(() => bodies.length === sent.length);
    expect(bodies).toEqual(sent);
  });
});
