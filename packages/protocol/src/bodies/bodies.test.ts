import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import fc from 'fast-check';
import type { Body } from './body.ts';
import * as bodies from './index.ts';

interface RecordedFrame {
  readonly dir: string;
  readonly request: number;
  readonly bodyLength: number;
  /** Base64; absent for long frames. */
  readonly frame?: string;
}

function body<T>(parse: Body<T>['parse'], print: Body<T>['print']): Body<unknown> {
  return { parse, print: print as Body<unknown>['print'] };
}

/** Bodies that were recorded, by direction and request code. */
const RECORDED: Readonly<Record<string, Body<unknown>>> = {
  'request 103': {
    parse: (bytes) => bodies.parseRegisterBrokerBody(bytes, { isCompressed: false, version: 407 }),
    print: (value) => bodies.printRegisterBrokerBody(value as bodies.RegisterBrokerBody),
  },
  'answer 105': {
    parse: bodies.parseTopicRouteData,
    print: (value) => bodies.printTopicRouteData(value as bodies.TopicRouteData, { strict: true }),
  },
  'request 34': body(bodies.parseHeartbeatData, bodies.printHeartbeatData),
  'answer 38': body(bodies.parseConsumerIdList, bodies.printConsumerIdList),
  'request 41': body(bodies.parseLockBatchRequestBody, bodies.printLockBatchRequestBody),
  'answer 41': body(bodies.parseLockBatchResponseBody, bodies.printLockBatchResponseBody),
  'request 42': body(bodies.parseLockBatchRequestBody, bodies.printLockBatchRequestBody),
  'answer 202': body(bodies.parseTopicStatsTable, bodies.printTopicStatsTable),
  'request 46': body(bodies.parseCheckClientRequestBody, bodies.printCheckClientRequestBody),
  'answer 106': body(bodies.parseClusterInfo, bodies.printClusterInfo),
  'answer 206': body(bodies.parseTopicList, bodies.printTopicList),
  'request 200': body(bodies.parseSubscriptionGroupConfig, bodies.printSubscriptionGroupConfig),
  'answer 208': body(bodies.parseConsumeStats, bodies.printConsumeStats),
  'answer 300': body(bodies.parseGroupList, bodies.printGroupList),
  'answer 315': body(bodies.parseBrokerStatsData, bodies.printBrokerStatsData),
  'answer 317': body(bodies.parseConsumeStatsList, bodies.printConsumeStatsList),
  'answer 351': body(
    bodies.parseTopicConfigAndQueueMapping,
    bodies.printTopicConfigAndQueueMapping,
  ),
};

