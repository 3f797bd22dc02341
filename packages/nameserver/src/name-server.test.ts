import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { crc32, RocketMqError, silentLogger } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  addWritePermOfBroker,
  brokerHeartbeat,
  deleteKvConfig,
  deleteTopicInNameServer,
  getAllTopicListFromNameServer,
  getBrokerClusterInfo,
  getBrokerMemberGroup,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getKvConfig,
  getKvListByNamespace,
  getNameServerConfig,
  getRouteInfoByTopic,
  getSystemTopicListFromNameServer,
  getTopicsByCluster,
  getUnitTopicList,
  notifyMinBrokerIdChange,
  parseTopicList,
  printDataVersion,
  printRegisterBrokerBody,
  printTopicRouteData,
  putKvConfig,
  queryDataVersion,
  type RegisterBrokerBody,
  type RequestOf,
  ResponseCode,
  registerBroker,
  registerTopicInNameServer,
  unregisterBroker,
  updateNameServerConfig,
  wipeWritePermOfBroker,
} from '@orbitmq/protocol';
import { RemotingClient, RemotingServer, type Reply } from '@orbitmq/remoting';
import { type Clock, systemTimers, type Timers } from '@orbitmq/runtime';
import { bodyWith, topic } from '../test/registrations.ts';
import { DEFAULT_NAME_SERVER_SETTINGS, NameServer, type NameServerSettings } from './index.ts';

const broker: RequestOf<typeof registerBroker> = {
  clusterName: 'DefaultCluster',
  brokerName: 'broker-a',
  brokerId: 0,
  brokerAddr: '127.0.0.1:10911',
  haServerAddr: '127.0.0.1:10912',
  compressed: false,
  bodyCrc32: 0,
};
const identity = {
  clusterName: broker.clusterName,
  brokerName: broker.brokerName,
  brokerId: broker.brokerId,
  brokerAddr: broker.brokerAddr,
};
const slave = { ...broker, brokerId: 1, brokerAddr: '127.0.0.1:20911' };

class ManualTime {
  nowMs = 0;
  #scan: (() => void) | undefined;
  readonly clock: Clock = { now: () => this.nowMs, monotonicMs: () => this.nowMs };
  /** Only the scan for silent brokers waits for this clock; sockets need the true one. */
  readonly timers: Timers = {
    ...systemTimers,
    after: (delayMs, callback) => {
      if (delayMs !== SCAN_MS) return systemTimers.after(delayMs, callback);
      this.#scan = callback;
      return { cancel: () => undefined };
    },
  };

  scanAt(nowMs: number): void {
    this.nowMs = nowMs;
    this.#scan?.();
  }
}

