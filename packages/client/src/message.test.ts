import { expect, it } from '@jest/globals';
import type { StoredMessage } from '@orbitmq/protocol';
import { receivedMessage } from './message.ts';

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
