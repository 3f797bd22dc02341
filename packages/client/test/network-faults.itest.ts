import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import {
  getRouteInfoByTopic,
  heartBeat,
  printTopicRouteData,
  ResponseCode,
  sendMessageV2,
} from '@orbitmq/protocol';
import { RemotingServer, reply } from '@orbitmq/remoting';
import { ClientCore } from '../src/client-core.ts';
import { Producer } from '../src/index.ts';

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

let closers: (() => Promise<void>)[];
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
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  return `${HOST}:${typeof address === 'object' ? address?.port : 0}`;
}

async function startServer(register: (server: RemotingServer) => void): Promise<string> {
  const server = new RemotingServer({ host: HOST, port: 0 });
  register(server);
  const { port } = await server.listen();
  closers.push(() => server.close());
  return `${HOST}:${port}`;
}

/** A broker that takes messages. */
function startGood(): Promise<string> {
  let queueOffset = 0;
  return startServer((server) => {
    server.register(heartBeat, () => undefined);
    server.register(sendMessageV2, ({ e: queueId }) => ({
      msgId: '0'.repeat(32),
      queueId,
      queueOffset: queueOffset++,
    }));
  });
}

/** A name server that knows one topic, on the brokers of these addresses. */
function startNameServer(brokers: readonly string[]): Promise<string> {
  const route = {
    brokerDatas: brokers.map((address, index) => {
      return { brokerName: `b${index}`, cluster: 'C', brokerAddrs: new Map([[0, address]]) };
    }),
    queueDatas: brokers.map((_address, index) => {
      const counts = { readQueueNums: 1, writeQueueNums: 1 };
      return { brokerName: `b${index}`, perm: 6, ...counts, topicSysFlag: 0 };
    }),
    filterServerTable: new Map(),
  };
  return startServer((server) => {
    server.register(getRouteInfoByTopic, ({ topic }) => {
      if (topic !== 'T') return reply({ code: ResponseCode.TOPIC_NOT_EXIST });
      return reply({ body: printTopicRouteData(route) });
    });
  });
}

async function startProducer(nameServers: string): Promise<Producer> {
  const producer = new Producer({ nameServers, group: 'G', sendTimeoutMs: SEND_TIMEOUT_MS });
  await producer.start();
  closers.push(() => producer.close());
  return producer;
}

beforeEach(() => {
  closers = [];
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
});

afterEach(async () => {
  for (const close of closers.toReversed()) await close();
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
      const producer = await startProducer(await startNameServer([bad]));
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
      const producer = await startProducer(await startNameServer(brokers));
      const sends = Array.from({ length: 20 }, () => producer.send({ topic: 'T', body: 'x' }));
      for (const { queue } of await Promise.all(sends)) expect(queue.brokerName).toBe('b1');
    },
  );

  it('asks the next name server when one is down or misbehaves, and stays with the one that answers', async () => {
    const good = await startNameServer([await startGood()]);
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
    const producer = await startProducer(await startNameServer([await startGood()]));
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
    const nameServers = await startNameServer([silent]);
    const bounds = { maxInFlight: 3, maxInFlightBytes: 1_000 };
    const producer = new Producer({ nameServers, group: 'G', sendTimeoutMs: 300, ...bounds });
    await producer.start();
    closers.push(() => producer.close());
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
    const broker = await startServer((server) => {
      server.register(heartBeat, (_values, { connection }) => {
        heard.push(Date.now());
        if (heard.length === 1) setTimeout(() => connection.close(), 50);
      });
    });
    const core = new ClientCore({ nameServers: await startNameServer([broker]) });
    closers.push(() => core.close());
    core.start(() => ({ clientID: 'C', consumerDataSet: [], producerDataSet: [] }));
    await core.route('T');
    await core.sendHeartbeats();
    const deadlineMs = Date.now() + 10_000;
    while (heard.length < 2) {
      expect(Date.now()).toBeLessThan(deadlineMs);
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(heard).toHaveLength(2);
  });
});
