import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  cloneGroupOffset,
  consumeMessageDirectly,
  getConsumerRunningInfo,
  getConsumerStatusFromClient,
  invokeBrokerToGetConsumerStatus,
  invokeBrokerToResetOffset,
  LANGUAGES,
  parseGetConsumerStatusBody,
  parseGroupForbidden,
  parseQueryConsumeTimeSpanBody,
  parseQueryCorrectionOffsetBody,
  parseQuerySubscriptionResponseBody,
  parseResetOffsetBody,
  printConsumeMessageDirectlyResult,
  printConsumerRunningInfo,
  printGetConsumerStatusBody,
  pullMessage,
  queryConsumerOffset,
  queryConsumeTimeSpan,
  queryCorrectionOffset,
  querySubscriptionByConsumer,
  type RequestOf,
  ResponseCode,
  resetConsumerClientOffset,
  updateAndGetGroupForbidden,
  updateConsumerOffset,
} from '@orbitmq/protocol';
import { RemotingClient, type Reply, reply } from '@orbitmq/remoting';
import { type BrokerFixture, joinGroup, startFixture, TIMEOUT } from './broker-fixture.ts';

jest.setTimeout(30_000);

const V4 = { version: 407 };
const V5 = { version: 475 };
const TOPIC = 'Resets';
const MESSAGES = 5;

let fixture: BrokerFixture;
let address: string;
/** The client that consumes in group `G_online`; what it is asked is kept. */
let consumer: RemotingClient;
const told: string[] = [];
let lastMessage: string;

beforeAll(async () => {
  fixture = await startFixture();
  address = fixture.broker.address;
  for (let index = 0; index < MESSAGES; index++) lastMessage = await fixture.send(TOPIC, 0);
  consumer = new RemotingClient();
  consumer.register(resetConsumerClientOffset, ({ group, timestamp }, { command }) => {
    told.push(`${group} ${timestamp} ${command.body?.toString()}`);
  });
  consumer.register(getConsumerStatusFromClient, ({ topic }) => {
    const queue = { brokerName: 'broker-a', queueId: 0, topic };
    return reply({
      body: printGetConsumerStatusBody({
        consumerTable: new Map(),
        messageQueueTable: [[queue, 3]],
      }),
    });
  });
  consumer.register(getConsumerRunningInfo, ({ jstackEnable }) => {
    const properties = new Map([['PROP_JSTACK', String(jstackEnable)]]);
    return reply({
      body: printConsumerRunningInfo({
        mqTable: [],
        properties,
        statusTable: new Map(),
        subscriptionSet: [],
      }),
    });
  });
  consumer.register(consumeMessageDirectly, ({ brokerName }, { command }) => {
    told.push(`consume ${brokerName} ${command.body?.subarray(-4).length}`);
    return reply({
      body: printConsumeMessageDirectlyResult({
        autoCommit: true,
        consumeResult: 'CR_SUCCESS',
        order: false,
        spentTimeMills: 1,
      }),
    });
  });
  await joinGroup(consumer, address, { group: 'G_online', topic: TOPIC, clientId: 'c@1' });
});

afterAll(async () => {
  await consumer.close();
  await fixture[Symbol.asyncDispose]();
});

async function commit(group: string, queueId: number, commitOffset: number): Promise<Reply> {
  const values = { consumerGroup: group, topic: TOPIC, queueId, commitOffset };
  return await fixture.client.invoke(address, updateConsumerOffset, values, TIMEOUT);
}

async function committed(group: string, queueId: number): Promise<number> {
  const values = { consumerGroup: group, topic: TOPIC, queueId };
  const answer = await fixture.client.invoke(address, queryConsumerOffset, values, TIMEOUT);
  return answer.code === 0 ? answer.fields.offset : -1;
}

async function commitAll(group: string, offset: number): Promise<void> {
  for (let queueId = 0; queueId < 4; queueId++) {
    await commit(group, queueId, queueId === 0 ? offset : 0);
  }
}

async function pull(group: string, queueOffset: number) {
  const values = {
    consumerGroup: group,
    topic: TOPIC,
    queueId: 0,
    queueOffset,
    maxMsgNums: 32,
    sysFlag: 4,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 0,
  };
  return await fixture.client.invoke(address, pullMessage, values, TIMEOUT);
}

