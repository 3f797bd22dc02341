import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as protocol from '@orbitmq/protocol';
import {
  type AnyCommandDefinition,
  getBrokerClusterInfo,
  getRouteInfoByTopic,
  printClusterInfo,
  printTopicRouteData,
  ResponseCode,
  sendMessageV2,
} from '@orbitmq/protocol';
import { RemotingServer, reply } from '@orbitmq/remoting';
import { COMMANDS } from '../src/commands/index.ts';
import { runAdmin } from '../src/run.ts';

/** Options with which each command gets as far as to ask brokers. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  updateTopic: ['-t', 'Orders', '-c', 'C'],
  topicList: [],
  topicRoute: ['-t', 'Orders'],
  topicStatus: ['-t', 'Orders'],
  clusterList: [],
  consumerProgress: ['-g', 'mailer'],
  sendMessage: ['-t', 'Orders', '-p', 'hello'],
};

interface Heard {
  readonly request: string;
  readonly accessKey: string | undefined;
  readonly isSigned: boolean;
}

let home: string;
let server: RemotingServer;
let address: string;
let heard: Heard[];

function isDefinition(value: unknown): value is AnyCommandDefinition {
  return typeof value === 'object' && value !== null && 'code' in value && 'request' in value;
}

/** What name server and broker answer: here both are one. */
function answerTo(definition: AnyCommandDefinition) {
  const brokerAddrs = new Map([[0, address]]);
  if (definition.code === getRouteInfoByTopic.code) {
    const queues = { perm: 6, readQueueNums: 1, writeQueueNums: 1, topicSysFlag: 0 };
    const route = {
      brokerDatas: [{ brokerName: 'b', cluster: 'C', brokerAddrs }],
      queueDatas: [{ brokerName: 'b', ...queues }],
      filterServerTable: new Map<string, string[]>(),
    };
    return reply({ body: printTopicRouteData(route) });
  }
  if (definition.code === getBrokerClusterInfo.code) {
    const info = {
      brokerAddrTable: new Map([['b', { brokerName: 'b', cluster: 'C', brokerAddrs }]]),
      clusterAddrTable: new Map([['C', ['b']]]),
    };
    return reply({ body: printClusterInfo(info) });
  }
  if (definition.code === sendMessageV2.code) {
    const fields = { msgId: '0'.repeat(32), queueId: 0, queueOffset: 0 };
    return reply<typeof sendMessageV2>({ fields });
  }
  return reply({ code: ResponseCode.SYSTEM_ERROR, remark: 'not here' });
}

async function run(name: string): Promise<{ out: string; error: string }> {
  let [out, error] = ['', ''];
  await runAdmin([name, '-n', address, ...(ARGUMENTS[name] ?? [])], {
    environment: { ROCKETMQ_HOME: home },
    writeOut: (text) => void (out += text),
    writeError: (text) => void (error += text),
  });
  return { out, error };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-signing-'));
  await mkdir(join(home, 'conf'));
  await writeFile(join(home, 'conf', 'tools.yml'), 'accessKey: operator\nsecretKey: a secret\n');
  server = new RemotingServer({ host: '127.0.0.1', port: 0 });
  for (const definition of Object.values(protocol).filter(isDefinition)) {
    server.register(definition, (_values, { command: { extFields = {} } }) => {
      const { AccessKey: accessKey, Signature: signature } = extFields;
      heard.push({ request: definition.name, accessKey, isSigned: signature !== undefined });
      return answerTo(definition);
    });
  }
  const { port } = await server.listen();
  address = `127.0.0.1:${port}`;
});

beforeEach(() => {
  heard = [];
});

afterAll(async () => {
  await server.close();
  await rm(home, { recursive: true });
});

describe('with credentials in conf/tools.yml', () => {
  it.each(COMMANDS.map(({ name }) => name))('%s signs every request', async (name) => {
    await run(name);
    expect(heard).not.toEqual([]);
    expect(
      heard.filter(({ accessKey, isSigned }) => accessKey !== 'operator' || !isSigned),
    ).toEqual([]);
  });

  it('the message of sendMessage is among what is signed', async () => {
    const { out, error } = await run('sendMessage');
    expect([out.includes('SEND_OK'), error]).toEqual([true, '']);
    expect(heard.map(({ request }) => request)).toContain(sendMessageV2.name);
  });
});
