import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import {
  checkTransactionState,
  decodeRecord,
  type RequestOf,
  type StoredMessage,
  SystemTopic,
} from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import { StoreFixture } from '../../test/store-fixture.ts';
import { ProducerGroups } from '../clients/producer-groups.ts';
import { SpecialProperty } from '../send/property-bytes.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { TransactionChecker } from './transaction-checker.ts';

const HALF = SystemTopic.transactionHalf;
const SECOND_MS = 1_000;

/** Keeps what a producer is told. */
class Asked {
  readonly requests: RequestOf<typeof checkTransactionState>[] = [];
  readonly messages: StoredMessage[] = [];
  isClosed = false;

  notify(
    definition: typeof checkTransactionState,
    request: RequestOf<typeof checkTransactionState>,
    body: Buffer,
  ): void {
    if (definition !== checkTransactionState) throw new Error('told something else');
    this.requests.push(request);
    this.messages.push(decodeRecord(body, 0));
  }
}

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let broker: StoreFixture;
let producers: ProducerGroups;
let checker: TransactionChecker;
let producer: Asked;
const config = {
  brokerName: 'broker-a',
  transactionTimeOut: 6_000,
  transactionCheckMax: 15,
  transactionCheckInterval: 60_000,
  fileReservedTime: 72,
};

beforeEach(async () => {
  broker = await StoreFixture.create();
  producers = new ProducerGroups();
  producer = connect('P');
  checker = new TransactionChecker({
    halfMessages: broker.halfMessages,
    producers,
    config,
    clock: broker.clock,
    timers: {
      after: () => ({ cancel: () => undefined }),
      every: () => ({ cancel: () => undefined }),
      afterPoll: () => undefined,
    },
    log: silentLogger,
  });
});

afterEach(async () => {
  await checker.close();
  await broker[Symbol.asyncDispose]();
});

function connect(group: string): Asked {
  const asked = new Asked();
  producers.register(group, {
    clientId: 'c',
    language: 0,
    version: 407,
    connection: asked as unknown as Connection,
    heartbeatMs: 0,
    seenMs: 0,
  });
  return asked;
}

async function sendHalf(body: string, properties: Record<string, string> = {}): Promise<void> {
  const topic = broker.topics.put(topicConfig('T'));
  const record = broker.record(body, {
    TRAN_MSG: 'true',
    PGROUP: 'P',
    UNIQ_KEY: `key-${body}`,
    ...properties,
  });
  const special = SpecialProperty.transaction;
  const sent = { special, maxReconsumeTimes: -1, peerVersion: 407 };
  const routed = broker.router.route(topic, 3, record, sent);
  if ('code' in routed) throw new Error(routed.remark);
  await broker.put(routed.topic.queue(routed.queueId), record);
}

function pass(seconds: number): void {
  broker.clock.nowMs += seconds * SECOND_MS;
}

describe('a half message that nobody settled', () => {
  it('is asked for when it is as old as transactionTimeOut, not before', async () => {
    await sendHalf('m');
    pass(5.9);
    await checker.check();
    expect(producer.requests).toEqual([]);
    pass(0.1);
    await checker.check();
    expect(producer.requests).toHaveLength(1);
    const [request] = producer.requests;
    const copies = await broker.messages(HALF);
    expect(request).toEqual({
      tranStateTableOffset: 1,
      commitLogOffset: copies[1]?.physicalOffset,
      msgId: 'key-m',
      transactionId: 'key-m',
      offsetMsgId: copies[1]?.offsetMessageId,
      topic: 'T',
      bname: 'broker-a',
    });
    const [message] = producer.messages;
    expect(message).toMatchObject({ topic: 'T', queueId: 3, queueOffset: 1 });
    expect(message?.body.toString()).toBe('m');
    expect(message?.properties).toMatchObject({ PGROUP: 'P', TRANSACTION_CHECK_TIMES: '1' });
  });

  it('is asked for once a round, and given up after transactionCheckMax rounds', async () => {
    await sendHalf('m');
    for (let round = 0; round < 15; round++) {
      pass(60);
      await checker.check();
      expect(producer.requests).toHaveLength(round + 1);
    }
    expect(await broker.messages(SystemTopic.transactionCheckMaxTime)).toEqual([]);
    pass(60);
    await checker.check();
    expect(producer.requests).toHaveLength(15);
    expect(await broker.bodies(SystemTopic.transactionCheckMaxTime)).toEqual(['m']);
    pass(60);
    await checker.check();
    expect(await broker.bodies(SystemTopic.transactionCheckMaxTime)).toEqual(['m']);
    expect(await broker.messages('T', 3)).toEqual([]);
  });

  it('is not asked for any more when the answer came', async () => {
    await sendHalf('m');
    pass(60);
    await checker.check();
    const offset = producer.requests[0]?.commitLogOffset ?? -1;
    const half = await broker.halfMessages.atPhysicalOffset(offset);
    if (half === undefined) throw new Error('asked for what is not there');
    await broker.halfMessages.settle(half, true);
    pass(60);
    await checker.check();
    expect(producer.requests).toHaveLength(1);
    expect(await broker.bodies('T', 3)).toEqual(['m']);
  });

  it('may say itself how long to wait', async () => {
    await sendHalf('late', { CHECK_IMMUNITY_TIME_IN_SECONDS: '100' });
    await sendHalf('default', { CHECK_IMMUNITY_TIME_IN_SECONDS: 'soon' });
    pass(60);
    await checker.check();
    expect(producer.messages.map(({ body }) => body.toString())).toEqual(['default']);
    pass(39);
    await checker.check();
    expect(producer.messages.map(({ body }) => body.toString())).toEqual(['default', 'default']);
    pass(1);
    await checker.check();
    expect(producer.messages.map(({ body }) => body.toString())).toEqual([
      'default',
      'default',
      'late',
      'default',
    ]);
    const late = producer.messages.find(({ body }) => body.toString() === 'late');
    expect(late?.properties['TRANSACTION_CHECK_TIMES']).toBe('1');
  });

  it('that is older than files are kept is given up', async () => {
    await sendHalf('m');
    pass(73 * 3600);
    await checker.check();
    expect(producer.requests).toEqual([]);
    expect(await broker.bodies(SystemTopic.transactionCheckMaxTime)).toEqual(['m']);
  });

  it('is asked of another producer each time, and of none that is gone', async () => {
    const second = connect('P');
    await sendHalf('m');
    for (let round = 0; round < 4; round++) {
      pass(60);
      await checker.check();
    }
    expect(producer.requests).toHaveLength(2);
    expect(second.requests).toHaveLength(2);
    producer.isClosed = true;
    pass(60);
    await checker.check();
    expect(second.requests).toHaveLength(3);
    second.isClosed = true;
    pass(60);
    await checker.check();
    expect(producer.requests.length + second.requests.length).toBe(5);
  });

  it('keeps neither queue from moving on', async () => {
    await Promise.all(Array.from({ length: 600 }, (_, index) => sendHalf(String(index))));
    pass(60);
    await checker.check();
    expect(producer.requests).toHaveLength(600);
    await broker.halfMessages.saveProgress();
    expect(broker.metadata.consumerOffset(HALF, 'CID_RMQ_SYS_TRANS', 0)).toBe(600);
  });
});
