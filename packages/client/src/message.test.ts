import { expect, it } from '@jest/globals';
import type { StoredMessage } from '@orbitmq/protocol';
import { copyToSend, receivedMessage } from './message.ts';

const HOST = { ip: '127.0.0.1', port: 1 };

function storedIn(topic: string): StoredMessage {
  return {
    topic,
    queueId: 0,
    flag: 0,
    queueOffset: 0,
    physicalOffset: 0,
    sysFlag: 0,
    bornTimestamp: 0,
    bornHost: HOST,
    storeTimestamp: 0,
    storeHost: HOST,
    reconsumeTimes: 1,
    preparedTransactionOffset: 0,
    body: Buffer.from('x'),
    bodyCrc: 0,
    properties: { RETRY_TOPIC: 'Orders' },
    storeSizeBytes: 91,
    offsetMessageId: '7F00000100002A9F0000000000000000',
  };
}

function topicOf(topic: string): string {
  return receivedMessage(storedIn(topic), Buffer.from('x'), 'broker-a').topic;
}

it('comes under its own topic when it is a retry, and under the topic it is read from when it is a dead letter', () => {
  expect(topicOf('%RETRY%g')).toBe('Orders');
  expect(topicOf('%DLQ%g')).toBe('%DLQ%g');
  expect(topicOf('Orders')).toBe('Orders');
});

it('is sent again with what is its own, to the topic it was first sent to', () => {
  const properties = {
    RETRY_TOPIC: 'Orders',
    UNIQ_KEY: 'ID',
    KEYS: 'k1 k2',
    TAGS: 'created',
    MAX_RECONSUME_TIMES: '3',
    TRANSACTION_CHECK_TIMES: '1',
    city: 'Berlin',
  };
  const stored = { ...storedIn('%DLQ%g'), flag: 7, properties };
  const received = receivedMessage(stored, Buffer.from('unpacked'), 'broker-a');
  expect(copyToSend(received)).toEqual({
    topic: 'Orders',
    body: Buffer.from('unpacked'),
    tags: 'created',
    keys: ['k1', 'k2'],
    properties: { city: 'Berlin' },
    flag: 7,
  });
  const plain = { ...storedIn('Orders'), properties: {} };
  expect(copyToSend(receivedMessage(plain, plain.body, 'broker-a'))).toMatchObject({
    topic: 'Orders',
    keys: undefined,
    properties: {},
  });
});