/** Bodies as the reference spells them, for requests that were not recorded. */
const SPELLED: readonly (readonly [string, Body<unknown>])[] = [
  [
    '{"consumerTable":{"c1":{{"brokerName":"b","queueId":0,"topic":"t"}:4}},"messageQueueTable":{}}',
    body(bodies.parseGetConsumerStatusBody, bodies.printGetConsumerStatusBody),
  ],
  [
    '{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:12}}',
    body(bodies.parseResetOffsetBody, bodies.printResetOffsetBody),
  ],
  [
    '{"offsetTable":[{"brokerName":"b","offset":12,"queueId":0,"topic":"t"}]}',
    body(bodies.parseResetOffsetBodyForC, bodies.printResetOffsetBodyForC),
  ],
  [
    '{"correctionOffsets":{0:0,1:9223372036854775807}}',
    body(bodies.parseQueryCorrectionOffsetBody, bodies.printQueryCorrectionOffsetBody),
  ],
  [
    '{"offsetTable":{"TopicTest@GID":{0:3,1:0}}}',
    body(bodies.parseConsumerOffsetSerializeWrapper, bodies.printConsumerOffsetSerializeWrapper),
  ],
  [
    '{"dataVersion":{"counter":1,"stateVersion":0,"timestamp":2},"groupTopicMap":{"GID":["TopicTest"]},"offsetTable":{"TopicTest@GID":{0:3}},"pullOffsetTable":{}}',
    body(bodies.parseConsumerOffsetSerializeWrapper, bodies.printConsumerOffsetSerializeWrapper),
  ],
  [
    '{"offsetTable":{1:1,3:1}}',
    body(bodies.parseDelayOffsetSerializeWrapper, bodies.printDelayOffsetSerializeWrapper),
  ],
  [
    '{"data":{"PG":[{"clientId":"c1","language":"JAVA","lastUpdateTimestamp":1795347413835,"remoteIP":"/192.0.2.1:57806","version":409}]}}',
    body(bodies.parseProducerTableInfo, bodies.printProducerTableInfo),
  ],
  [
    '{"connectionSet":[{"clientAddr":"192.0.2.1:42600","clientId":"c","language":"JAVA","version":409}],"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{"T":{"classFilterMode":false,"codeSet":[2598919],"expressionType":"TAG","subString":"TagA","subVersion":1795345616177,"tagsSet":["TagA"],"topic":"T"}}}',
    body(bodies.parseConsumerConnection, bodies.printConsumerConnection),
  ],
  [
    '{"filterData":"null","maxQueueIndex":4,"minQueueIndex":0,"queueData":[{"eval":false,"physicOffset":213,"physicSize":214,"tagsCode":2598920}]}',
    body(bodies.parseQueryConsumeQueueResponseBody, bodies.printQueryConsumeQueueResponseBody),
  ],
  [
    '{"autoCommit":true,"consumeResult":"CR_SUCCESS","order":false,"remark":"r","spentTimeMills":1}',
    body(bodies.parseConsumeMessageDirectlyResult, bodies.printConsumeMessageDirectlyResult),
  ],
  [
    '{"acks":[{"b":"AQ==","c":"group","it":60000,"pt":1700000000000,"q":0,"r":"0","rq":1,"so":100,"t":"topic"}],"brokerName":"b"}',
    body(bodies.parseBatchAckMessageRequestBody, bodies.printBatchAckMessageRequestBody),
  ],
  [
    '{"bname":"b","currIdMap":{0:0},"dirty":false,"epoch":1,"hostedQueues":{0:[{"bname":"b","endOffset":-1,"gen":0,"logicOffset":0,"queueId":0,"startOffset":0,"timeOfEnd":-1,"timeOfStart":-1}]},"scope":"__global__","topic":"t","totalQueues":1}',
    body(bodies.parseTopicQueueMappingDetail, bodies.printTopicQueueMappingDetail),
  ],
  [
    '{"brokerId":0,"brokerName":"b","clusterName":"c","epochList":[{"endOffset":9223372036854775807,"epoch":1,"startOffset":0}],"maxOffset":0}',
    body(bodies.parseEpochEntryCache, bodies.printEpochEntryCache),
  ],
  [
    '{"policies":[{"entries":[{"actions":["Pub","Sub"],"decision":"Allow","resource":"Topic:t","sourceIps":["1.2.3.4"]}],"policyType":"Custom"}],"subject":"User:u"}',
    body(bodies.parseAclInfo, bodies.printAclInfo),
  ],
  [
    '{"messageRequestModeMap":{"topic":{"group":{"consumerGroup":"g","mode":"POP","popShareQueueNum":0,"topic":"t"}}}}',
    body(
      bodies.parseMessageRequestModeSerializeWrapper,
      bodies.printMessageRequestModeSerializeWrapper,
    ),
  ],
  [
    '{"brokerMemberGroup":{"brokerAddrs":{0:"a:1",1:"b:2"},"brokerName":"b","cluster":"c"}}',
    body(
      bodies.parseGetBrokerMemberGroupResponseBody,
      bodies.printGetBrokerMemberGroupResponseBody,
    ),
  ],
  [
    '{"jstack":"s","mqPopTable":{},"mqTable":{{"brokerName":"b","queueId":0,"topic":"t"}:{"cachedMsgCount":0,"cachedMsgMaxOffset":0,"cachedMsgMinOffset":0,"cachedMsgSizeInMiB":0,"commitOffset":4,"droped":false,"lastConsumeTimestamp":1795345631502,"lastLockTimestamp":1,"lastPullTimestamp":2,"locked":true,"transactionMsgCount":0,"transactionMsgMaxOffset":0,"transactionMsgMinOffset":0,"tryUnlockTimes":0}},"properties":{"PROP_CLIENT_VERSION":"V4_9_8"},"statusTable":{"t":{"consumeFailedMsgs":0,"consumeFailedTPS":0.0,"consumeOKTPS":0.0,"consumeRT":0.0,"pullRT":0.0,"pullTPS":0.0}},"subscriptionSet":[],"userConsumerInfo":{}}',
    body(bodies.parseConsumerRunningInfo, bodies.printConsumerRunningInfo),
  ],
];

