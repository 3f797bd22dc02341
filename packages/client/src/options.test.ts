import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryNet } from '@orbitmq/testkit';
import { averagely, configured, inMachineRooms, nearby } from './allocation.ts';
import { byConsistentHash } from './consistent-hash.ts';
import { LitePullConsumer } from './lite-pull-consumer.ts';
import type { LitePullConsumerOptions } from './lite-pull-options.ts';
import type { Message } from './message.ts';
import { splitIntoBatches } from './outgoing.ts';
import { Producer } from './producer.ts';
import type { ProducerOptions } from './producer-options.ts';
import { PushConsumer } from './push-consumer.ts';
import type { PushConsumerOptions } from './push-options.ts';

const COMMON = { nameServers: '127.0.0.1:9876', group: 'G' };

function listener(): void {
  // What it gets does not matter.
}

function refusal(option: string) {
  return expect.objectContaining({
    code: 'CLIENT_INVALID_ARGUMENT',
    message: expect.stringMatching(new RegExp(`^${option}\\b.*expected`)),
  }) as unknown as Error;
}

type Wrong<Options> = readonly (readonly [keyof Options & string, unknown])[];

const PRODUCER: Wrong<ProducerOptions> = [
  ['sendTimeoutMs', 0],
  ['sendTimeoutMs', Number.NaN],
  ['attemptTimeoutMs', -1],
  ['retries', -1],
  ['retries', 1.5],
  ['retries', 101],
  ['compressFromBytes', -1],
  ['compressFromBytes', Number.NaN],
  ['compression', 'gzip'],
  ['maxMessageBytes', 0],
  ['maxInFlight', 0],
  ['maxInFlightBytes', Number.POSITIVE_INFINITY],
  ['heartbeatMs', 0],
  ['routeRefreshMs', -30_000],
  ['nameServers', ''],
  ['nameServers', null],
  ['nameServers', ['127.0.0.1:9876', 5]],
  ['group', 5],
  ['instanceName', 5],
  ['namespace', {}],
  ['credentials', 'key:secret'],
  ['credentials', { accessKey: 'key' }],
  ['tls', true],
  ['trace', 'yes'],
  ['trace', { topic: 5 }],
  ['log', 'console'],
  ['log', { info: () => undefined }],
  ['retriedCodes', 1],
  ['retriedCodes', ['1']],
  ['retriesWhenNotSafe', 'false'],
  ['avoidsSlowBrokers', 1],
  ['sendHooks', {}],
  ['sendHooks', [null]],
  ['transactionListener', { check: () => 'commit' }],
];

const PUSH: Wrong<PushConsumerOptions> = [
  ['concurrency', 0],
  ['pullBatchSize', 1_025],
  ['maxPendingMessagesInTotal', 0],
  ['maxPendingBytesInTotal', -1],
  ['maxReconsumeTimes', -2],
  ['maxReconsumeTimes', Number.NaN],
  ['suspendMs', 9],
  ['suspendMs', 30_001],
  ['rebalanceMs', 0],
  ['drainTimeoutMs', -1],
  ['messageModel', 'BROADCASTING'],
  ['heartbeatMs', 1],
  ['nameServers', null],
  ['isOrderly', 'false'],
  ['consumeFrom', 'beginning'],
  ['consumeFrom', null],
  ['consumeFrom', { timestampMs: Number.NaN }],
  ['allocation', 'AVG'],
  ['consumeHooks', () => undefined],
  ['offsetsDirectory', []],
];

const LITE: Wrong<LitePullConsumerOptions> = [
  ['autoCommitMs', 999],
  ['pollTimeoutMs', -1],
  ['maxPendingMessagesInTotal', 0],
  ['rebalanceMs', 0],
  ['topicCheckMs', 0],
  ['messageModel', 'queue'],
  ['consumeFrom', 0],
  ['commitsAutomatically', 'no'],
  ['allocation', {}],
];

const MESSAGE: Message = { topic: 'T', body: 'hello' };
/** Of {@link MESSAGE}. */
const MEMBERS: Wrong<Message> = [
  ['topic', 5],
  ['body', 5],
  ['body', null],
  ['body', new Uint8Array(3)],
  ['tags', 5],
  ['keys', 5],
  ['keys', ['a', 5]],
  ['properties', new Map([['a', 'b']])],
  ['properties', ['a']],
  ['delayLevel', '3'],
  ['delayMs', Symbol('soon')],
  ['deliverAtMs', new Date(0)],
  ['flag', 2 ** 31],
  ['flag', 0.5],
  ['waitsForStore', 'no'],
  ['replyTo', null],
];

describe('an option that cannot be meant is refused by its name, when the client is made:', () => {
  it.each(PRODUCER)('%s of a producer, %p', (option, value) => {
    expect(() => new Producer({ ...COMMON, [option]: value })).toThrow(refusal(option));
  });

  it.each(PUSH)('%s of a push consumer, %p', (option, value) => {
    expect(() => new PushConsumer({ ...COMMON, [option]: value })).toThrow(refusal(option));
  });

  it.each(LITE)('%s of a lite pull consumer, %p', (option, value) => {
    expect(() => new LitePullConsumer({ ...COMMON, [option]: value })).toThrow(refusal(option));
  });

  it('a group whose name no broker takes, for all three', () => {
    const wrong = { ...COMMON, group: 'a group' };
    const invalid = expect.objectContaining({
      code: 'CLIENT_INVALID_ARGUMENT',
    }) as unknown as Error;
    for (const Client of [Producer, PushConsumer, LitePullConsumer]) {
      expect(() => new Client(wrong)).toThrow(invalid);
    }
  });
});

