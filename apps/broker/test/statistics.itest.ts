import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  consumerSendMsgBack,
  decodeMessageId,
  encodeBatchBody,
  getBrokerRuntimeInfo,
  getConsumeStats,
  getTopicStatsInfo,
  parseBrokerStatsData,
  parseConsumeStats,
  parseKVTable,
  parseTopicStatsTable,
  pullMessage,
  ResponseCode,
  sendBatchMessage,
  viewBrokerStatsData,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { type Disk, type DiskFile, nodeDisk } from '@orbitmq/runtime';
import { type BrokerFixture, startFixture, TIMEOUT } from './broker-fixture.ts';

jest.setTimeout(30_000);

const TOPIC = 'Counted';
const GROUP = 'G_counted';
const BATCH = 5;

let fixture: BrokerFixture;
let address: string;
let messageId: string;

beforeAll(async () => {
  fixture = await startFixture({ brokerClusterName: 'C1' });
  address = fixture.broker.address;
  messageId = await fixture.send(TOPIC, 0);
  await fixture.send(TOPIC, 1);
  await sendBatch();
  await pull(0, 0);
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

async function sendBatch(): Promise<void> {
  const body = encodeBatchBody(
    Array.from({ length: BATCH }, (_, index) => ({
      flag: 0,
      body: Buffer.from(`b${index}`),
      properties: Buffer.from('TAGS\u0001A\u0002'),
    })),
  );
  const fields = { a: 'PG', b: TOPIC, c: 'TBW102', d: 4, e: 0, f: 0, g: Date.now(), h: 0 };
  const answer = await fixture.client.invoke(
    address,
    sendBatchMessage,
    { ...fields, m: true },
    { ...TIMEOUT, body },
  );
  expect(answer.code).toBe(0);
}

async function pull(queueId: number, queueOffset: number): Promise<void> {
  const values = {
    consumerGroup: GROUP,
    topic: TOPIC,
    queueId,
    queueOffset,
    maxMsgNums: 32,
    sysFlag: 4,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 0,
  };
  const answer = await fixture.client.invoke(address, pullMessage, values, TIMEOUT);
  expect(answer.code).toBe(0);
}

/** What was counted since the start; undefined for what never was. */
function counted(statsName: string, statsKey: string): number | undefined {
  return fixture.broker.context.stats.find(statsName, statsKey)?.sum;
}

async function view(statsName: string, statsKey: string): Promise<Reply> {
  const values = { statsName, statsKey };
  return await fixture.client.invoke(address, viewBrokerStatsData, values, TIMEOUT);
}

async function sendBack(delayLevel: number): Promise<void> {
  const { physicalOffset: offset } = decodeMessageId(messageId);
  const values = {
    group: GROUP,
    offset,
    delayLevel,
    originMsgId: '',
    originTopic: TOPIC,
    unitMode: false,
  };
  const answer = await fixture.client.invoke(address, consumerSendMsgBack, values, TIMEOUT);
  expect(answer.code).toBe(0);
}

describe('statistics that tools ask for', () => {
  it('count the messages of batches one by one, for topic, queue and broker', () => {
    expect(counted('TOPIC_PUT_NUMS', TOPIC)).toBe(2 + BATCH);
    expect(counted('QUEUE_PUT_NUMS', `${TOPIC}@0`)).toBe(1 + BATCH);
    expect(counted('QUEUE_PUT_NUMS', `${TOPIC}@1`)).toBe(1);
    expect(counted('BROKER_PUT_NUMS', 'C1')).toBe(2 + BATCH);
    expect(counted('TOPIC_PUT_SIZE', TOPIC)).toBe(fixture.broker.context.store.counters.putBytes);
  });

  it('count what groups get, and nothing that nobody got', () => {
    expect(counted('GROUP_GET_NUMS', `${TOPIC}@${GROUP}`)).toBe(1 + BATCH);
    expect(counted('BROKER_GET_NUMS', 'C1')).toBe(1 + BATCH);
    expect(counted('GROUP_GET_LATENCY', `0@${TOPIC}@${GROUP}`)).toBeGreaterThanOrEqual(0);
    expect(counted('GROUP_GET_NUMS', `${TOPIC}@G_nobody`)).toBeUndefined();
    expect(counted('NO_SUCH_NAME', TOPIC)).toBeUndefined();
  });

  it('are told for the last minute, hour and day; what was never counted does not exist', async () => {
    fixture.broker.context.stats.sampleSeconds(Date.now());
    const { statsMinute, statsHour } = parseBrokerStatsData(
      (await view('TOPIC_PUT_NUMS', TOPIC)).body,
    );
    expect(statsMinute?.sum).toBe(2 + BATCH);
    expect(statsMinute?.tps).toBeCloseTo((2 + BATCH) / 10, 1);
    expect(statsMinute?.avgpt).toBeCloseTo((2 + BATCH) / 3);
    expect(statsHour?.sum).toBe(0);
    // Readers know whole numbers alone.
    const latency = await view('GROUP_GET_LATENCY', `0@${TOPIC}@${GROUP}`);
    expect(parseBrokerStatsData(latency.body).statsMinute?.sum).toBeGreaterThanOrEqual(0);
    const absent = await view('TOPIC_PUT_NUMS', 'Nowhere');
    expect([absent.code, absent.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'The stats <TOPIC_PUT_NUMS> <Nowhere> not exist',
    ]);
  });

  it('count send-backs under the topic of origin, and dead letters apart', async () => {
    const key = `${TOPIC}@${GROUP}`;
    await sendBack(0);
    expect(counted('SNDBCK_PUT_NUMS', key)).toBe(1);
    expect(counted('SNDBCK2DLQ_TIMES', `null@${key}@SEND_BACK_TO_DLQ`)).toBeUndefined();
    expect(counted('TOPIC_PUT_NUMS', 'SCHEDULE_TOPIC_XXXX')).toBe(1);
    // It waits: the broker counts it when it is delivered.
    expect(counted('BROKER_PUT_NUMS', 'C1')).toBe(2 + BATCH);
    await sendBack(-1);
    expect(counted('SNDBCK_PUT_NUMS', key)).toBe(2);
    expect(counted('SNDBCK2DLQ_TIMES', `null@${key}@SEND_BACK_TO_DLQ`)).toBe(1);
    expect(counted('TOPIC_PUT_NUMS', `%DLQ%${GROUP}`)).toBe(1);
    expect(counted('BROKER_PUT_NUMS', 'C1')).toBe(3 + BATCH);
  });

  it('tell 5.x tools how far a group has pulled, and others not', async () => {
    for (const version of [407, 475]) {
      const values = { consumerGroup: GROUP, topic: TOPIC };
      const answer = await fixture.askAs({ version }, getConsumeStats, values);
      const [first] = parseConsumeStats(answer.body).offsetTable;
      expect(first?.[1].pullOffset).toBe(version === 407 ? undefined : 1 + BATCH);
      const topic = await fixture.askAs({ version }, getTopicStatsInfo, { topic: TOPIC });
      expect(parseTopicStatsTable(topic.body).topicPutTps === undefined).toBe(version === 407);
    }
  });

  it('are summed up in the runtime information with what the store did', async () => {
    const answer = await fixture.client.invoke(address, getBrokerRuntimeInfo, {}, TIMEOUT);
    const { table } = parseKVTable(answer.body);
    const { counters } = fixture.broker.context.store;
    expect(table.get('msgPutTotalTodayNow')).toBe(String(counters.putMessages));
    expect(table.get('msgGetTotalTodayNow')).toBe(String(counters.transferredMessages));
    expect(counters.putMessages).toBe(4 + BATCH);
    expect(table.get('putMessageDistributeTime')).toBe('null');
    expect(Number(table.get('putMessageEntireTimeMax'))).toBeLessThan(30_000);
    const { diskRatios } = fixture.broker.context.store;
    expect(table.get('commitLogDiskRatio')).toBe(String(diskRatios.log));
    expect(table.get('consumeQueueDiskRatio')).toBe(String(diskRatios.queues));
    for (const key of ['putLatency99', 'putLatency999']) {
      expect(table.get(key)).toMatch(/^\d+\.\d\d$/);
    }
  });
});

/** The system's disk, whose commit log takes nothing while `isFull`. */
class FillableDisk {
  isFull = false;
  readonly disk: Disk = {
    ...nodeDisk,
    open: async (path, mode) => {
      const file = await nodeDisk.open(path, mode);
      return path.includes('commitlog') ? this.#fillable(file) : file;
    },
  };

  #fillable(file: DiskFile): DiskFile {
    return {
      write: async (...range) => {
        if (this.isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        await file.write(...range);
      },
      read: (...range) => file.read(...range),
      sync: () => file.sync(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      size: () => file.size(),
      close: () => file.close(),
    };
  }
}

describe('statistics of a broker whose disk is full', () => {
  it('count what is stored, and not what was refused', async () => {
    const full = new FillableDisk();
    await using other = await startFixture({ brokerClusterName: 'C2' }, full.disk);
    const { stats, store } = other.broker.context;
    const sumOf = (name: string, key: string) => stats.find(name, key)?.sum;
    await other.send(TOPIC, 0);
    const sizeBytes = sumOf('TOPIC_PUT_SIZE', TOPIC);
    full.isFull = true;
    await expect(other.send(TOPIC, 0)).rejects.toThrow('send answered 14');
    expect(sumOf('TOPIC_PUT_NUMS', TOPIC)).toBe(1);
    expect(sumOf('TOPIC_PUT_SIZE', TOPIC)).toBe(sizeBytes);
    expect(sumOf('QUEUE_PUT_NUMS', `${TOPIC}@0`)).toBe(1);
    expect(sumOf('BROKER_PUT_NUMS', 'C2')).toBe(1);
    expect(store.counters).toMatchObject({ putMessages: 1, failedPuts: 1 });
    full.isFull = false;
    while (!store.isWritable) await new Promise((done) => setTimeout(done, 50));
    await other.send(TOPIC, 0);
    expect(sumOf('TOPIC_PUT_NUMS', TOPIC)).toBe(2);
    expect(store.counters.putMessages).toBe(2);
  });
});
