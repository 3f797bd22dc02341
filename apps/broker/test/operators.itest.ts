/** What operators do with a broker, and what it does when its surroundings fail while it starts or stops. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Broker } from '@orbitmq/broker';
import {
  getBrokerConfig,
  getMaxOffset,
  getRouteInfoByTopic,
  getTimerMetrics,
  parseTimerMetricsSerializeWrapper,
  parseTopicRouteData,
  pullMessage,
  ResponseCode,
  sendMessageV2,
  updateBrokerConfig,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { type Disk, nodeDisk } from '@orbitmq/runtime';
import { startFixture, TIMEOUT } from './broker-fixture.ts';
import { freePort, startBroker, startNameServer } from './real-servers.ts';

jest.setTimeout(60_000);

const TOPIC = 'BenchmarkTest';

let directory: string;
let client: RemotingClient;
const started: AsyncDisposable[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-operators-'));
  client = new RemotingClient();
});

afterEach(async () => {
  await client.close();
  for (const server of started.splice(0).toReversed()) await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function sendTo(address: string, properties?: string) {
  const header = { a: 'PG', b: TOPIC, c: 'TBW102', d: 4, e: 0, f: 0, g: Date.now(), h: 0 };
  const values = { ...header, i: properties };
  return client.invoke(address, sendMessageV2, values, { ...TIMEOUT, body: Buffer.from('b') });
}

async function permissionOf(nameServer: string): Promise<number | undefined> {
  const answer = await client.invoke(nameServer, getRouteInfoByTopic, { topic: TOPIC }, TIMEOUT);
  return parseTopicRouteData(answer.body).queueDatas[0]?.perm;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const limitMs = Date.now() + 10_000;
  while (!(await isTrue())) {
    expect(Date.now()).toBeLessThan(limitMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The second port of a broker. */
function fastAddressOf({ port }: Broker): string {
  return `127.0.0.1:${port - 2}`;
}

/** The system's disk, which does not open one file any more. */
function withoutFile(name: string): { readonly disk: Disk; isFailing: boolean } {
  const failing = {
    isFailing: false,
    disk: {
      ...nodeDisk,
      open: (path: string, mode: Parameters<Disk['open']>[1]) =>
        failing.isFailing && path.endsWith(name)
          ? Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))
          : nodeDisk.open(path, mode),
    },
  };
  return failing;
}

/** The system's disk, which does not know of one file any more. */
function withoutStat(name: string): Disk {
  const stat = (path: string): ReturnType<Disk['stat']> =>
    path.endsWith(name) ? Promise.reject(new Error('EIO: i/o error')) : nodeDisk.stat(path);
  return { ...nodeDisk, stat };
}

describe('a broker whose permission is changed while it runs', () => {
  it('is not sent to any more, as soon as the name servers know', async () => {
    const port = await freePort();
    started.push(await startNameServer(directory, port));
    const nameServer = `127.0.0.1:${port}`;
    const broker = await startBroker(join(directory, 'store'), { namesrvAddr: nameServer });
    started.push(broker);
    expect(await permissionOf(nameServer)).toBe(6);
    const versionOf = async (): Promise<unknown> => {
      const { fields } = await client.invoke(broker.address, getBrokerConfig, {}, TIMEOUT);
      return JSON.parse(fields.version);
    };
    expect(await versionOf()).toMatchObject({ counter: 0 });
    const change = Buffer.from('brokerPermission=4\n');
    await client.invoke(broker.address, updateBrokerConfig, {}, { ...TIMEOUT, body: change });
    expect(await versionOf()).toMatchObject({ counter: 1 });
    await until(async () => (await permissionOf(nameServer)) === 4);
  });
});

describe('a broker that cannot start', () => {
  it.each([
    [{ brokerIP1: 'host.example' }, 'brokerIP1 is "host.example", expected an IP address'],
    [{ storePathRootDir: '/proc/none' }, '/proc/none cannot hold the store, set storePathRootDir'],
  ])('because of %j names the key', async (settings, reason) => {
    await expect(startBroker(directory, settings)).rejects.toThrow(reason);
  });
});

describe('the port two below', () => {
  it('takes what clients send that prefer the VIP channel, and no pulls', async () => {
    const broker = await startBroker(join(directory, 'store'));
    started.push(broker);
    const fast = fastAddressOf(broker);
    expect((await sendTo(fast)).code).toBe(ResponseCode.SUCCESS);
    const queue = { topic: TOPIC, queueId: 0 };
    const asked = { ...queue, committed: true };
    const end = await client.invoke(broker.address, getMaxOffset, asked, TIMEOUT);
    expect(end.fields.offset).toBe(1);
    const pull = {
      ...queue,
      consumerGroup: 'G',
      queueOffset: 0,
      maxMsgNums: 1,
      sysFlag: 0,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subVersion: 0,
    };
    const pulled = await client.invoke(fast, pullMessage, pull, TIMEOUT);
    expect(pulled.code).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
  });

  it('is opened where the first is, on the address of bindAddress and no other', async () => {
    const broker = await startBroker(directory, { bindAddress: '127.0.0.2' });
    started.push(broker);
    for (const port of [broker.port, broker.port - 2]) {
      expect((await sendTo(`127.0.0.2:${port}`)).code).toBe(ResponseCode.SUCCESS);
      await expect(sendTo(`127.0.0.1:${port}`)).rejects.toMatchObject({
        code: 'REMOTING_CONNECT_FAILED',
      });
    }
  });

  it('may be taken: the broker serves without it', async () => {
    const listenPort = await freePort();
    const other = await startBroker(join(directory, 'other'), { listenPort: `${listenPort - 2}` });
    started.push(other);
    const broker = await startBroker(join(directory, 'store'), { listenPort: `${listenPort}` });
    started.push(broker);
    expect((await sendTo(broker.address)).code).toBe(ResponseCode.SUCCESS);
  });
});

describe('a disk that fails', () => {
  it('at one part keeps no other from being closed in order', async () => {
    const failing = withoutFile('timerwheel');
    const fixture = await startFixture({}, failing.disk);
    try {
      await sendTo(fixture.broker.address, `TIMER_DELAY_SEC\u00013600`);
      await until(async () => {
        const { body } = await client.invoke(fixture.broker.address, getTimerMetrics, {}, TIMEOUT);
        return parseTimerMetricsSerializeWrapper(body).timingCount.has(TOPIC);
      });
      failing.isFailing = true;
      await expect(fixture.broker.close()).rejects.toThrow('ENOSPC');
      const store = join(fixture.directory, 'store');
      // What only a stop in order leaves.
      expect(await nodeDisk.stat(join(store, 'abort'))).toBeUndefined();
      expect(await nodeDisk.stat(join(store, 'config', 'topics.json'))).toBeDefined();
      await expect(sendTo(fixture.broker.address)).rejects.toThrow('cannot connect');
    } finally {
      await fixture.client.close();
      await rm(fixture.directory, { recursive: true });
    }
  });

  it('at the start leaves nothing behind that runs', async () => {
    const listenPort = String(await freePort());
    await expect(startFixture({ listenPort }, withoutStat('timercheck'))).rejects.toThrow('EIO');
    const broker = await startBroker(join(directory, 'store'), { listenPort });
    started.push(broker);
    expect((await sendTo(broker.address)).code).toBe(ResponseCode.SUCCESS);
  });
});