const SCAN_MS = 5000;
let directory = '';
let time = new ManualTime();
let settings: NameServerSettings;
let opened: { close(): Promise<void> }[] = [];
let client = new RemotingClient();
let address = '';

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'orbitmq-nameserver-'));
  time = new ManualTime();
  settings = {
    ...DEFAULT_NAME_SERVER_SETTINGS,
    listenPort: 0,
    bindAddress: '127.0.0.1',
    kvConfigPath: join(directory, 'namesrv/kvConfig.json'),
  };
  client = new RemotingClient();
  opened = [client];
  address = await start();
});
afterEach(async () => {
  for (const each of opened.toReversed()) await each.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<string> {
  const server = new NameServer({
    config: {
      get settings() {
        return settings;
      },
      propertiesText: () => `listenPort=${settings.listenPort}\n`,
      update: (text) => {
        if (text.startsWith('kvConfigPath')) {
          const remark = 'Can not update config in black list.';
          return Promise.reject(new RocketMqError(remark, { code: 'CONFIG_PROTECTED' }));
        }
        const [key = '', value = ''] = text.trim().split('=');
        settings = { ...settings, [key]: value === 'true' };
        return Promise.resolve();
      },
    },
    log: silentLogger,
    clock: time.clock,
    timers: time.timers,
  });
  opened.push(server);
  const { port } = await server.start();
  return `127.0.0.1:${port}`;
}

function ask<D extends AnyCommandDefinition>(
  definition: D,
  values: RequestOf<D>,
  body?: Buffer,
): Promise<Reply<D>> {
  return client.invoke(address, definition, values, { timeoutMs: 3000, body });
}

const textOf = ({ body }: { readonly body?: Buffer | undefined }): string => String(body);
const topicsOf = (answer: { readonly body?: Buffer | undefined }): readonly string[] =>
  parseTopicList(answer.body).topicList.toSorted();
const register = (
  values: Partial<typeof broker> = {},
  body: RegisterBrokerBody = bodyWith([topic('Orders')]),
) => ask(registerBroker, { ...broker, ...values }, printRegisterBrokerBody(body));
const routeOf = (name: string, values: object = {}) =>
  ask(getRouteInfoByTopic, { topic: name, ...values });

describe('registration', () => {
  it('makes a topic routable in the standard dialect for newer clients', async () => {
    expect((await register()).code).toBe(ResponseCode.SUCCESS);
    const answer = await routeOf('Orders');
    expect(textOf(answer)).toBe(
      '{"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:10911"},"brokerName":"broker-a","cluster":"DefaultCluster"}],' +
        '"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]}',
    );
  });

  it('gives the flag of 5.x brokers back', async () => {
    await register({ enableActingMaster: false });
    expect(textOf(await routeOf('Orders'))).toContain('"enableActingMaster":false');
  });

  it('takes the compressed form of 4.x, and checks its sum', async () => {
    const body = printRegisterBrokerBody(bodyWith([topic('Orders')]), {
      isCompressed: true,
      version: 401,
    });
    const values = { ...broker, compressed: true, bodyCrc32: crc32(body) };
    expect(
      (await ask(registerBroker, { ...values, bodyCrc32: crc32(body) ^ 1 }, body)).remark,
    ).toBe('crc32 not match');
    expect((await ask(registerBroker, values, body)).code).toBe(ResponseCode.SUCCESS);
    expect((await routeOf('Orders')).code).toBe(ResponseCode.SUCCESS);
  });

  it('answers a body that is none with what is wrong', async () => {
    const answer = await ask(registerBroker, broker, Buffer.from('{"topicConfig'));
    expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(answer.remark).toContain('malformed RegisterBrokerBody');
  });

  it('tells a slave its master, and every broker the order of queues', async () => {
    await ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'Orders', value: 'broker-a:4' });
    expect(textOf(await register())).toBe('{"table":{"Orders":"broker-a:4"}}');
    expect((await register(slave)).fields).toEqual({
      masterAddr: '127.0.0.1:10911',
      haServerAddr: '127.0.0.1:10912',
    });
  });

  it('ends with the connection it came by', async () => {
    const brokersClient = new RemotingClient();
    const body = printRegisterBrokerBody(bodyWith([topic('Orders')]));
    await brokersClient.invoke(address, registerBroker, broker, { timeoutMs: 3000, body });
    await brokersClient.close();
    while ((await routeOf('Orders')).code === ResponseCode.SUCCESS) await Promise.resolve();
    expect((await routeOf('Orders')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });

  it('ends when the broker is silent for its time, which a heartbeat prolongs', async () => {
    await register({ heartbeatTimeoutMillis: 10_000 });
    time.scanAt(9000);
    await ask(brokerHeartbeat, identity);
    time.scanAt(19_000);
    expect((await routeOf('Orders')).code).toBe(ResponseCode.SUCCESS);
    time.scanAt(19_001);
    // The silent broker's connection was closed with it.
    client = new RemotingClient();
    opened.push(client);
    expect((await routeOf('Orders')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });

  it('ends on request', async () => {
    await register();
    await ask(unregisterBroker, identity);
    expect((await routeOf('Orders')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect(textOf(await ask(getBrokerClusterInfo, {}))).toBe(
      '{"brokerAddrTable":{},"clusterAddrTable":{}}',
    );
  });

  it('is asked for by version', async () => {
    const version = { counter: 1, timestamp: 1_700_000_000_000 };
    const query = (counter: number) =>
      ask(queryDataVersion, identity, printDataVersion({ ...version, counter }));
    const unknown = await query(1);
    expect([unknown.fields, textOf(unknown)]).toEqual([{ changed: true }, 'undefined']);
    await register();
    expect((await query(1)).fields).toEqual({ changed: false });
    const changed = await query(2);
    expect(changed.fields).toEqual({ changed: true });
    expect(textOf(changed)).toBe('{"counter":1,"timestamp":1700000000000}');
  });

  it('tells the members of a group that their smallest id is another', async () => {
    settings = { ...settings, notifyMinBrokerIdChanged: true };
    const slaveServer = new RemotingServer({ port: 0, host: '127.0.0.1' });
    opened.push(slaveServer);
    const told = new Promise<unknown>((resolve) => {
      slaveServer.register(notifyMinBrokerIdChange, (request) => resolve(request));
    });
    const { port } = await slaveServer.listen();
    await register();
    await register({ ...slave, brokerAddr: `127.0.0.1:${port}` });
    await ask(unregisterBroker, identity);
    await expect(told).resolves.toMatchObject({
      brokerName: 'broker-a',
      minBrokerId: 1,
      minBrokerAddr: `127.0.0.1:${port}`,
      offlineBrokerAddr: '127.0.0.1:10911',
    });
  });
});

describe('routes', () => {
  it('of an unknown topic are answered with the words that tools look for', async () => {
    const answer = await routeOf('Nothing');
    expect(answer.code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect(answer.remark).toMatch(
      /^No topic route info in name server for the topic: Nothing\nSee http/,
    );
  });

  it('carry the order of queues when that is enabled', async () => {
    await register();
    await ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'Orders', value: 'broker-a:4' });
    expect(textOf(await routeOf('Orders'))).not.toContain('orderTopicConf');
    await ask(updateNameServerConfig, {}, Buffer.from('orderMessageEnable=true'));
    expect(textOf(await routeOf('Orders'))).toContain('"orderTopicConf":"broker-a:4"');
  });

  it('wait for brokers after a start when that is configured', async () => {
    settings = { ...settings, needWaitForService: true };
    await register();
    expect((await routeOf('Orders')).remark).toBe('name server not ready');
    time.nowMs = 45_000;
    expect((await routeOf('Orders')).code).toBe(ResponseCode.SUCCESS);
  });

  it('lose and regain the permission to write', async () => {
    await register();
    expect((await ask(wipeWritePermOfBroker, { brokerName: 'broker-a' })).fields).toEqual({
      wipeTopicCount: 1,
    });
    expect(textOf(await routeOf('Orders'))).toContain('"perm":4');
    expect((await ask(addWritePermOfBroker, { brokerName: 'broker-a' })).fields).toEqual({
      addTopicCount: 1,
    });
    expect(textOf(await routeOf('Orders'))).toContain('"perm":6');
  });

  it('are deleted and registered one by one', async () => {
    await register();
    await ask(deleteTopicInNameServer, { topic: 'Orders', clusterName: 'Other' });
    expect((await routeOf('Orders')).code).toBe(ResponseCode.SUCCESS);
    await ask(deleteTopicInNameServer, { topic: 'Orders' });
    expect((await routeOf('Orders')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    const queue = {
      brokerName: 'broker-a',
      perm: 6,
      readQueueNums: 1,
      topicSysFlag: 0,
      writeQueueNums: 1,
    };
    const route = { brokerDatas: [], filterServerTable: new Map(), queueDatas: [queue] };
    await ask(registerTopicInNameServer, { topic: 'New' }, printTopicRouteData(route));
    expect((await routeOf('New')).code).toBe(ResponseCode.SUCCESS);
  });
});

describe('lists', () => {
  it('of topics are limited by cluster and unit', async () => {
    const topics = [
      topic('Plain'),
      topic('Unit', { topicSysFlag: 1 }),
      topic('Subscribed', { topicSysFlag: 2 }),
      topic('Both', { topicSysFlag: 3 }),
    ];
    await register({}, bodyWith(topics));
    await register(
      { clusterName: 'Other', brokerName: 'broker-b', brokerAddr: '127.0.0.1:1' },
      bodyWith([topic('Elsewhere')]),
    );
    expect(topicsOf(await ask(getAllTopicListFromNameServer, {}))).toEqual([
      'Both',
      'Elsewhere',
      'Plain',
      'Subscribed',
      'Unit',
    ]);
    expect(topicsOf(await ask(getTopicsByCluster, { cluster: 'Other' }))).toEqual(['Elsewhere']);
    expect(topicsOf(await ask(getTopicsByCluster, { cluster: 'None' }))).toEqual([]);
    expect(topicsOf(await ask(getUnitTopicList, {}))).toEqual(['Both', 'Unit']);
    expect(topicsOf(await ask(getHasUnitSubTopicList, {}))).toEqual(['Both', 'Subscribed']);
    expect(topicsOf(await ask(getHasUnitSubUnunitTopicList, {}))).toEqual(['Subscribed']);
  });

  it('can be switched off', async () => {
    settings = { ...settings, enableAllTopicList: false, enableTopicList: false };
    expect((await ask(getAllTopicListFromNameServer, {})).remark).toBe('disable');
    expect((await ask(getTopicsByCluster, { cluster: 'x' })).remark).toBe('disable');
  });

  it('name clusters, brokers and the members of one', async () => {
    await register();
    await register(slave);
    expect(textOf(await ask(getSystemTopicListFromNameServer, {}))).toBe(
      '{"brokerAddr":"127.0.0.1:10911","topicList":["DefaultCluster","broker-a"]}',
    );
    expect(textOf(await ask(getBrokerClusterInfo, {}))).toBe(
      '{"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:20911"},"brokerName":"broker-a","cluster":"DefaultCluster"}},' +
        '"clusterAddrTable":{"DefaultCluster":["broker-a"]}}',
    );
    const group = { clusterName: 'DefaultCluster', brokerName: 'broker-a' };
    expect(textOf(await ask(getBrokerMemberGroup, group))).toBe(
      '{"brokerMemberGroup":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:20911"},"brokerName":"broker-a","cluster":"DefaultCluster"}}',
    );
  });
});

describe('KV configuration', () => {
  const entry = { namespace: 'NS', key: 'K' };

  it('is kept over a restart in the file that Apache reads', async () => {
    await ask(putKvConfig, { ...entry, value: 'V' });
    expect(JSON.parse(readFileSync(settings.kvConfigPath, 'utf8'))).toEqual({
      configTable: { NS: { K: 'V' } },
    });
    address = await start();
    expect((await ask(getKvConfig, entry)).fields).toEqual({ value: 'V' });
    expect(textOf(await ask(getKvListByNamespace, { namespace: 'NS' }))).toBe(
      '{"table":{"K":"V"}}',
    );
  });

  it('answers what is absent with its code, and deletes it without complaint', async () => {
    const absent = await ask(getKvConfig, entry);
    expect([absent.code, absent.remark]).toEqual([22, 'No config item, Namespace: NS Key: K']);
    expect((await ask(getKvListByNamespace, { namespace: 'NS' })).remark).toBe(
      'No config item, Namespace: NS',
    );
    expect((await ask(deleteKvConfig, entry)).code).toBe(ResponseCode.SUCCESS);
    await ask(putKvConfig, { ...entry, value: 'V' });
    await ask(deleteKvConfig, entry);
    expect((await ask(getKvConfig, entry)).code).toBe(ResponseCode.QUERY_NOT_FOUND);
  });

  it('holds every one of many changes made at once', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => ask(putKvConfig, { namespace: 'NS', key, value: key })));
    const { NS } = JSON.parse(readFileSync(settings.kvConfigPath, 'utf8')).configTable;
    expect(Object.keys(NS).toSorted()).toEqual(keys.toSorted());
  });

  it('that cannot be read stops the start with the name of the file', async () => {
    writeFileSync(join(directory, 'broken.json'), '{"configTable":');
    settings = { ...settings, kvConfigPath: join(directory, 'broken.json') };
    await expect(start()).rejects.toMatchObject({
      code: 'KV_CONFIG_CORRUPT',
      message: expect.stringContaining('broken.json'),
    });
  });
});

describe('settings', () => {
  it('are told and changed, and protected ones refused', async () => {
    expect(textOf(await ask(getNameServerConfig, {}))).toBe('listenPort=0\n');
    const refused = await ask(updateNameServerConfig, {}, Buffer.from('kvConfigPath=/x'));
    expect([refused.code, refused.remark]).toEqual([
      ResponseCode.NO_PERMISSION,
      'Can not update config in black list.',
    ]);
    expect((await ask(updateNameServerConfig, {})).code).toBe(ResponseCode.SUCCESS);
  });
});
