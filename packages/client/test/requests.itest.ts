import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  decodeProperties,
  heartBeat,
  parseHeartbeatData,
  pushReplyMessageToClient,
  ResponseCode,
  sendMessageV2,
  sendReplyMessageV2,
} from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import { createReply, Producer } from '../src/index.ts';
import { FakeCluster } from './fake-cluster.ts';

jest.setTimeout(30_000);

let cluster: FakeCluster;
let nameServer: string;
let clients: Map<string, Connection>;
/** Requests that came, as their consumer sees them. */
let requests: Record<string, string>[];
let doesPush: boolean;
/** Codes with which clients took their answers. */
let taken: number[];

const stored = { msgId: '0'.repeat(32), queueId: 0, queueOffset: 0 };

beforeEach(async () => {
  cluster = new FakeCluster();
  clients = new Map();
  requests = [];
  taken = [];
  doesPush = true;
  const broker = await cluster.startServer((server) => {
    server.register(heartBeat, (_values, { connection, command }) => {
      clients.set(parseHeartbeatData(command.body).clientID, connection);
    });
    server.register(sendMessageV2, ({ i: properties = '' }) => {
      requests.push({ ...decodeProperties(properties), CLUSTER: 'C' });
      return stored;
    });
    // What a broker does with an answer: it hands it to the client that the properties name.
    server.register(sendReplyMessageV2, async (header, { command }) => {
      const properties = header.i ?? '';
      const client = clients.get(decodeProperties(properties)['REPLY_TO_CLIENT'] ?? '');
      if (doesPush && client !== undefined) {
        const values = {
          producerGroup: header.a,
          topic: header.b,
          defaultTopic: header.c,
          defaultTopicQueueNums: header.d,
          queueId: header.e,
          sysFlag: header.f,
          bornTimestamp: header.g,
          flag: header.h,
          properties,
          bornHost: '127.0.0.1:1',
          storeHost: '127.0.0.1:2',
          storeTimestamp: 5,
        };
        const { body } = command;
        const options = { timeoutMs: 1_000, body };
        const pushed = await client.invoke(pushReplyMessageToClient, values, options);
        taken.push(pushed.code);
      }
      return stored;
    });
  });
  nameServer = await cluster.startNameServer([broker], ['T', 'C_REPLY_TOPIC']);
});

afterEach(() => cluster[Symbol.asyncDispose]());

async function startProducer(group: string): Promise<Producer> {
  const producer = new Producer({ nameServers: nameServer, group, compressFromBytes: 100 });
  await producer.start();
  cluster.onClose(() => producer.close());
  return producer;
}

/** Answers the requests that have come so far. */
async function answerAll(bodyOf: (index: number) => string): Promise<void> {
  const answerer = await startProducer('ANSWERS');
  while (requests.length === 0) await new Promise((done) => setTimeout(done, 10));
  await Promise.all(
    requests
      .splice(0)
      .map((properties, index) => answerer.send(createReply({ properties }, bodyOf(index)))),
  );
}

describe('a request', () => {
  it('gets the answer that somebody gave to it, also a compressed one', async () => {
    const producer = await startProducer('PG');
    const answered = producer.request({ topic: 'T', body: 'how many?' });
    await answerAll(() => 'y'.repeat(500));
    expect((await answered).body.toString()).toBe('y'.repeat(500));
    expect(taken).toEqual([ResponseCode.SUCCESS]);
  });

  it('gets its own answer when many are under way', async () => {
    const producer = await startProducer('PG');
    const asked = [0, 1, 2, 3].map((index) =>
      producer.request({ topic: 'T', body: 'q', properties: { index: String(index) } }),
    );
    while (requests.length < 4) await new Promise((done) => setTimeout(done, 10));
    const order = requests.map(({ index }) => index);
    await answerAll((index) => `answer ${order[index]}`);
    const bodies = (await Promise.all(asked)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['answer 0', 'answer 1', 'answer 2', 'answer 3']);
  });

  it('that nobody answers ends with an error of its own, and a late answer harms nothing', async () => {
    const producer = await startProducer('PG');
    const asked = producer.request({ topic: 'T', body: 'q' }, { timeoutMs: 200 });
    await expect(asked).rejects.toMatchObject({ code: 'CLIENT_REPLY_TIMEOUT', isRetryable: true });
    await answerAll(() => 'too late');
    expect(taken).toEqual([ResponseCode.SUCCESS]);
  });

  it('that cannot be sent ends with the reason', async () => {
    const producer = await startProducer('PG');
    await expect(producer.request({ topic: 'Unknown', body: 'q' })).rejects.toMatchObject({
      code: 'CLIENT_NO_ROUTE',
    });
  });
});
