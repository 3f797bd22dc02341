import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Broker } from '@orbitmq/broker';
import type { NameServer } from '@orbitmq/nameserver';
import { encodeBatchBody, RequestCode, ResponseCode } from '@orbitmq/protocol';
import { CLOSING, HALF, jsonFrame } from './bad-frames.ts';
import { HealthyClient } from './healthy-client.ts';
import { RawPeer, type RawRequest } from './raw-peer.ts';
import { freePort, startBroker, startNameServer } from './real-servers.ts';

jest.setTimeout(60_000);

/** A send that waits so long beside all this was held up by it; ordinary ones take a millisecond. */
const MAX_HEALTHY_MS = 3000;

let directory: string;
let nameServer: NameServer;
let nameServerAddress: string;
let broker: Broker;
let healthy: HealthyClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-bad-input-'));
  const port = await freePort();
  nameServer = await startNameServer(directory, port);
  nameServerAddress = `127.0.0.1:${port}`;
  broker = await startBroker(join(directory, 'store'), { namesrvAddr: nameServerAddress });
  healthy = await HealthyClient.start(nameServerAddress);
  await create('Existing', { perm: '6' });
  await create('WriteOnly', { perm: '2' });
});

afterEach(async () => {
  const before = healthy.sent;
  const deadlineMs = performance.now() + MAX_HEALTHY_MS;
  while (healthy.sent < before + 3 && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const slowestMs = healthy.takeSlowestMs();
  if (healthy.failure !== undefined || healthy.sent === before || slowestMs > MAX_HEALTHY_MS) {
    throw new Error(`a healthy client noticed: its slowest send took ${slowestMs} ms`, {
      cause: healthy.failure,
    });
  }
});

afterAll(async () => {
  await healthy[Symbol.asyncDispose]();
  await broker.close();
  await nameServer.close();
  await rm(directory, { recursive: true });
});

async function create(topic: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await using peer = await RawPeer.connect(broker.address);
  const answer = await peer.ask({
    code: RequestCode.UPDATE_AND_CREATE_TOPIC,
    fields: { ...TOPIC_FIELDS, topic, ...fields },
  });
  expect(answer.code).toBe(ResponseCode.SUCCESS);
}

const TOPIC_FIELDS = {
  topic: 'T',
  defaultTopic: 'TBW102',
  readQueueNums: '4',
  writeQueueNums: '4',
  perm: '6',
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: '0',
  order: 'false',
};

const servers = [
  ['the broker', () => broker.address],
  ['the name server', () => nameServerAddress],
] as const;

describe.each(servers)('%s', (_name, address) => {
  it.each(CLOSING)('closes a connection that sends %s, and that alone', async (_what, bytes) => {
    await using bystander = await RawPeer.connect(address());
    await using peer = await RawPeer.connect(address());
    peer.send(bytes);
    await peer.closed();
    expect(peer.hasAnswer()).toBe(false);
    expect((await bystander.ask({ code: 9999 })).code).toBe(
      ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
    );
  });

  it.each(HALF)('waits for the rest of %s, and forgets it with its peer', async (_what, bytes) => {
    await using peer = await RawPeer.connect(address());
    peer.send(bytes);
    await peer.end();
    expect(await peer.answer()).toBeUndefined();
  });

  it('answers what it does not know with code 3, and goes on', async () => {
    await using peer = await RawPeer.connect(address());
    for (const code of [0, -1, 9999, 0x7fff_ffff]) {
      const { code: answered, remark } = await peer.ask({ code });
      expect([answered, remark]).toEqual([
        ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
        ` request type ${code} not supported`,
      ]);
    }
  });

  it('takes field values that are numbers and booleans for text, as Java does', async () => {
    await using peer = await RawPeer.connect(address());
    const fields = '"topic":12,"queueId":0,"acceptStandardJsonOnly":true,"x":null';
    peer.send(jsonFrame(`{"code":105,"opaque":7,"extFields":{${fields}}}`));
    peer.send(jsonFrame(`{"code":30,"opaque":8,"extFields":{${fields}}}`));
    expect((await peer.answer())?.opaque).toBe(7);
    expect((await peer.answer())?.opaque).toBe(8);
  });
});

const SEND_FIELDS = {
  producerGroup: 'PG',
  topic: 'Existing',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: '4',
  queueId: '0',
  sysFlag: '0',
  bornTimestamp: '1700000000000',
  flag: '0',
  properties: '',
  reconsumeTimes: '0',
  unitMode: 'false',
  batch: 'false',
};

function send(
  fields: Readonly<Record<string, string | undefined>>,
  body: Buffer | string = 'x',
): RawRequest {
  return { code: RequestCode.SEND_MESSAGE, fields: given({ ...SEND_FIELDS, ...fields }), body };
}

const PULL_FIELDS = {
  consumerGroup: 'CG',
  topic: 'Existing',
  queueId: '0',
  queueOffset: '0',
  maxMsgNums: '32',
  sysFlag: '4',
  commitOffset: '0',
  suspendTimeoutMillis: '0',
  subscription: '*',
  subVersion: '0',
};

function pull(fields: Readonly<Record<string, string | undefined>>): RawRequest {
  return { code: RequestCode.PULL_MESSAGE, fields: given({ ...PULL_FIELDS, ...fields }) };
}

/** Fields that are not undefined. */
function given(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(fields).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}

function ask(
  code: number,
  fields: Record<string, string> = {},
  body?: Buffer | string,
): RawRequest {
  return { code, fields, ...(body === undefined ? {} : { body }) };
}

const batch = encodeBatchBody([
  { flag: 0, body: Buffer.from('b'), properties: Buffer.from('KEYS\u0001k') },
]);
const truncatedBatch = batch.subarray(0, batch.length - 1);
const hugeElement = Buffer.from(batch);
hugeElement.writeInt32BE(0x7fff_ffff, 0);
const negativeElement = Buffer.from(batch);
negativeElement.writeInt32BE(-1, 16);
const nulBatch = encodeBatchBody([
  { flag: 0, body: Buffer.from('b'), properties: Buffer.from('a\u0001\u0000') },
]);

const { SYSTEM_ERROR, MESSAGE_ILLEGAL, NO_PERMISSION, TOPIC_NOT_EXIST } = ResponseCode;

/** What is asked, and the code that answers it. */
const SENDS: readonly (readonly [string, RawRequest, number])[] = [
  ['without a topic', send({ topic: undefined }), SYSTEM_ERROR],
  ['without a group', send({ producerGroup: undefined }), SYSTEM_ERROR],
  ['without a queue', send({ queueId: undefined }), SYSTEM_ERROR],
  ['with a queue that is no number', send({ queueId: 'zero' }), SYSTEM_ERROR],
  ['with a queue beyond int32', send({ queueId: '99999999999' }), SYSTEM_ERROR],
  ['to queue 4 of 4', send({ queueId: '4' }), SYSTEM_ERROR],
  ['to the last queue there can be', send({ queueId: '2147483647' }), SYSTEM_ERROR],
  ['with a flag that is no number', send({ flag: 'x' }), SYSTEM_ERROR],
  ['with a time that is no number', send({ bornTimestamp: '1e3' }), SYSTEM_ERROR],
  ['to a topic without a name', send({ topic: '' }), SYSTEM_ERROR],
  ['to a topic with blanks', send({ topic: 'a b' }), SYSTEM_ERROR],
  ['to a topic that is a path', send({ topic: '../../etc/passwd' }), SYSTEM_ERROR],
  ['to a topic with a NUL', send({ topic: 'a\u0000b' }), SYSTEM_ERROR],
  ['to a topic with other letters', send({ topic: '主题' }), SYSTEM_ERROR],
  ['to a topic of 128 letters', send({ topic: 'x'.repeat(128) }), SYSTEM_ERROR],
  ['to a topic of 100 000 letters', send({ topic: 'x'.repeat(100_000) }), SYSTEM_ERROR],
  ['to a system topic', send({ topic: 'SCHEDULE_TOPIC_XXXX' }), NO_PERMISSION],
  [
    'to an unknown topic made from an unknown one',
    send({ topic: 'New1', defaultTopic: 'Nope' }),
    TOPIC_NOT_EXIST,
  ],
  [
    'to an unknown topic made from one that is not inherited',
    send({ topic: 'New2', defaultTopic: 'Existing' }),
    TOPIC_NOT_EXIST,
  ],
  ['with a body of 4 MiB and a byte', send({}, Buffer.alloc(4_194_305)), MESSAGE_ILLEGAL],
  [
    'with properties of 40 000 bytes',
    send({ properties: `a\u0001${'x'.repeat(40_000)}` }),
    MESSAGE_ILLEGAL,
  ],
  [
    'with properties of 300 000 bytes',
    send({ properties: `a\u0001${'x'.repeat(300_000)}` }),
    MESSAGE_ILLEGAL,
  ],
  [
    'with a NUL in its properties',
    send({ properties: 'a\u0001\u0000\u0002b\u0001c' }),
    MESSAGE_ILLEGAL,
  ],
  ['of a batch without messages', send({ batch: 'true' }, Buffer.alloc(0)), MESSAGE_ILLEGAL],
  ['of a batch that is cut off', send({ batch: 'true' }, truncatedBatch), MESSAGE_ILLEGAL],
  [
    'of a batch that is none',
    send({ batch: 'true' }, 'no batch at all, but long enough'),
    MESSAGE_ILLEGAL,
  ],
  ['of a batch with an element of 2 GiB', send({ batch: 'true' }, hugeElement), MESSAGE_ILLEGAL],
  [
    'of a batch with a body of negative size',
    send({ batch: 'true' }, negativeElement),
    MESSAGE_ILLEGAL,
  ],
  ['of a batch with a NUL in its properties', send({ batch: 'true' }, nulBatch), MESSAGE_ILLEGAL],
  [
    'of a batch with a delay',
    send({ batch: 'true', properties: 'DELAY\u00013' }, batch),
    MESSAGE_ILLEGAL,
  ],
];

const PULLS: readonly (readonly [string, RawRequest, number])[] = [
  ['without a group', pull({ consumerGroup: undefined }), SYSTEM_ERROR],
  [
    'of a group with an illegal name',
    pull({ consumerGroup: 'a b' }),
    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
  ],
  ['of a topic that is not there', pull({ topic: 'Nope' }), TOPIC_NOT_EXIST],
  ['of a topic that may not be read', pull({ topic: 'WriteOnly' }), NO_PERMISSION],
  ['of queue −1', pull({ queueId: '-1' }), SYSTEM_ERROR],
  ['of queue 4 of 4', pull({ queueId: '4' }), SYSTEM_ERROR],
  ['with an offset that is no number', pull({ queueOffset: 'x' }), SYSTEM_ERROR],
  [
    'with an SQL expression that is none',
    pull({ expressionType: 'SQL92', subscription: 'a > ' }),
    ResponseCode.SUBSCRIPTION_PARSE_FAILED,
  ],
  [
    'with an expression of no known kind',
    pull({ expressionType: 'XPATH', subscription: '/a' }),
    ResponseCode.SUBSCRIPTION_PARSE_FAILED,
  ],
  [
    'of a group without consumers that states no subscription',
    pull({ sysFlag: '0' }),
    ResponseCode.SUBSCRIPTION_NOT_EXIST,
  ],
  [
    'at an offset far behind the end',
    pull({ queueOffset: '9007199254740991' }),
    ResponseCode.PULL_OFFSET_MOVED,
  ],
  ['of a negative number of messages', pull({ maxMsgNums: '-3' }), ResponseCode.SUCCESS],
];

const OTHERS: readonly (readonly [string, RawRequest, number])[] = [
  ['a heartbeat without a body', ask(RequestCode.HEART_BEAT), SYSTEM_ERROR],
  ['a heartbeat that is no JSON', ask(RequestCode.HEART_BEAT, {}, '{"clientID":'), SYSTEM_ERROR],
  ['a heartbeat that is a list', ask(RequestCode.HEART_BEAT, {}, '[]'), SYSTEM_ERROR],
  [
    'a heartbeat nested too deep',
    ask(RequestCode.HEART_BEAT, {}, '['.repeat(500_000)),
    SYSTEM_ERROR,
  ],
  ['a lock that is no JSON', ask(RequestCode.LOCK_BATCH_MQ, {}, 'x'), SYSTEM_ERROR],
  [
    'an offset that is no number',
    ask(RequestCode.UPDATE_CONSUMER_OFFSET, {
      consumerGroup: 'CG',
      topic: 'Existing',
      queueId: '0',
      commitOffset: 'x',
    }),
    SYSTEM_ERROR,
  ],
  [
    'the maximum of a queue without a number',
    ask(RequestCode.GET_MAX_OFFSET, { topic: 'Existing' }),
    SYSTEM_ERROR,
  ],
  [
    'consumers of an unknown group',
    ask(RequestCode.GET_CONSUMER_LIST_BY_GROUP, { consumerGroup: 'Nobody' }),
    SYSTEM_ERROR,
  ],
  [
    'a topic with an illegal name',
    ask(RequestCode.UPDATE_AND_CREATE_TOPIC, { ...TOPIC_FIELDS, topic: 'a/b' }),
    SYSTEM_ERROR,
  ],
  [
    'a topic of the system',
    ask(RequestCode.UPDATE_AND_CREATE_TOPIC, { ...TOPIC_FIELDS, topic: 'TBW102' }),
    SYSTEM_ERROR,
  ],
  [
    'a topic with more queues than there can be',
    ask(RequestCode.UPDATE_AND_CREATE_TOPIC, {
      ...TOPIC_FIELDS,
      topic: 'Wide',
      readQueueNums: '2000000000',
      writeQueueNums: '2000000000',
    }),
    SYSTEM_ERROR,
  ],
  [
    'a topic with less than no queues',
    ask(RequestCode.UPDATE_AND_CREATE_TOPIC, {
      ...TOPIC_FIELDS,
      topic: 'Narrow',
      readQueueNums: '-1',
    }),
    SYSTEM_ERROR,
  ],
  [
    'a message at a negative place',
    ask(RequestCode.VIEW_MESSAGE_BY_ID, { offset: '-1' }),
    SYSTEM_ERROR,
  ],
  [
    'a message far behind the end',
    ask(RequestCode.VIEW_MESSAGE_BY_ID, { offset: '4611686018427387904' }),
    SYSTEM_ERROR,
  ],
  [
    'a configuration that is none',
    ask(RequestCode.UPDATE_BROKER_CONFIG, {}, 'fileReservedTime=soon'),
    SYSTEM_ERROR,
  ],
];

describe('the broker answers', () => {
  it.each([
    ...SENDS.map(([what, request, code]) => [`a send ${what}`, request, code] as const),
    ...PULLS.map(([what, request, code]) => [`a pull ${what}`, request, code] as const),
    ...OTHERS,
  ])('%s with the code for it, on a connection that goes on', async (_what, request, code) => {
    await using peer = await RawPeer.connect(broker.address);
    const answer = await peer.ask(request);
    expect([answer.code, answer.remark]).toEqual([code, expect.any(String)]);
    expect((await peer.ask(send({}))).code).toBe(ResponseCode.SUCCESS);
  });

  it('offsets of queues that are not there with 0', async () => {
    await using peer = await RawPeer.connect(broker.address);
    for (const code of [RequestCode.GET_MAX_OFFSET, RequestCode.GET_MIN_OFFSET]) {
      for (const fields of [
        { topic: 'Nope', queueId: '0' },
        { topic: 'Existing', queueId: '2147483647' },
        { topic: 'Existing', queueId: '-7' },
      ]) {
        const { code: answered, extFields } = await peer.ask({ code, fields });
        expect([answered, extFields?.['offset']]).toEqual([ResponseCode.SUCCESS, '0']);
      }
    }
  });
});

const NAME_SERVER: readonly (readonly [string, RawRequest, number])[] = [
  [
    'the route of an unknown topic',
    ask(RequestCode.GET_ROUTEINFO_BY_TOPIC, { topic: 'Nope' }),
    TOPIC_NOT_EXIST,
  ],
  ['a route without a topic', ask(RequestCode.GET_ROUTEINFO_BY_TOPIC), SYSTEM_ERROR],
  [
    'a registration without a broker',
    ask(RequestCode.REGISTER_BROKER, { brokerId: '0' }),
    SYSTEM_ERROR,
  ],
  [
    'a registration with a body that was changed',
    ask(
      RequestCode.REGISTER_BROKER,
      {
        brokerName: 'b',
        brokerAddr: '1.1.1.1:1',
        clusterName: 'c',
        haServerAddr: '1.1.1.1:2',
        brokerId: '0',
        compressed: 'false',
        bodyCrc32: '1',
      },
      '{}',
    ),
    SYSTEM_ERROR,
  ],
  [
    'a registration whose compressed body is none',
    ask(
      RequestCode.REGISTER_BROKER,
      {
        brokerName: 'b',
        brokerAddr: '1.1.1.1:1',
        clusterName: 'c',
        haServerAddr: '1.1.1.1:2',
        brokerId: '0',
        compressed: 'true',
        bodyCrc32: '0',
      },
      'xx',
    ),
    SYSTEM_ERROR,
  ],
  [
    'a broker that is no number',
    ask(RequestCode.UNREGISTER_BROKER, {
      brokerName: 'b',
      brokerAddr: '1.1.1.1:1',
      clusterName: 'c',
      brokerId: 'x',
    }),
    SYSTEM_ERROR,
  ],
  [
    'a KV entry without a key',
    ask(RequestCode.PUT_KV_CONFIG, { namespace: 'n', value: 'v' }),
    SYSTEM_ERROR,
  ],
  [
    'a configuration that is none',
    ask(RequestCode.UPDATE_NAMESRV_CONFIG, {}, 'listenPort=many'),
    SYSTEM_ERROR,
  ],
];

it.each(NAME_SERVER)(
  'the name server answers %s with the code for it',
  async (_what, request, code) => {
    await using peer = await RawPeer.connect(nameServerAddress);
    expect((await peer.ask(request)).code).toBe(code);
    expect((await peer.ask({ code: RequestCode.GET_BROKER_CLUSTER_INFO })).code).toBe(
      ResponseCode.SUCCESS,
    );
  },
);