function reset(
  peer: { readonly version: number; readonly language?: number },
  wish: Partial<RequestOf<typeof invokeBrokerToResetOffset>> & { readonly group: string },
) {
  const values = { topic: TOPIC, timestamp: 0, isForce: true, ...wish };
  return fixture.askAs(peer, invokeBrokerToResetOffset, values);
}

/** As Java prints it, and Go reads it. */
function offsetEntry(queueId: number): string {
  return `{"brokerName":"broker-a","queueId":${queueId},"topic":"${TOPIC}"}:0`;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((done) => setTimeout(done, 5));
}

describe('a reset asked for by a 4.x tool', () => {
  it('is told to the consumers in the form that Go clients read, and answered with the offsets', async () => {
    await commitAll('G_online', MESSAGES);
    told.length = 0;
    const answer = await reset(V4, { group: 'G_online' });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    const { offsetTable } = parseResetOffsetBody(answer.body);
    expect(offsetTable.map(([{ queueId }, offset]) => [queueId, offset])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    await until(() => told.length === 1);
    expect(told).toEqual([
      `G_online 0 {"offsetTable":{${[0, 1, 2, 3].map(offsetEntry).join(',')}}}`,
    ]);
  });

  it('goes forwards when it is forced only', async () => {
    await commitAll('G_online', 2);
    const kept = await reset(V4, { group: 'G_online', timestamp: -1, isForce: false });
    expect(parseResetOffsetBody(kept.body).offsetTable[0]?.[1]).toBe(2);
    const forced = await reset(V4, { group: 'G_online', timestamp: -1 });
    expect(parseResetOffsetBody(forced.body).offsetTable[0]?.[1]).toBe(MESSAGES);
  });

  it('reaches the consumers as a list when the tool is written in C++', async () => {
    await commitAll('G_online', MESSAGES);
    told.length = 0;
    await reset({ ...V4, language: LANGUAGES.indexOf('CPP') }, { group: 'G_online' });
    await until(() => told.length === 1);
    expect(told[0]).toContain('{"offsetTable":[{"brokerName":"broker-a","offset":0,"queueId":0,');
  });

  it('is refused for a group that is offline, so that the tool sets the offsets itself', async () => {
    await commitAll('G_offline', MESSAGES);
    const answer = await reset(V4, { group: 'G_offline' });
    expect(answer.code).toBe(ResponseCode.CONSUMER_NOT_ONLINE);
    expect(answer.remark).toBe(
      `Consumer not online, so can not reset offset, Group: G_offline Topic: ${TOPIC} Timestamp: 0`,
    );
  });

  it('is refused for a group that never consumed, and for a topic that is not there', async () => {
    const unknownGroup = await reset(V4, { group: 'G_nobody' });
    expect([unknownGroup.code, unknownGroup.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'THe consumer group <G_nobody> not exist',
    ]);
    const unknownTopic = await reset(V4, { group: 'G_online', topic: 'Nowhere' });
    expect([unknownTopic.code, unknownTopic.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      '[reset-offset] reset offset failed, no topic in this broker. topic=Nowhere',
    ]);
  });
});

describe('a reset asked for by a 5.x tool', () => {
  it('sends the consumer elsewhere with its next pull, once, and ignores what it commits before', async () => {
    await commitAll('G_online', MESSAGES);
    const answer = await reset(V5, { group: 'G_online' });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(await committed('G_online', 0)).toBe(0);
    const late = await commit('G_online', 0, MESSAGES);
    expect([late.code, late.remark]).toEqual([0, 'Offset has been previously reset']);
    expect(await committed('G_online', 0)).toBe(0);
    const moved = await pull('G_online', MESSAGES);
    expect([moved.code, moved.remark]).toEqual([ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_RESET']);
    expect(moved.fields).toMatchObject({ nextBeginOffset: 0, minOffset: 0, maxOffset: MESSAGES });
    expect((await pull('G_online', 0)).code).toBe(ResponseCode.SUCCESS);
    await commit('G_online', 0, 4);
    expect(await committed('G_online', 0)).toBe(4);
  });

  it('sets one queue of an offline group to an offset that lies in it, and to no other', async () => {
    await commitAll('G_offline', MESSAGES);
    const inside = await reset(V5, { group: 'G_offline', queueId: 0, offset: 2 });
    // The group exists for the broker once it has pulled.
    expect(inside.code).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    await pull('G_offline', 0);
    expect((await reset(V5, { group: 'G_offline', queueId: 0, offset: 2 })).code).toBe(0);
    expect(await committed('G_offline', 0)).toBe(2);
    expect((await pull('G_offline', 2)).code).toBe(ResponseCode.SUCCESS);
    const outside = await reset(V5, { group: 'G_offline', queueId: 0, offset: 99 });
    expect(outside.remark).toBe(`Target offset 99 not in consume queue range [0-${MESSAGES}]`);
    const noQueue = await reset(V5, { group: 'G_offline', queueId: 77 });
    expect([noQueue.code, noQueue.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'No queues to reset.',
    ]);
  });

  it('is refused for a topic that is not there', async () => {
    const answer = await reset(V5, { group: 'G_online', topic: 'Nowhere' });
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.TOPIC_NOT_EXIST,
      'Topic Nowhere does not exist',
    ]);
  });
});

describe('a consumer asked through the broker', () => {
  it('tells its offsets, to whom asks for all clients or for this one', async () => {
    for (const clientAddr of [undefined, '', 'c@1']) {
      const values = { topic: TOPIC, group: 'G_online', clientAddr };
      const answer = await fixture.askAs(V4, invokeBrokerToGetConsumerStatus, values);
      const { consumerTable } = parseGetConsumerStatusBody(answer.body);
      expect(consumerTable.get('c@1')).toEqual([
        [{ brokerName: 'broker-a', queueId: 0, topic: TOPIC }, 3],
      ]);
    }
    const none = { topic: TOPIC, group: 'G_nobody' };
    const answer = await fixture.askAs(V4, invokeBrokerToGetConsumerStatus, none);
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'No Any Consumer online in the consumer group: [G_nobody]',
    ]);
  });

  it('describes itself', async () => {
    const values = { consumerGroup: 'G_online', clientId: 'c@1', jstackEnable: true };
    const answer = await fixture.askAs(V4, getConsumerRunningInfo, values);
    expect(answer.code).toBe(0);
    expect(answer.body?.toString()).toContain('"PROP_JSTACK":"true"');
  });

  it('consumes the message it is handed', async () => {
    told.length = 0;
    const values = { consumerGroup: 'G_online', clientId: 'c@1', msgId: lastMessage };
    const answer = await fixture.askAs(V4, consumeMessageDirectly, values);
    expect(answer.body?.toString()).toContain('"consumeResult":"CR_SUCCESS"');
    expect(told).toEqual(['consume broker-a 4']);
  });

  it('is not found under another id, and handed no message that is not there', async () => {
    const absent = { consumerGroup: 'G_online', clientId: 'c@2', msgId: lastMessage };
    const answer = await fixture.askAs(V4, consumeMessageDirectly, absent);
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'The Consumer <G_online> <c@2> not online',
    ]);
    const noId = { consumerGroup: 'G_online', clientId: 'c@1', msgId: 'xyz' };
    const malformed = await fixture.askAs(V4, consumeMessageDirectly, noId);
    expect(malformed.remark).toBe('"xyz" is no offset message id: 32 or 56 hex digits');
  });

  it('that serves no such request answers the tool with its own refusal', async () => {
    await using mute = new RemotingClient();
    await joinGroup(mute, address, { group: 'G_mute', topic: TOPIC, clientId: 'c@3' });
    const values = { consumerGroup: 'G_mute', clientId: 'c@3' };
    const answer = await fixture.askAs(V4, getConsumerRunningInfo, values);
    expect(answer.code).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
  });
});

