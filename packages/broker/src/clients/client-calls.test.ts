import { describe, expect, it } from '@jest/globals';
import { RocketMqError, silentLogger } from '@orbitmq/kernel';
import { ResponseCode } from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import { askStatus, directlyCallable, relayed, tellOffsets } from './client-calls.ts';
import type { ClientInfo } from './client-info.ts';
import { ConsumerGroups } from './consumer-groups.ts';

const NAME = { group: 'G', clientId: 'c@1' };
const NAME_AND_TOPIC = { topic: 'T', group: 'G' };
const NOTICE = {
  topic: 'T',
  group: 'G',
  timestamp: 0,
  isForce: true,
  offsets: [],
  requesterLanguage: 0,
};

function client(version: number, connection: Partial<Connection> = {}): ClientInfo {
  return {
    clientId: 'c@1',
    language: 0,
    version,
    connection: connection as Connection,
    heartbeatMs: 0,
    seenMs: 0,
  };
}

function groupsWith(member: ClientInfo): ConsumerGroups {
  const groups = new ConsumerGroups({ log: silentLogger, onChanged: () => undefined });
  const data = {
    groupName: 'G',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: 'CLUSTERING',
    unitMode: false,
    subscriptionDataSet: [],
  } as const;
  groups.register(data, member);
  return groups;
}

describe('a call of a consumer', () => {
  it('is refused when the client is older than V3_1_8, whatever it asks', () => {
    expect(() => directlyCallable(groupsWith(client(61)), NAME)).toThrow(
      'The Consumer <c@1> Version <61> too low to finish, please upgrade it to V3_1_8_SNAPSHOT',
    );
    expect(directlyCallable(groupsWith(client(62)), NAME).clientId).toBe('c@1');
  });

  it('that gets no answer in time is answered CONSUME_MSG_TIMEOUT', async () => {
    const silence = Promise.reject(
      new RocketMqError('no answer', { code: 'REMOTING_TIMEOUT', isRetryable: true }),
    );
    await expect(relayed(NAME, silence)).rejects.toMatchObject({
      responseCode: ResponseCode.CONSUME_MSG_TIMEOUT,
      message: 'consumer <G> <c@1> Timeout: no answer',
    });
  });

  it('whose connection ends is answered with what happened', async () => {
    const gone = Promise.reject(new RocketMqError('gone', { code: 'REMOTING_SEND_FAILED' }));
    await expect(relayed(NAME, gone)).rejects.toMatchObject({
      responseCode: ResponseCode.SYSTEM_ERROR,
      message: 'invoke consumer <G> <c@1> Exception: gone',
    });
  });
});

describe('offsets', () => {
  it('are not told to clients older than V3_0_7, nor asked of them', async () => {
    const refusal = 'the client does not support this feature. version=27';
    expect(() => tellOffsets([client(27)], NOTICE, silentLogger)).toThrow(refusal);
    await expect(askStatus([client(27)], NAME_AND_TOPIC, silentLogger)).rejects.toThrow(refusal);
  });

  it('are told to the others when one does not read what it is sent', () => {
    const told: string[] = [];
    const deaf = client(407, {
      notify: () => {
        throw new RocketMqError('too many', { code: 'REMOTING_TOO_MANY_REQUESTS' });
      },
    });
    const reading = client(407, { notify: ({ name }) => void told.push(name) });
    tellOffsets([deaf, reading], NOTICE, silentLogger);
    expect(told).toEqual(['RESET_CONSUMER_CLIENT_OFFSET']);
  });

  it('of a client that does not answer are left out', async () => {
    const silent = client(407, { invoke: () => Promise.reject(new Error('silent')) });
    expect(await askStatus([silent], NAME_AND_TOPIC, silentLogger)).toEqual(new Map());
  });
});
