import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  decodeMessageId,
  decodeRecords,
  endTransaction,
  getBrokerRuntimeInfo,
  PropertyName,
  pullMessage,
  sendMessageV2,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { freePort, TIMEOUT } from './broker-fixture.ts';

const READY_MS = 20_000;
const ROUNDS = 2;
const EACH = 150;
const QUEUES = 4;
/** What a delivery to the millisecond may be late on a machine that does other things too. */
const LATE_MS = 2_000;

jest.setTimeout(90_000);

let directory: string;
let address: string;
let client: RemotingClient;
let broker: ChildProcess;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-waiting-'));
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  const lines = {
    brokerName: 'broker-a',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    listenPort: port,
    storePathRootDir: join(directory, 'store'),
    rocketmqHome: directory,
    transactionTimeOut: 60_000,
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(join(directory, 'broker.properties'), text.join(''));
  client = new RemotingClient();
  await start();
});

afterEach(async () => {
  await client.close();
  await kill();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  const program = join(import.meta.dirname, '../bin/mqbroker.js');
  const args = [program, '-c', join(directory, 'broker.properties')];
  const env = { ...process.env, HOME: directory };
  broker = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const deadlineMs = Date.now() + READY_MS;
  for (;;) {
    try {
      await client.invoke(address, getBrokerRuntimeInfo, {}, TIMEOUT);
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

async function kill(): Promise<void> {
  const ended = new Promise((done) => broker.once('exit', done));
  if (broker.exitCode !== null || broker.signalCode !== null) return;
  broker.kill('SIGKILL');
  await ended;
}

/** Sends a message with these properties; undefined when nobody answered. */
async function send(body: string, queueId: number, properties: string) {
  const fields = { a: 'P', b: 'T', c: 'TBW102', d: QUEUES, e: queueId, f: 0, h: 0, j: 0 };
  const values = { ...fields, g: Date.now(), i: properties };
  try {
    const options = { ...TIMEOUT, body: Buffer.from(body) };
    const answer = await client.invoke(address, sendMessageV2, values, options);
    return answer.code === 0 ? answer.fields : undefined;
  } catch {
    return undefined;
  }
}

/** @returns whether the broker said that it is done */
async function endWith(
  half: { readonly msgId: string; readonly queueOffset: number },
  commitOrRollback: number,
): Promise<boolean> {
  const { physicalOffset: commitLogOffset } = decodeMessageId(half.msgId);
  const { queueOffset: tranStateTableOffset, msgId } = half;
  const values = { producerGroup: 'P', tranStateTableOffset, commitLogOffset, msgId };
  try {
    const request = { ...values, commitOrRollback };
    return (await client.invoke(address, endTransaction, request, TIMEOUT)).code === 0;
  } catch {
    return false;
  }
}

interface Seen {
  readonly body: string;
  /** When it was taken from where it waited; undefined when it was due as it came. */
  readonly deliveredMs: number | undefined;
}

async function everything(): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    for (let offset = 0; ; ) {
      const common = {
        consumerGroup: 'G',
        topic: 'T',
        queueId,
        queueOffset: offset,
        maxMsgNums: 32,
      };
      const rest = { sysFlag: 4, commitOffset: 0, suspendTimeoutMillis: 0, subVersion: 0 };
      const values = { ...common, ...rest, subscription: '*' };
      const { code, body, fields } = await client.invoke(address, pullMessage, values, TIMEOUT);
      if (code !== 0 || body === undefined) break;
      for (const message of decodeRecords(body)) {
        const time = message.properties[PropertyName.timerDequeueMs];
        const deliveredMs = time === undefined ? undefined : Number(time);
        seen.push({ body: message.body.toString(), deliveredMs });
      }
      offset = fields.nextBeginOffset;
    }
  }
  return seen;
}

describe('a broker that is killed at any moment', () => {
  it('shows every committed message once, and nothing that is not committed', async () => {
    const committed = new Set<string>();
    const mayCome = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const work = Array.from({ length: EACH }, async (_, index) => {
        const body = `${round}/${index}`;
        const half = await send(body, index % QUEUES, `TRAN_MSG\u0001true\u0002PGROUP\u0001P`);
        if (half === undefined || index % 3 === 1) return;
        if (index % 3 === 2) {
          await endWith(half, 12);
          return;
        }
        mayCome.add(body);
        if (!(await endWith(half, 8))) return;
        committed.add(body);
        // A second answer, which changes nothing.
        await endWith(half, 8);
      });
      const victim = broker;
      setTimeout(() => void victim.kill('SIGKILL'), 40 + round * 25);
      await Promise.all(work);
      await kill();
      await start();
    }
    const bodies = (await everything()).map(({ body }) => body);
    const seen = new Set(bodies);
    expect(bodies).toHaveLength(seen.size);
    expect([...committed].filter((body) => !seen.has(body))).toEqual([]);
    expect([...seen].filter((body) => !mayCome.has(body))).toEqual([]);
    const half = await send('last', 0, `TRAN_MSG\u0001true\u0002PGROUP\u0001P`);
    expect(half !== undefined && (await endWith(half, 8))).toBe(true);
  });

  it('delivers every timer message, none before its time', async () => {
    const dueMs = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const work = Array.from({ length: EACH }, async (_, index) => {
        const body = `${round}/${index}`;
        const timeMs = Date.now() + 100 + ((index * 37) % 2_500);
        const stored = await send(body, index % QUEUES, `TIMER_DELIVER_MS\u0001${timeMs}`);
        if (stored !== undefined) dueMs.set(body, timeMs);
      });
      await Promise.all(work);
      await new Promise((done) => setTimeout(done, 300));
      await kill();
      await start();
    }
    const lastMs = Math.max(...dueMs.values()) + LATE_MS;
    await new Promise((done) => setTimeout(done, Math.max(0, lastMs - Date.now())));
    const seen = await everything();
    const bodies = new Set(seen.map(({ body }) => body));
    expect([...dueMs.keys()].filter((body) => !bodies.has(body))).toEqual([]);
    const early = seen.filter(
      ({ body, deliveredMs }) => deliveredMs !== undefined && deliveredMs < (dueMs.get(body) ?? 0),
    );
    expect(early).toEqual([]);
    expect(dueMs.size).toBe(ROUNDS * EACH);
  });
});