describe('offsets of groups', () => {
  it('are cloned for one topic and, without a topic, for all', async () => {
    await commitAll('G_source', 3);
    for (const [destGroup, topic] of [
      ['G_clone1', TOPIC],
      ['G_clone2', undefined],
    ] as const) {
      const values = { srcGroup: 'G_source', destGroup, topic, offline: false };
      expect((await fixture.askAs(V4, cloneGroupOffset, values)).code).toBe(0);
      expect(await committed(destGroup, 0)).toBe(3);
    }
  });

  it('are corrected to the smallest of the others, and survive the question', async () => {
    await commitAll('G_slow', 1);
    await commitAll('G_fast', 4);
    const values = { topic: TOPIC, compareGroup: 'G_fast', filterGroups: undefined };
    const all = await fixture.askAs(V4, queryCorrectionOffset, values);
    expect(parseQueryCorrectionOffsetBody(all.body).correctionOffsets.get(0)).toBe(1);
    const others = fixture.broker.context.metadata.groupsOfTopic(TOPIC);
    const filterGroups = others.filter((group) => group !== 'G_fast').join(',');
    const alone = await fixture.askAs(V4, queryCorrectionOffset, { ...values, filterGroups });
    expect(parseQueryCorrectionOffsetBody(alone.body).correctionOffsets.get(0)).toBe(4);
    const slow = await fixture.askAs(V4, queryCorrectionOffset, {
      ...values,
      compareGroup: 'G_slow',
      filterGroups: others.filter((group) => group !== 'G_fast').join(','),
    });
    expect(slow.body?.toString()).toContain('0:9223372036854775807');
    expect(await committed('G_slow', 0)).toBe(1);
  });

  it('have times', async () => {
    await commitAll('G_times', 2);
    const values = { topic: TOPIC, group: 'G_times' };
    const answer = await fixture.askAs(V4, queryConsumeTimeSpan, values);
    const [first, second] = parseQueryConsumeTimeSpanBody(answer.body).consumeTimeSpanSet;
    expect(first?.minTimeStamp).toBeGreaterThan(0);
    expect(first?.maxTimeStamp).toBeGreaterThanOrEqual(first?.minTimeStamp ?? 0);
    expect(first?.consumeTimeStampStr).toMatch(/^\d{4}-\d\d-\d\d#\d\d:\d\d:\d\d:\d{3}$/);
    expect(first?.delayTime).toBeGreaterThan(0);
    expect(second).toMatchObject({ minTimeStamp: -1, maxTimeStamp: -1, delayTime: 0 });
    const unknown = await fixture.askAs(V4, queryConsumeTimeSpan, { ...values, topic: 'Nowhere' });
    expect([unknown.code, unknown.remark]).toEqual([
      ResponseCode.TOPIC_NOT_EXIST,
      'topic[Nowhere] not exist',
    ]);
  });
});

describe('what a group may read', () => {
  it('is told and changed, and a pull that is forbidden is refused', async () => {
    const values = { group: 'G_online', topic: TOPIC };
    const before = await fixture.askAs(V5, updateAndGetGroupForbidden, values);
    expect(parseGroupForbidden(before.body).readable).toBe(true);
    const change = { ...values, readable: false };
    const after = await fixture.askAs(V5, updateAndGetGroupForbidden, change);
    expect(parseGroupForbidden(after.body).readable).toBe(false);
    const byHeartbeat = { consumerGroup: 'G_online', topic: TOPIC, queueId: 0, queueOffset: 0 };
    const refused = await fixture.askAs(V5, pullMessage, {
      ...byHeartbeat,
      maxMsgNums: 1,
      sysFlag: 0,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subVersion: 0,
    });
    expect([refused.code, refused.remark]).toEqual([
      ResponseCode.NO_PERMISSION,
      `the consumer group[G_online] is forbidden for topic[${TOPIC}]`,
    ]);
    await fixture.askAs(V5, updateAndGetGroupForbidden, { ...values, readable: true });
  });

  it('is what its members subscribe to', async () => {
    const values = { group: 'G_online', topic: TOPIC };
    const answer = await fixture.askAs(V5, querySubscriptionByConsumer, values);
    expect(parseQuerySubscriptionResponseBody(answer.body).subscriptionData?.subString).toBe('*');
    const other = await fixture.askAs(V5, querySubscriptionByConsumer, {
      ...values,
      topic: 'Nowhere',
    });
    expect(parseQuerySubscriptionResponseBody(other.body).subscriptionData).toBeUndefined();
  });
});
