import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import { heartBeat, sendMessageV2 } from '@orbitmq/protocol';
import { ClientCore } from '../src/client-core.ts';
import { Producer } from '../src/index.ts';
import { FakeCluster, until } from './fake-cluster.ts';

const HOST = '127.0.0.1';
const SEND_TIMEOUT_MS = 1_500;

jest.setTimeout(60_000);

/** What a broker does with bytes that come. */
type Misdeed = (socket: Socket, bytes: Buffer) => void;

const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  'never answers': () => undefined,
  'hangs up at once': (socket) => void socket.destroy(),
  'resets the connection': (socket) => void socket.resetAndDestroy(),
  'answers with garbage': (socket) => void socket.write(Buffer.alloc(64, 0xff)),
  'echoes what it gets': (socket, bytes) => void socket.write(bytes),
  'announces a frame and sends half of it': (socket) =>
    void socket.write(Buffer.from([0, 0, 1, 0, 0, 0, 0, 64, 0x7b])),
};

let cluster: FakeCluster;
let unhandled: unknown[];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

/** A broker that misbehaves; returns its address. */
async function startBad(misdeed: Misdeed): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => misdeed(socket, bytes));
  });
  await new Promise<void>((done) => server.listen(0, HOST, done));
  cluster.onClose(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  return `${HOST}:${typeof address === 'object' ? address?.port : 0}`;
}

/** A broker that takes messages. */
function startGood(): Promise<string> {
  let queueOffset = 0;
  return cluster.startServer((server) => {
    server.register(heartBeat, () => undefined);
    server.register(sendMessageV2, ({ e: queueId }) => ({
      msgId: '0'.repeat(32),
      queueId,
      queueOffset: queueOffset++,
    }));
  });
}

async function startProducer(nameServers: string): Promise<Producer> {
  const producer = new Producer({ nameServers, group: 'G', sendTimeoutMs: SEND_TIMEOUT_MS });
  await producer.start();
  cluster.onClose(() => producer.close());
  return producer;
}

beforeEach(() => {
  cluster = new FakeCluster();
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
});

afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
  await new Promise((done) => setImmediate(done));
  process.off('unhandledRejection', onUnhandled);
  // Whatever a test was about: nothing in the background may fail unheard.
  if (unhandled.length > 0) throw new Error('unhandled rejection', { cause: unhandled[0] });
});

describe('a producer', () => {
  it.each(Object.entries(MISDEEDS))(
    'whose broker %s fails in time, with an error of its own',
    async (_what, misdeed) => {
      const bad = await startBad(misdeed);
      const producer = await startProducer(await cluster.startNameServer([bad]));
      const startedMs = Date.now();
      const sends = Array.from({ length: 20 }, () => producer.send({ topic: 'T', body: 'x' }));
      for (const outcome of await Promise.allSettled(sends)) {
        expect(outcome.status).toBe('rejected');
        const { reason } = outcome as { readonly reason: RocketMqError };
        expect(reason).toBeInstanceOf(RocketMqError);
        expect(reason.code).toMatch(/^CLIENT_(SEND_FAILED|BROKER_REFUSED)$/);
      }
      expect(Date.now() - startedMs).toBeLessThan(SEND_TIMEOUT_MS + 1_000);
    },
  );

  it.each(Object.entries(MISDEEDS).filter(([what]) => /hangs|resets|garbage/.test(what)))(
    'loses nothing when one of two brokers %s',
    async (_what, misdeed) => {
      const brokers = [await startBad(misdeed), await startGood()];
      const producer = await startProducer(await cluster.startNameServer(brokers));
      const sends = Array.from({ length: 20 }, () => producer.send({ topic: 'T', body: 'x' }));
      for (const { queue } of await Promise.all(sends)) expect(queue.brokerName).toBe('b1');
    },
  );

  it('asks the next name server when one is down or misbehaves, and stays with the one that answers', async () => {
    const good = await cluster.startNameServer([await startGood()]);
    const garbage = await startBad(MISDEEDS['answers with garbage'] as Misdeed);
    for (let round = 0; round < 4; round++) {
      const producer = await startProducer(`${HOST}:1;${garbage};${good}`);
      expect((await producer.send({ topic: 'T', body: 'x' })).status).toBe('SEND_OK');
    }
  });

  it('fails in time when every name server is silent', async () => {
    const producer = await startProducer(await startBad(() => undefined));
    const startedMs = Date.now();
    await expect(producer.send({ topic: 'T', body: 'x' })).rejects.toMatchObject({
      code: 'CLIENT_NO_NAME_SERVER',
    });
    expect(Date.now() - startedMs).toBeLessThan(SEND_TIMEOUT_MS + 500);
  });

  it('closed during sends lets them end first, and takes no more', async () => {
    const producer = await startProducer(await cluster.startNameServer([await startGood()]));
    const sends = Array.from({ length: 100 }, () => producer.send({ topic: 'T', body: 'x' }));
    const closing = producer.close();
    await expect(producer.send({ topic: 'T', body: 'x' })).rejects.toMatchObject({
      code: 'CLIENT_NOT_RUNNING',
    });
    const results = await Promise.all(sends);
    await closing;
    expect(new Set(results.map(({ queueOffset }) => queueOffset)).size).toBe(100);
  });

  it('refuses sends beyond its bounds, by number and by bytes', async () => {
    const silent = await startBad(() => undefined);
    const nameServers = await cluster.startNameServer([silent]);
    const bounds = { maxInFlight: 3, maxInFlightBytes: 1_000 };
    const producer = new Producer({ nameServers, group: 'G', sendTimeoutMs: 300, ...bounds });
    await producer.start();
    cluster.onClose(() => producer.close());
    const tooMany = { code: 'CLIENT_TOO_MANY_SENDS', isRetryable: true };
    const small = [1, 2, 3].map(() => producer.send({ topic: 'T', body: 'x' }));
    await expect(producer.send({ topic: 'T', body: 'x' })).rejects.toMatchObject(tooMany);
    await Promise.allSettled(small);
    const large = producer.send({ topic: 'T', body: 'x'.repeat(2_000) });
    await expect(producer.send({ topic: 'T', body: 'x' })).rejects.toMatchObject(tooMany);
    await expect(large).rejects.toMatchObject({ code: 'CLIENT_SEND_FAILED' });
  });
});

describe('a client', () => {
  it('tells a broker again who it is after the connection was lost', async () => {
    const heard: number[] = [];
    const broker = await cluster.startServer((server) => {
      server.register(heartBeat, (_values, { connection }) => {
        heard.push(Date.now());
        if (heard.length === 1) setTimeout(() => connection.close(), 50);
      });
    });
    const core = new ClientCore({ nameServers: await cluster.startNameServer([broker]) });
    cluster.onClose(() => core.close());
    core.start(() => ({ clientID: 'C', consumerDataSet: [], producerDataSet: [] }));
    await core.route('T');
    await core.sendHeartbeats();
    await until(() => heard.length === 2, 'a second heartbeat');
    expect(heard).toHaveLength(2);
  });
});
