/** What peers send that cannot be served: each is answered with the reference's code, and the broker goes on. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type AnyCommandDefinition,
  checkClientConfig,
  consumerSendMsgBack,
  defineCommand,
  endTransaction,
  getAllConsumerOffset,
  getAllDelayOffset,
  getConsumerConnectionList,
  getConsumerListByGroup,
  getConsumeStats,
  getMaxOffset,
  getMinOffset,
  heartBeat,
  parseConsumerOffsetSerializeWrapper,
  parseConsumeStats,
  parseDelayOffsetSerializeWrapper,
  printHeartbeatData,
  pullMessage,
  queryConsumeQueue,
  queryConsumerOffset,
  type RequestOf,
  ResponseCode,
  searchOffsetByTimestamp,
  sendMessageV2,
  text,
  updateConsumerOffset,
  viewMessageById,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { type BrokerFixture, startFixture, TIMEOUT } from './broker-fixture.ts';

jest.setTimeout(30_000);

const TOPIC = 'Refused';
const MESSAGES = 3;

let fixture: BrokerFixture;

beforeAll(async () => {
  fixture = await startFixture({
    autoCreateSubscriptionGroup: 'false',
    enablePropertyFilter: 'true',
  });
  for (let index = 0; index < MESSAGES; index++) await fixture.send(TOPIC, 0);
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

async function ask<D extends AnyCommandDefinition>(
  definition: D,
  values: RequestOf<D>,
  body?: Buffer,
): Promise<Reply<D>> {
  const { client, broker } = fixture;
  return await client.invoke(broker.address, definition, values, { ...TIMEOUT, body });
}

function pullValues(change: Partial<RequestOf<typeof pullMessage>> = {}) {
  return {
    consumerGroup: 'TOOLS_CONSUMER',
    topic: TOPIC,
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 4,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 0,
    ...change,
  };
}

async function subscribe(
  subString: string,
  expressionType: string,
  clientID: string,
): Promise<Reply> {
  const data = { topic: TOPIC, subString, expressionType, subVersion: Date.now() };
  const body = printHeartbeatData({
    clientID,
    producerDataSet: [],
    consumerDataSet: [
      {
        groupName: 'TOOLS_CONSUMER',
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        unitMode: false,
        subscriptionDataSet: [{ ...data, classFilterMode: false, tagsSet: [], codeSet: [] }],
      },
    ],
  });
  return await ask(heartBeat, {}, body);
}

async function send(topic: string, properties: string, queueId = 0): Promise<Reply> {
  const fields = { a: 'PG', b: topic, c: 'TBW102', d: 4, e: queueId, f: 0, g: Date.now(), h: 0 };
  return await ask(sendMessageV2, { ...fields, i: properties }, Buffer.from('body'));
}

describe('a group that nobody knows', () => {
  it('may not pull, nor send messages back', async () => {
    const pulled = await ask(pullMessage, pullValues({ consumerGroup: 'G_unknown' }));
    expect([pulled.code, pulled.remark]).toEqual([
      ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      expect.stringContaining('subscription group [G_unknown] does not exist, '),
    ]);
    const values = {
      group: 'G_unknown',
      offset: 0,
      delayLevel: 0,
      originMsgId: '',
      originTopic: TOPIC,
    };
    const sentBack = await ask(consumerSendMsgBack, { ...values, unitMode: false });
    expect([sentBack.code, sentBack.remark]).toEqual([
      ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      expect.stringContaining('subscription group not exist, G_unknown '),
    ]);
  });

  it('has no members, no connections and no statistics', async () => {
    const members = await ask(getConsumerListByGroup, { consumerGroup: 'G_unknown' });
    expect([members.code, members.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'no consumer for this group, G_unknown',
    ]);
    const online = await ask(getConsumerConnectionList, { consumerGroup: 'G_unknown' });
    expect([online.code, online.remark]).toEqual([
      ResponseCode.CONSUMER_NOT_ONLINE,
      'the consumer group[G_unknown] not online',
    ]);
    const stats = await ask(getConsumeStats, { consumerGroup: 'G_unknown' });
    expect([stats.code, parseConsumeStats(stats.body).offsetTable]).toEqual([0, []]);
  });
});

describe('a subscription that does not parse', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['a > ', 'SQL92'],
    ["a = 'b", 'SQL92'],
    ['(((', 'SQL92'],
    ['a', 'LUA'],
  ];

  it.each(broken)(
    '%p of type %p is refused when a client asks before it starts',
    async (subString, type) => {
      const subscriptionData = {
        topic: TOPIC,
        subString,
        expressionType: type,
        subVersion: 1,
        classFilterMode: false,
        tagsSet: [],
        codeSet: [],
      };
      const body = Buffer.from(JSON.stringify({ clientId: 'c', group: 'g', subscriptionData }));
      const answer = await ask(checkClientConfig, {}, body);
      expect(answer.code).toBe(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
      expect(answer.remark).not.toBe('');
    },
  );

  it.each(broken)(
    '%p of type %p cannot be pulled by, in a heartbeat or in the pull',
    async (subString, type) => {
      expect((await subscribe(subString, type, `c-${subString}`)).code).toBe(0);
      const byHeartbeat = await ask(pullMessage, pullValues({ sysFlag: 0 }));
      expect([byHeartbeat.code, byHeartbeat.remark]).toEqual([
        ResponseCode.FILTER_DATA_NOT_EXIST,
        "The broker's consumer filter data is not exist!Your expression may be wrong!",
      ]);
      const inPull = await ask(
        pullMessage,
        pullValues({ subscription: subString, expressionType: type }),
      );
      expect([inPull.code, inPull.remark]).toEqual([
        ResponseCode.SUBSCRIPTION_PARSE_FAILED,
        "parse the consumer's subscription failed",
      ]);
      expect((await subscribe('*', 'TAG', 'c-mended')).code).toBe(0);
      expect((await ask(pullMessage, pullValues({ sysFlag: 0 }))).code).toBe(ResponseCode.SUCCESS);
    },
  );

  it('in a heartbeat that is no heartbeat is refused with what is wrong', async () => {
    for (const body of ['', 'nonsense', '[]', '{"clientID":"c","consumerDataSet":3}']) {
      const answer = await ask(heartBeat, {}, Buffer.from(body));
      expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
      expect(answer.remark).not.toContain('the log of the server');
    }
  });
});

describe('an offset out of range', () => {
  it('of a pull is answered with where to go on', async () => {
    const below = await ask(pullMessage, pullValues({ queueOffset: -7 }));
    expect([below.code, below.fields.nextBeginOffset]).toEqual([ResponseCode.PULL_OFFSET_MOVED, 0]);
    const beyond = await ask(pullMessage, pullValues({ queueOffset: 1_000 }));
    expect([beyond.code, beyond.fields.nextBeginOffset]).toEqual([
      ResponseCode.PULL_OFFSET_MOVED,
      MESSAGES,
    ]);
    const atEnd = await ask(pullMessage, pullValues({ queueOffset: MESSAGES }));
    expect(atEnd.code).toBe(ResponseCode.PULL_NOT_FOUND);
    const emptyQueue = await ask(pullMessage, pullValues({ queueId: 3, queueOffset: 5 }));
    expect([emptyQueue.code, emptyQueue.fields.nextBeginOffset]).toEqual([
      ResponseCode.PULL_OFFSET_MOVED,
      0,
    ]);
  });

  it.each([-1, 4, 2_147_483_647])(
    'of queues: %d is refused by pulls, and has no offsets',
    async (queueId) => {
      const pulled = await ask(pullMessage, pullValues({ queueId }));
      expect(pulled.code).toBe(ResponseCode.SYSTEM_ERROR);
      expect(pulled.remark).toContain(`queueId[${queueId}] is illegal, topic:[${TOPIC}]`);
      const max = await ask(getMaxOffset, { topic: TOPIC, queueId, committed: true });
      const min = await ask(getMinOffset, { topic: TOPIC, queueId });
      expect([max.fields.offset, min.fields.offset]).toEqual([0, 0]);
      const found = await ask(searchOffsetByTimestamp, { topic: TOPIC, queueId, timestamp: 0 });
      expect(found.fields.offset).toBe(0);
    },
  );

  it('of a consumer is taken as it comes, and a negative one is none', async () => {
    const queue = { consumerGroup: 'TOOLS_CONSUMER', topic: TOPIC, queueId: 1 };
    expect((await ask(updateConsumerOffset, { ...queue, commitOffset: 77 })).code).toBe(0);
    expect((await ask(queryConsumerOffset, queue)).fields.offset).toBe(77);
    expect((await ask(updateConsumerOffset, { ...queue, commitOffset: -5 })).code).toBe(0);
    expect((await ask(queryConsumerOffset, queue)).fields.offset).toBe(0);
    const unknown = { ...queue, setZeroIfNotFound: false };
    expect((await ask(queryConsumerOffset, unknown)).code).toBe(ResponseCode.QUERY_NOT_FOUND);
  });

  it.each([{ topic: 'x'.repeat(256) }, { consumerGroup: 'x'.repeat(70_000) }])(
    'of a consumer with a name that nobody has is refused',
    async (change) => {
      const queue = { consumerGroup: 'TOOLS_CONSUMER', topic: TOPIC, queueId: 1, ...change };
      const answer = await ask(updateConsumerOffset, { ...queue, commitOffset: 7 });
      expect([answer.code, answer.remark]).toEqual([
        ResponseCode.SYSTEM_ERROR,
        'topic or consumerGroup is longer than 255 characters',
      ]);
    },
  );

  it.each([-1, 13, 1_000_000, 9_007_199_254_740_991])(
    'of the log: at %d there is no message',
    async (offset) => {
      const answer = await ask(viewMessageById, { offset });
      expect([answer.code, answer.remark]).toEqual([
        ResponseCode.SYSTEM_ERROR,
        `can not find message by the offset, ${offset}`,
      ]);
      const values = {
        group: 'TOOLS_CONSUMER',
        offset,
        delayLevel: 0,
        originMsgId: '',
        originTopic: TOPIC,
      };
      const sentBack = await ask(consumerSendMsgBack, { ...values, unitMode: false });
      expect([sentBack.code, sentBack.remark]).toEqual([
        ResponseCode.SYSTEM_ERROR,
        `look message by offset failed, ${offset}`,
      ]);
    },
  );

  it('of a consume queue is answered without entries', async () => {
    const values = { topic: TOPIC, queueId: 0, index: 99, count: 5 };
    const answer = await ask(queryConsumeQueue, values);
    expect([answer.code, answer.remark, answer.body]).toEqual([
      0,
      `Index 99 of 0@${TOPIC} is not exist!`,
      undefined,
    ]);
    const absent = await ask(queryConsumeQueue, { ...values, topic: 'Nowhere' });
    expect([absent.code, absent.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      '0@Nowhere is not exist!',
    ]);
  });
});

describe('a delay', () => {
  it('that is no number is refused', async () => {
    expect((await send('DelaySoon', 'DELAY\u0001soon\u0002')).code).toBe(ResponseCode.SYSTEM_ERROR);
  });

  it.each(['-3', '0'])('of level %p is none: the message is there at once', async (level) => {
    const topic = `Delay${level.replace('-', 'minus')}`;
    expect((await send(topic, `DELAY\u0001${level}\u0002`)).code).toBe(0);
    const answer = await ask(getMaxOffset, { topic, queueId: 0, committed: true });
    expect(answer.fields.offset).toBe(1);
  });

  it('beyond the last level is the last level', async () => {
    expect((await send('DelayTooFar', 'DELAY\u000199\u0002')).code).toBe(0);
    const last = await ask(getMaxOffset, {
      topic: 'SCHEDULE_TOPIC_XXXX',
      queueId: 17,
      committed: true,
    });
    expect(last.fields.offset).toBe(1);
  });
});

describe('the end of a transaction', () => {
  const ended = { producerGroup: 'P', commitOrRollback: 8, tranStateTableOffset: 0, msgId: '' };
  const halves = { topic: 'RMQ_SYS_TRANS_HALF_TOPIC', queueId: 0, committed: true };

  it.each([
    ['that there never was', 9_007_199_254_740_991],
    ['that is an ordinary message', 0],
    ['before the log', -1],
  ])('%s is refused', async (_what, commitLogOffset) => {
    const answer = await ask(endTransaction, { ...ended, commitLogOffset });
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'Find prepared transaction message failed',
    ]);
  });

  it('of another producer group is refused, and the message stays half', async () => {
    const answer = await send('Halves', 'TRAN_MSG\u0001true\u0002PGROUP\u0001P\u0002');
    const messageId = String(answer.fields['msgId']);
    const half = {
      ...ended,
      commitLogOffset: Number.parseInt(messageId.slice(-16), 16),
      tranStateTableOffset: Number(answer.fields['queueOffset']),
    };
    const foreign = await ask(endTransaction, { ...half, producerGroup: 'Other' });
    expect([foreign.code, foreign.remark]).toEqual([1, 'The producer group wrong']);
    const shifted = await ask(endTransaction, {
      ...half,
      tranStateTableOffset: half.tranStateTableOffset + 1,
    });
    expect([shifted.code, shifted.remark]).toEqual([1, 'The transaction state table offset wrong']);
    expect((await ask(getMaxOffset, halves)).fields.offset).toBe(1);
    const shown = { topic: 'Halves', queueId: 0, committed: true };
    expect((await ask(getMaxOffset, shown)).fields.offset).toBe(0);
    expect((await ask(endTransaction, half)).code).toBe(0);
    expect((await ask(getMaxOffset, shown)).fields.offset).toBe(1);
  });
});

describe('properties', () => {
  it.each([
    ['of more than a record carries', `a\u0001${'x'.repeat(32_767)}`],
    ['with a NUL', 'a\u0001x\u0000y'],
  ])('%s are refused', async (_what, properties) => {
    const answer = await send(TOPIC, properties);
    expect(answer.code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect(answer.remark).toContain('properties length');
  });
});

/** GET_MAX_OFFSET with whatever text in its fields. */
const maxOffsetOf = defineCommand({
  code: 30,
  name: 'GET_MAX_OFFSET',
  request: { topic: text({ optional: true }), queueId: text({ optional: true }) },
});

