import { describe, expect, it } from '@jest/globals';
import { LitePullConsumer } from './lite-pull-consumer.ts';
import type { LitePullConsumerOptions } from './lite-pull-options.ts';
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
];

const LITE: Wrong<LitePullConsumerOptions> = [
  ['autoCommitMs', 999],
  ['pollTimeoutMs', -1],
  ['maxPendingMessagesInTotal', 0],
  ['rebalanceMs', 0],
  ['topicCheckMs', 0],
  ['messageModel', 'queue'],
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

  it('takes no name that is none for a topic, and no condition that is broken', () => {
    const consumer = new PushConsumer(COMMON);
    const invalid = expect.objectContaining({
      code: 'CLIENT_INVALID_ARGUMENT',
    }) as unknown as Error;
    for (const topic of ['', 'a topic', 'x'.repeat(128), 'Orders#1']) {
      expect(() => consumer.subscribe(topic, '*', listener)).toThrow(invalid);
    }
    const malformed = expect.objectContaining({ code: 'FILTER_MALFORMED' }) as unknown as Error;
    expect(() => consumer.subscribe('T', '||', listener)).toThrow(malformed);
    for (const sql of ['', 'a = ', '(a = 1', 'a LIKE 5', "a = 'open"]) {
      expect(() => consumer.subscribe('T', { sql }, listener)).toThrow(malformed);
    }
  });
});
