import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkClientConfig,
  consumeMessageDirectly,
  getConsumerRunningInfo,
  getConsumerStatusFromClient,
  parseConsumeMessageDirectlyResult,
  parseConsumerRunningInfo,
  parseGetConsumerStatusBody,
  printResetOffsetBody,
  ResponseCode,
  resetConsumerClientOffset,
} from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import { gate } from '../test/gate.ts';
import { GROUP, MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import type { ConsumedBatch, ConsumeEnd } from './consume-hook.ts';
import type { MessageListener } from './listeners.ts';
import type { PushConsumer } from './push-consumer.ts';
import type { PushConsumerOptions } from './push-options.ts';

const TIMEOUT = { timeoutMs: 10_000 };

let cluster: MemoryCluster;
let consumer: PushConsumer;

async function start(
  listener: MessageListener,
  options: Partial<PushConsumerOptions> = {},
): Promise<Connection> {
  consumer = cluster.pushConsumer('one', options);
  consumer.subscribe(TOPIC, 'TagA || TagB', listener);
  await cluster.outcome(consumer.start());
  await cluster.pass(500);
  return cluster.broker.connectionOf(GROUP, consumer.clientId) as Connection;
}

function put(queueId: number, body: string): number {
  return cluster.broker.put(TOPIC, queueId, body, { properties: { TAGS: 'TagA' } });
}

async function reset(connection: Connection, queueId: number, offset: number): Promise<void> {
  const queue = { brokerName: 'broker-0', queueId, topic: TOPIC };
  const body = printResetOffsetBody({ offsetTable: [[queue, offset]] });
  const fields = { topic: TOPIC, group: GROUP, timestamp: 0, isForce: true };
  connection.notify(resetConsumerClientOffset, fields, body);
  await cluster.pass(2_000);
}

beforeEach(async () => {
  cluster = await new MemoryCluster().start();
});

afterEach(() => cluster.close());

describe('a broker that resets offsets', () => {
  it('makes the consumer go on there, backwards too', async () => {
    for (let index = 0; index < 4; index++) put(0, String(index));
    const seen: string[] = [];
    const connection = await start(({ body }) => void seen.push(body.toString()));
    expect(seen).toHaveLength(4);
    await reset(connection, 0, 2);
    expect(seen.slice(4)).toEqual(['2', '3']);
    await cluster.pass(5_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(4);
  });

  it('is not undone by a listener that ends later', async () => {
    for (let index = 0; index < 4; index++) put(0, String(index));
    const slow = gate();
    let begun = 0;
    const connection = await start(
      () => {
        begun++;
        return begun <= 4 ? slow.promise : new Promise(() => undefined);
      },
      { drainTimeoutMs: 100 },
    );
    await reset(connection, 0, 1);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    slow.open();
    await cluster.pass(6_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
  });

  it('leaves other queues and other groups alone', async () => {
    for (let index = 0; index < 4; index++) put(1, String(index));
    const seen: string[] = [];
    const connection = await start(({ body }) => void seen.push(body.toString()));
    await reset(connection, 0, 0);
    const body = printResetOffsetBody({
      offsetTable: [[{ brokerName: 'broker-0', queueId: 1, topic: TOPIC }, 0]],
    });
    const fields = { topic: TOPIC, group: 'other', timestamp: 0, isForce: true };
    connection.notify(resetConsumerClientOffset, fields, body);
    await cluster.pass(2_000);
    expect(seen).toHaveLength(4);
  });
});

describe('a broker that asks a consumer', () => {
  it('hears how far it is', async () => {
    put(0, 'a');
    put(0, 'b');
    const connection = await start(() => undefined);
    const fields = { topic: TOPIC, group: GROUP };
    const answer = await cluster.outcome(
      connection.invoke(getConsumerStatusFromClient, fields, TIMEOUT),
    );
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    const { messageQueueTable } = parseGetConsumerStatusBody(answer.body);
    expect(
      new Map(messageQueueTable.map(([queue, offset]) => [queue.queueId, offset])).get(0),
    ).toBe(2);
    expect(answer.body?.toString()).toMatch(
      /^\{"consumerTable":\{\},"messageQueueTable":\{\{"brokerName":"broker-0","queueId":\d,"topic":"T"\}:\d/,
    );
  });

  it('hears what it is doing', async () => {
    put(0, 'a');
    const connection = await start(() => new Promise(() => undefined), {
      isOrderly: true,
      drainTimeoutMs: 100,
    });
    const fields = { consumerGroup: GROUP, clientId: consumer.clientId };
    const answer = await cluster.outcome(
      connection.invoke(getConsumerRunningInfo, fields, TIMEOUT),
    );
    const info = parseConsumerRunningInfo(answer.body);
    const [, queue] =
      info.mqTable.find(([{ queueId, topic }]) => topic === TOPIC && queueId === 0) ?? [];
    expect(queue).toMatchObject({ cachedMsgCount: 1, locked: true, droped: false });
    expect(queue?.lastConsumeTimestamp).toBeGreaterThan(0);
    expect(info.properties.get('PROP_CONSUMEORDERLY')).toBe('true');
    expect(info.properties.get('PROP_CONSUME_TYPE')).toBe('CONSUME_PASSIVELY');
    expect(Number(info.properties.get('PROP_CONSUMER_START_TIMESTAMP'))).toBeGreaterThan(0);
    expect(info.subscriptionSet.map(({ topic }) => topic).toSorted()).toEqual([
      `%RETRY%${GROUP}`,
      TOPIC,
    ]);
    expect(info.statusTable.get(TOPIC)?.pullTPS).toBeCloseTo(1 / 60);
  });

  it('is told when the group is another', async () => {
    const connection = await start(() => undefined);
    const fields = { consumerGroup: 'other', clientId: consumer.clientId };
    const answer = await cluster.outcome(
      connection.invoke(getConsumerRunningInfo, fields, TIMEOUT),
    );
    expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(answer.remark).toBe('The Consumer Group <other> not exist in this consumer');
  });

  it.each([
    ['CR_SUCCESS', () => undefined],
    ['CR_LATER', () => 'reconsume-later' as const],
    [
      'CR_THROW_EXCEPTION',
      () => {
        throw new Error('no');
      },
    ],
  ])('has a message consumed, and hears %s', async (expected, listener) => {
    const connection = await start(listener);
    const body = cluster.broker.bytesOf(TOPIC, 0, put(0, 'direct'));
    await cluster.pass(500);
    const fields = { consumerGroup: GROUP, clientId: consumer.clientId, brokerName: 'broker-0' };
    const answer = await cluster.outcome(
      connection.invoke(consumeMessageDirectly, fields, { ...TIMEOUT, body }),
    );
    expect(parseConsumeMessageDirectlyResult(answer.body)).toMatchObject({
      consumeResult: expected,
      order: false,
      autoCommit: true,
    });
  });

  it('has a dead letter consumed by the listener of the topic that it came from', async () => {
    const given: string[] = [];
    const connection = await start(
      ({ topic, body }) => void given.push(`${topic}: ${String(body)}`),
    );
    const dead = `%DLQ%${GROUP}`;
    const properties = { RETRY_TOPIC: TOPIC };
    const queueOffset = cluster.broker.put(dead, 0, 'dead', { properties });
    const body = cluster.broker.bytesOf(dead, 0, queueOffset);
    const fields = { consumerGroup: GROUP, clientId: consumer.clientId, brokerName: 'broker-0' };
    const answer = await cluster.outcome(
      connection.invoke(consumeMessageDirectly, fields, { ...TIMEOUT, body }),
    );
    expect(parseConsumeMessageDirectlyResult(answer.body).consumeResult).toBe('CR_SUCCESS');
    expect(given).toEqual([`${TOPIC}: dead`]);
  });
});

describe('a subscription by SQL', () => {
  it('is looked at by a broker before the start, which fails when it is not understood', async () => {
    consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, { sql: 'a > 5' }, () => undefined);
    cluster.broker.refused.set(checkClientConfig.code, ResponseCode.SUBSCRIPTION_PARSE_FAILED);
    await expect(cluster.outcome(consumer.start())).rejects.toMatchObject({
      code: 'CLIENT_BROKER_REFUSED',
      details: { responseCode: ResponseCode.SUBSCRIPTION_PARSE_FAILED },
    });
    expect(cluster.broker.membersOf(GROUP)).toEqual([]);
  });

  it('that is none is refused where it is made', () => {
    consumer = cluster.pushConsumer('one');
    expect(() => consumer.subscribe(TOPIC, { sql: 'a >' }, () => undefined)).toThrow(
      expect.objectContaining({ code: 'FILTER_MALFORMED' }),
    );
  });

  it('is what pulls say', async () => {
    consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, { sql: 'a > 5' }, () => undefined);
    await cluster.outcome(consumer.start());
    await cluster.pass(500);
    const pull = cluster.broker.pulls.find(({ topic }) => topic === TOPIC);
    expect(pull?.expressionType).toBe('SQL92');
  });
});

describe('a consume hook', () => {
  it('sees every batch before and after its listener, and cannot break it', async () => {
    put(0, 'a');
    const events: string[] = [];
    const batches: ConsumedBatch[] = [];
    await start(() => void events.push('listener'), {
      consumeHooks: [
        {
          before: (batch) => {
            batches.push(batch);
            events.push('before');
            throw new Error('hook');
          },
          after: (batch: ConsumedBatch, { kind }: ConsumeEnd) => {
            events.push(`after ${kind} ${batch === batches[0]}`);
          },
        },
      ],
    });
    expect(events).toEqual(['before', 'listener', 'after success true']);
    expect(batches[0]?.messages.map(({ body }) => body.toString())).toEqual(['a']);
  });
});