describe('a header field', () => {
  it.each([
    [{}, 'header field topic is missing, expected text'],
    [{ topic: TOPIC }, 'header field queueId is missing, expected an integer of 32 bits'],
    [{ topic: TOPIC, queueId: 'x' }, 'header field queueId is "x", expected an integer of 32 bits'],
    [
      { topic: TOPIC, queueId: '99999999999' },
      'header field queueId is "99999999999", expected an integer of 32 bits',
    ],
  ])('that is missing or no number is named: %p', async (values, remark) => {
    const answer = await ask(maxOffsetOf, values);
    expect([answer.code, answer.remark]).toEqual([ResponseCode.SYSTEM_ERROR, remark]);
  });
});

describe('tables for slaves', () => {
  it('hold all offsets, with versions for 5.x readers alone', async () => {
    for (const version of [407, 475]) {
      const offsets = await fixture.askAs({ version }, getAllConsumerOffset, {});
      const parsed = parseConsumerOffsetSerializeWrapper(offsets.body);
      expect(parsed.offsetTable.get(`${TOPIC}@TOOLS_CONSUMER`)?.get(1)).toBe(-5);
      expect(parsed.dataVersion === undefined).toBe(version === 407);
      const delays = await fixture.askAs({ version }, getAllDelayOffset, {});
      expect(parseDelayOffsetSerializeWrapper(delays.body).dataVersion === undefined).toBe(
        version === 407,
      );
    }
  });
});

describe('the broker', () => {
  it('serves all the same after all this', async () => {
    expect(await fixture.send(TOPIC, 0)).toHaveLength(32);
  });
});
