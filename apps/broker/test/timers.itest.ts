/** What a broker answers of messages with a time of their own. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  getTimerCheckPoint,
  getTimerMetrics,
  parseTimerCheckpoint,
  parseTimerMetricsSerializeWrapper,
  ResponseCode,
  recallMessage,
  sendMessageV2,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { type BrokerFixture, startFixture, TIMEOUT } from './broker-fixture.ts';

jest.setTimeout(30_000);

const TOPIC = 'Timed';
const HOUR_MS = 3_600_000;

let fixture: BrokerFixture;

beforeAll(async () => {
  fixture = await startFixture({ timerWheelEnable: 'true', recallMessageEnable: 'true' });
  await fixture.send(TOPIC, 0);
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

function handleOf(
  change: { topic?: string; brokerName?: string; timeMs?: number; version?: string } = {},
): string {
  const { topic = TOPIC, brokerName = 'broker-a', version = 'v1' } = change;
  const timeMs = change.timeMs ?? Date.now() + HOUR_MS;
  return Buffer.from(`${version} ${topic} ${brokerName} ${timeMs} KEY`).toString('base64url');
}

async function recall(
  to: BrokerFixture,
  values: { readonly topic?: string; readonly recallHandle: string },
): Promise<Reply> {
  const request = { producerGroup: 'PG', topic: TOPIC, ...values };
  return await to.client.invoke(to.broker.address, recallMessage, request, TIMEOUT);
}

async function send(properties: string) {
  const fields = { a: 'PG', b: TOPIC, c: 'TBW102', d: 4, e: 0, f: 0, g: Date.now(), h: 0 };
  const values = { ...fields, i: properties };
  const options = { ...TIMEOUT, body: Buffer.from('body') };
  return await fixture.client.invoke(fixture.broker.address, sendMessageV2, values, options);
}

describe('a recall', () => {
  it.each([
    ['nonsense', 'recall handle is invalid'],
    ['', 'recall handle is invalid'],
    [handleOf({ version: 'v2' }), 'recall handle is invalid'],
    [handleOf({ topic: 'Other' }), 'recall failed, topic not match'],
    [handleOf({ brokerName: 'broker-b' }), 'recall failed, broker service not available'],
    [handleOf({ timeMs: Date.now() - 1 }), 'recall failed, timestamp invalid'],
    [handleOf({ timeMs: Date.now() + 100 * HOUR_MS }), 'recall failed, timestamp invalid'],
  ])('with the handle %p is refused', async (recallHandle, remark) => {
    const answer = await recall(fixture, { recallHandle });
    expect([answer.code, answer.remark]).toEqual([ResponseCode.ILLEGAL_OPERATION, remark]);
  });

  it('of a topic that is not there is refused', async () => {
    const recallHandle = handleOf({ topic: 'Nowhere' });
    const answer = await recall(fixture, { topic: 'Nowhere', recallHandle });
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.TOPIC_NOT_EXIST,
      'recall failed, the topic[Nowhere] not exist',
    ]);
  });

  it('by the handle that the send was answered with is taken', async () => {
    const sent = await send(`UNIQ_KEY\u0001K1\u0002TIMER_DELIVER_MS\u0001${Date.now() + HOUR_MS}`);
    const recallHandle = sent.fields['recallHandle'] as string;
    const answer = await recall(fixture, { recallHandle });
    expect([answer.code, answer.fields['msgId']]).toEqual([0, 'K1']);
  });

  it('is forbidden unless it is switched on', async () => {
    await using other = await startFixture();
    await other.send(TOPIC, 0);
    const answer = await recall(other, { recallHandle: handleOf() });
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.NO_PERMISSION,
      'recall failed, operation is forbidden',
    ]);
  });
});

describe('the timers of a broker', () => {
  it('tell slaves how far they are, and how many messages wait', async () => {
    const dueMs = Date.now() + HOUR_MS;
    expect((await send(`TIMER_DELIVER_MS\u0001${dueMs}`)).code).toBe(0);
    const { client, broker } = fixture;
    const countOf = async (): Promise<number> => {
      const metrics = await client.invoke(broker.address, getTimerMetrics, {}, TIMEOUT);
      const { timingCount } = parseTimerMetricsSerializeWrapper(metrics.body);
      return timingCount.get(TOPIC)?.count ?? 0;
    };
    // What was stored is taken in some milliseconds later.
    while ((await countOf()) < 1) await new Promise((done) => setTimeout(done, 20));
    const answer = await client.invoke(broker.address, getTimerCheckPoint, {}, TIMEOUT);
    expect(answer.body).toHaveLength(56);
    const { lastReadTimeMs, lastTimerQueueOffset } = parseTimerCheckpoint(answer.body);
    expect(Math.abs(lastReadTimeMs - Date.now())).toBeLessThan(20_000);
    expect(lastTimerQueueOffset).toBeGreaterThan(0);
  });

  it('that are switched off say so', async () => {
    await using other = await startFixture({ timerWheelEnable: 'false' });
    for (const definition of [getTimerCheckPoint, getTimerMetrics]) {
      const answer = await other.client.invoke(other.broker.address, definition, {}, TIMEOUT);
      expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
      expect(answer.remark).toContain('is null');
    }
  });
});

describe('the answer to a half message', () => {
  it('names the transaction for clients of 5.x', async () => {
    const fields = { a: 'PG', b: TOPIC, c: 'TBW102', d: 4, e: 0, f: 4, g: Date.now(), h: 0 };
    const i = 'UNIQ_KEY\u0001K2\u0002TRAN_MSG\u0001true\u0002PGROUP\u0001PG';
    for (const version of [407, 475]) {
      const body = Buffer.from('body');
      const answer = await fixture.askAs({ version }, sendMessageV2, { ...fields, i }, body);
      expect(answer.code).toBe(0);
      expect(answer.extFields?.['transactionId']).toBe(version === 407 ? undefined : 'K2');
      expect(answer.extFields?.['msgId']).toHaveLength(32);
    }
  });
});