describe('bodies', () => {
  it.each(['wire-4.9.7.jsonl', 'wire-5.5.0.jsonl'])(
    'recorded in %s are read and printed again byte for byte',
    (file) => {
      for (const { name, bytes } of recordedJsonBodies(file)) {
        const recorded = RECORDED[name];
        expect([name, recorded === undefined]).toEqual([name, false]);
        expect(recorded?.print(recorded.parse(bytes)).toString()).toBe(bytes.toString());
      }
    },
  );

  it.each(SPELLED)('spelled %s are printed so', (spelled, { parse, print }) => {
    expect(print(parse(Buffer.from(spelled))).toString()).toBe(spelled);
  });

  it('throw nothing but BODY_MALFORMED, whatever JSON they get', () => {
    const all = [...Object.values(RECORDED), ...SPELLED.map(([, spelled]) => spelled)];
    fc.assert(
      fc.property(fc.constantFrom(...all), mutations(), ({ parse }, bytes) => {
        expect(parsesOrIsMalformed(() => parse(bytes))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('say what does not fit, and where', () => {
    const text = '{"offsetTable":{{"brokerName":"b","queueId":"x","topic":"t"}:{}}}';
    expect(() => bodies.parseTopicStatsTable(Buffer.from(text))).toThrow(
      'malformed TopicStatsTable: expected an integer of 32 bits at offsetTable.key 0.queueId',
    );
    expect(() => bodies.parseTopicList(Buffer.from('{"topicList":["a",{}]}'))).toThrow(
      'malformed TopicList: expected text at topicList[1]',
    );
    expect(() => bodies.parseHeartbeatData(Buffer.from('{}'))).toThrow(
      'malformed HeartbeatData: expected a value at clientID',
    );
    expect(() => bodies.parseTopicList(Buffer.from('[]'))).toThrow(/expected an object at its top/);
    expect(() => bodies.parseTopicList(undefined)).toThrow(/it is absent/);
    expect(() => bodies.parseTopicList(Buffer.from('{"a'))).toThrow(/malformed JSON at 1/);
  });

  it('take what Go clients send: hash codes as texts, versions in nanoseconds, ordinals', () => {
    const heartbeat = bodies.parseHeartbeatData(
      Buffer.from(
        '{"clientID":"c","producerDataSet":null,"consumerDataSet":[{"groupName":"g","consumeType":"CONSUME_PASSIVELY","messageModel":"Clustering","subscriptionDataSet":[{"topic":"t","subString":"*","codeSet":["2598919"],"subVersion":1795345616177123456}]}]}',
      ),
    );
    const [consumer] = heartbeat.consumerDataSet;
    expect(consumer?.messageModel).toBe('CLUSTERING');
    expect(consumer?.subscriptionDataSet[0]?.codeSet).toEqual([2598919]);
    expect(consumer?.subscriptionDataSet[0]?.subVersion).toBe(Number(1795345616177123456n));
    const result = bodies.parseConsumeMessageDirectlyResult(Buffer.from('{"consumeResult":4}'));
    expect(result.consumeResult).toBe('CR_THROW_EXCEPTION');
  });

  it('take keys that standard JSON had to quote', () => {
    const route = '{"brokerDatas":[{"brokerAddrs":{"0":"a:1"},"brokerName":"b","cluster":"c"}]}';
    expect(bodies.parseTopicRouteData(Buffer.from(route)).brokerDatas[0]?.brokerAddrs.get(0)).toBe(
      'a:1',
    );
    const offsets =
      '{"offsetTable":{"{\\"brokerName\\":\\"b\\",\\"queueId\\":0,\\"topic\\":\\"t\\"}":12}}';
    expect(bodies.parseResetOffsetBody(Buffer.from(offsets)).offsetTable).toEqual([
      [{ brokerName: 'b', queueId: 0, topic: 't' }, 12],
    ]);
  });

  it('keep a topic called __proto__', () => {
    const text = '{"offsetTable":{"__proto__":{0:1}}}';
    const wrapper = bodies.parseConsumerOffsetSerializeWrapper(Buffer.from(text));
    expect(wrapper.offsetTable.get('__proto__')?.get(0)).toBe(1);
    expect(bodies.printConsumerOffsetSerializeWrapper(wrapper).toString()).toBe(text);
  });
});

describe('RegisterBrokerBody', () => {
  const COMPRESSED = Buffer.from(
    '78da63606050af564ace2fcd2b492d52b232d4512ac9cc4d2d2e49cc2d00f2cc0d10a0968181811188a542f20b329343806a144c80d04c21d8d3cfddc7353ec4d11d28cb141d0b007fb71454',
    'hex',
  );
  const form = { isCompressed: true, version: 407 };

  it('is read from the compressed bytes that Java made', () => {
    const { topicConfigSerializeWrapper, filterServerList } = bodies.parseRegisterBrokerBody(
      COMPRESSED,
      form,
    );
    expect(filterServerList).toEqual([]);
    expect(topicConfigSerializeWrapper.dataVersion).toEqual({
      counter: 1,
      timestamp: 1_700_000_000_000,
    });
    expect(topicConfigSerializeWrapper.topicConfigTable.get('TopicTest')).toEqual({
      order: false,
      perm: 6,
      readQueueNums: 4,
      topicFilterType: 'SINGLE_TAG',
      topicName: 'TopicTest',
      topicSysFlag: 0,
      writeQueueNums: 4,
    });
  });

  it.each([407, 513])('survives the compressed form of version %i', (version) => {
    const attributes = { 'message.type': 'FIFO' };
    const topic = { topicName: 'T', readQueueNums: 1, writeQueueNums: 2, perm: 6 };
    const mapping = {
      bname: 'b',
      currIdMap: new Map([[0, 1]]),
      dirty: false,
      epoch: 3,
      scope: 's',
      topic: 'T',
      totalQueues: 1,
    };
    const registered: bodies.RegisterBrokerBody = {
      filterServerList: ['f:1'],
      topicConfigSerializeWrapper: {
        dataVersion: { counter: 1, stateVersion: 2, timestamp: 3 },
        topicConfigTable: new Map([
          [
            'T',
            { ...topic, attributes, topicFilterType: 'MULTI_TAG', topicSysFlag: 0, order: false },
          ],
        ]),
        ...(version >= 413 && { topicQueueMappingInfoMap: new Map([['T', mapping]]) }),
      },
    };
    const formOfVersion = { isCompressed: true, version };
    const bytes = bodies.printRegisterBrokerBody(registered, formOfVersion);
    expect(bodies.parseRegisterBrokerBody(bytes, formOfVersion)).toEqual(registered);
  });

  it('throws nothing but BODY_MALFORMED, whatever compressed bytes it gets', () => {
    fc.assert(
      fc.property(fc.nat(COMPRESSED.length - 1), fc.nat(255), fc.nat(80), (at, byte, length) => {
        const damaged = Buffer.from(COMPRESSED);
        damaged[at] = byte;
        const read = () => bodies.parseRegisterBrokerBody(damaged.subarray(0, length), form);
        expect(parsesOrIsMalformed(read)).toBe(true);
      }),
    );
  });
});

describe('TimerCheckpoint', () => {
  it('has 56 bytes and survives a round trip', () => {
    const checkpoint: bodies.TimerCheckpoint = {
      lastReadTimeMs: 1_700_000_000_000,
      lastTimerLogFlushPos: 1,
      lastTimerQueueOffset: 2,
      masterTimerQueueOffset: 3,
      dataVersion: { counter: 4, stateVersion: 5, timestamp: 6 },
    };
    const bytes = bodies.printTimerCheckpoint(checkpoint);
    expect(bytes.length).toBe(56);
    expect(bytes.readBigInt64BE(48)).toBe(4n);
    expect(bodies.parseTimerCheckpoint(bytes)).toEqual(checkpoint);
    expect(() => bodies.parseTimerCheckpoint(bytes.subarray(0, 31))).toThrow(/31 bytes/);
  });
});

function recordedJsonBodies(file: string): { name: string; bytes: Buffer }[] {
  const lines = readFileSync(new URL(`../../test-data/${file}`, import.meta.url), 'utf8');
  const recorded: { name: string; bytes: Buffer }[] = [];
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const { dir, request, frame, bodyLength } = JSON.parse(line) as RecordedFrame;
    if (frame === undefined || bodyLength === 0) continue;
    const bytes = Buffer.from(frame, 'base64').subarray(-bodyLength);
    if (bytes.toString('latin1', 0, 1) === '{') recorded.push({ name: `${dir} ${request}`, bytes });
  }
  return recorded;
}

/** Spelled bodies with one value replaced by another. */
function mutations(): fc.Arbitrary<Buffer> {
  const values = fc.constantFrom(
    'null',
    '[]',
    '{}',
    '1',
    '"x"',
    '9223372036854775807',
    'true',
    '1e9',
  );
  const texts = fc.constantFrom(...SPELLED.map(([text]) => text));
  return fc.tuple(texts, fc.nat(), values).map(([text, place, value]) => {
    const starts = [...text.matchAll(/(?<=:|\[)(?:"[^"]*"|\d+|true|false|\{\}|\[\])/g)];
    const start = starts[place % starts.length];
    if (start === undefined) return Buffer.from(text);
    const end = start.index + start[0].length;
    return Buffer.from(text.slice(0, start.index) + value + text.slice(end));
  });
}

function parsesOrIsMalformed(parse: () => unknown): boolean {
  try {
    return parse() !== undefined;
  } catch (error) {
    return error instanceof RocketMqError && error.code === 'BODY_MALFORMED';
  }
}