describe('nothing that is no options makes a client', () => {
  it.each([undefined, null, 'G', 5, []])('%p', (options) => {
    for (const Client of [Producer, PushConsumer, LitePullConsumer]) {
      expect(() => new Client(options as never)).toThrow(refusal('options'));
    }
  });
});

describe('a message that cannot be meant is refused by what is wrong with it:', () => {
  let producer: Producer;

  beforeEach(async () => {
    producer = new Producer({ ...COMMON, net: new MemoryNet() });
    await producer.start();
  });

  afterEach(() => producer.close());

  it.each(MEMBERS)('%s, %p', async (member, value) => {
    const message = { ...MESSAGE, [member]: value };
    await expect(producer.send(message)).rejects.toThrow(refusal(member));
    await expect(producer.sendOneway(message)).rejects.toThrow(refusal(member));
    const batch = producer.sendBatch([MESSAGE, message]);
    await expect(batch).rejects.toMatchObject({ code: 'CLIENT_INVALID_ARGUMENT' });
  });

  it.each([undefined, null, 'T', 5, []])('no message at all, %p', async (message) => {
    await expect(producer.send(message as never)).rejects.toThrow(refusal('message'));
    await expect(producer.request(message as never)).rejects.toThrow(refusal('message'));
    await expect(producer.sendBatch(message as never)).rejects.toMatchObject({
      code: 'CLIENT_INVALID_ARGUMENT',
    });
    await expect(producer.send(MESSAGE, null as never)).rejects.toThrow(refusal('options'));
  });

  it('a queue of another topic', async () => {
    const queue = { topic: 'Other', brokerName: 'b', queueId: 0 };
    await expect(producer.send(MESSAGE, { queue })).rejects.toThrow(refusal('queue'));
  });
});

describe('a long list is cut into batches', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1000'])(
    'of no %p bytes: nothing of it is left out',
    (maxBytes) => {
      expect(() => splitIntoBatches([MESSAGE], maxBytes as never)).toThrow(refusal('maxBytes'));
    },
  );

  it('and refused when something in it is no message', () => {
    expect(() => splitIntoBatches([MESSAGE, null] as never)).toThrow(refusal('messages'));
    expect(() => splitIntoBatches(MESSAGE as never)).toThrow(refusal('messages'));
    expect(() => splitIntoBatches([{ ...MESSAGE, body: 5 }] as never)).toThrow(refusal('body'));
  });
});

describe('strategies refuse', () => {
  it('what would leave queues without a member', () => {
    expect(() => byConsistentHash(Number.NaN)).toThrow(refusal('virtualNodes'));
    expect(() => byConsistentHash(0)).toThrow(refusal('virtualNodes'));
    expect(() => configured([{ topic: 'T' }] as never)).toThrow(refusal('queues'));
    expect(() => inMachineRooms('east' as never)).toThrow(refusal('rooms'));
    expect(() => nearby(averagely, {} as never)).toThrow(refusal('rooms.roomOfBroker'));
  });
});

describe('what is at its bound is taken', () => {
  it('by producers', () => {
    const bounds = {
      retries: 100,
      compressFromBytes: Number.POSITIVE_INFINITY,
      sendTimeoutMs: 0.5,
    };
    expect(() => new Producer({ ...COMMON, ...bounds })).not.toThrow();
  });

  it('by push consumers', () => {
    const bounds = { suspendMs: 30_000, maxReconsumeTimes: -1, drainTimeoutMs: 0 };
    expect(() => new PushConsumer({ ...COMMON, ...bounds })).not.toThrow();
  });
});

describe('a push consumer', () => {
  it.each([undefined, null, 'listener'])('takes no %p for a listener', (wrong) => {
    const consumer = new PushConsumer(COMMON);
    const subscribe = () => consumer.subscribe('T', '*', wrong as never);
    expect(subscribe).toThrow(refusal('listener'));
    const subscribeBatch = () => consumer.subscribeBatch('T', '*', 8, wrong as never);
    expect(subscribeBatch).toThrow(refusal('listener'));
  });

  it.each([undefined, null, 5, {}, []])('takes no %p for a condition', (expression) => {
    const consumer = new PushConsumer(COMMON);
    const subscribe = () => consumer.subscribe('T', expression as never, listener);
    expect(subscribe).toThrow(refusal('expression'));
  });

  it('takes no name that is none for a topic, and no condition that is broken', () => {
    const consumer = new PushConsumer(COMMON);
    const invalid = expect.objectContaining({
      code: 'CLIENT_INVALID_ARGUMENT',
    }) as unknown as Error;
    for (const topic of ['', 'a topic', 'x'.repeat(128), 'Orders#1', 5, undefined]) {
      expect(() => consumer.subscribe(topic as string, '*', listener)).toThrow(invalid);
    }
    const malformed = expect.objectContaining({ code: 'FILTER_MALFORMED' }) as unknown as Error;
    expect(() => consumer.subscribe('T', '||', listener)).toThrow(malformed);
    for (const sql of ['', 'a = ', '(a = 1', 'a LIKE 5', "a = 'open"]) {
      expect(() => consumer.subscribe('T', { sql }, listener)).toThrow(malformed);
    }
  });
});
