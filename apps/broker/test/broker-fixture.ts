/** A broker of its own for a test, and peers that speak to it frame by frame. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '@orbitmq/broker';
import {
  type AnyCommandDefinition,
  encodeCommand,
  encodeFields,
  FrameView,
  heartBeat,
  LANGUAGE_OTHER,
  printHeartbeatData,
  type RemotingCommand,
  type RequestOf,
  readFrame,
  SerializeType,
  sendMessageV2,
  toCommand,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import type { Disk } from '@orbitmq/runtime';
import { brokerConfig, LiveConfig } from '@orbitmq/service';

export const TIMEOUT = { timeoutMs: 5_000 } as const;

export interface BrokerFixture extends AsyncDisposable {
  readonly broker: Broker;
  readonly directory: string;
  /** A peer of today. */
  readonly client: RemotingClient;
  /** Asks over a connection of its own, as a peer of another version. */
  askAs<D extends AnyCommandDefinition>(
    peer: { readonly version: number; readonly language?: number },
    definition: D,
    values: RequestOf<D>,
    body?: Buffer,
  ): Promise<RemotingCommand>;
  /** Stores one message; its offset message id. */
  send(topic: string, queueId: number, properties?: string): Promise<string>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * @param keys settings by Apache's names
 * @param disk the system's when absent
 */
export async function startFixture(
  keys: Readonly<Record<string, string>> = {},
  disk?: Disk,
): Promise<BrokerFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-broker-'));
  const port = await freePort();
  const config = new LiveConfig(brokerConfig, { keptIn: join(directory, 'broker.properties') });
  const all = {
    brokerName: 'broker-a',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    listenPort: String(port),
    namesrvAddr: '',
    rocketmqHome: directory,
    storePathRootDir: join(directory, 'store'),
    ...keys,
  };
  config.apply(
    Object.entries(all).map(([key, value]) => ({ key, value, line: 0 })),
    'test',
  );
  const broker = await Broker.start({
    config: config.settings,
    configAccess: config,
    ...(disk === undefined ? {} : { disk }),
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  const client = new RemotingClient();
  return {
    broker,
    directory,
    client,
    askAs: (peer, definition, values, body) =>
      ask(port, {
        code: definition.code,
        language: peer.language ?? LANGUAGE_OTHER,
        version: peer.version,
        opaque: 1,
        flag: 0,
        extFields: encodeFields(definition.request, values as never),
        body,
        serializeType: SerializeType.json,
      }),
    send: (topic, queueId, properties) =>
      sendOne(client, broker.address, { topic, queueId, properties }),
    async [Symbol.asyncDispose]() {
      await client.close();
      await broker.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function sendOne(
  client: RemotingClient,
  address: string,
  message: { topic: string; queueId: number; properties: string | undefined },
): Promise<string> {
  const { topic, queueId, properties } = message;
  const fields = { a: 'PG', b: topic, c: 'TBW102', d: 4, e: queueId, f: 0, g: Date.now(), h: 0 };
  const values = { ...fields, i: properties };
  const body = Buffer.from('body');
  const answer = await client.invoke(address, sendMessageV2, values, { ...TIMEOUT, body });
  if (answer.code !== 0) throw new Error(`send answered ${answer.code} ${answer.remark}`);
  return answer.fields.msgId;
}

export interface Member {
  readonly group: string;
  readonly topic: string;
  readonly clientId: string;
}

/** Makes the peer a member of a consumer group. */
export async function joinGroup(
  client: RemotingClient,
  address: string,
  member: Member,
): Promise<void> {
  await client.invoke(address, heartBeat, {}, { ...TIMEOUT, body: heartbeatOf(member) });
}

/** What a member of a consumer group tells the broker. */
export function heartbeatOf(member: Member): Buffer {
  return printHeartbeatData({
    clientID: member.clientId,
    producerDataSet: [],
    consumerDataSet: [
      {
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        consumeType: 'CONSUME_PASSIVELY',
        groupName: member.group,
        messageModel: 'CLUSTERING',
        unitMode: false,
        subscriptionDataSet: [
          {
            topic: member.topic,
            subString: '*',
            expressionType: 'TAG',
            subVersion: 1,
            classFilterMode: false,
            tagsSet: [],
            codeSet: [],
          },
        ],
      },
    ],
  });
}

/** One request and its answer over a connection that is made for it. */
export function ask(port: number, command: RemotingCommand): Promise<RemotingCommand> {
  return new Promise((resolve, reject) => {
    const socket: Socket = tcpConnect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const view = new FrameView();
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      readFrame(received, 0, received.length, view);
      resolve(toCommand(view));
      socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an answer')));
    socket.write(encodeCommand(command));
  });
}
