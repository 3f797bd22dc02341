import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import {
  decodeMessageId,
  decodeProperties,
  encodeProperties,
  LANGUAGE_OTHER,
  type pushReplyMessageToClient,
  type RemotingCommand,
  type RequestOf,
  type SendHeader,
  SerializeType,
} from '@orbitmq/protocol';
import type { Connection, RequestContext } from '@orbitmq/remoting';
import { StoreFixture } from '../../test/store-fixture.ts';
import type { BrokerContext } from '../broker-context.ts';
import { ProducerGroups } from '../clients/producer-groups.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { handleReply, type ReplyParts } from './reply-message-handlers.ts';

const TOPIC = 'C_REPLY_TOPIC';

/** A client that waits for replies and confirms them with `code`. */
class Asker {
  readonly isClosed = false;
  readonly pushed: RequestOf<typeof pushReplyMessageToClient>[] = [];
  readonly bodies: (Buffer | undefined)[] = [];
  code: number | Error = 0;

  async invoke(
    _definition: typeof pushReplyMessageToClient,
    header: RequestOf<typeof pushReplyMessageToClient>,
    { body }: { readonly body?: Buffer },
  ): Promise<{ readonly code: number }> {
    if (this.code instanceof Error) throw this.code;
    this.pushed.push(header);
    this.bodies.push(body);
    return { code: this.code };
  }
}

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let broker: StoreFixture;
let asker: Asker;
let parts: ReplyParts;
let config: { storeReplyMessageEnable: boolean };

beforeEach(async () => {
  broker = await StoreFixture.create();
  broker.topics.put(topicConfig(TOPIC, { readQueueNums: 1, writeQueueNums: 1 }));
  asker = new Asker();
  const producers = new ProducerGroups();
  producers.register('P', {
    clientId: 'asker@1',
    language: 0,
    version: 407,
    connection: asker as unknown as Connection,
    heartbeatMs: 0,
    seenMs: 0,
  });
  config = { storeReplyMessageEnable: true };
  const settings = { regionId: 'R', traceOn: true, maxMessageSize: 1000, defaultTopicQueueNums: 8 };
  const context = {
    config: Object.assign(config, settings),
    log: silentLogger,
    clock: broker.clock,
    store: broker.store,
    topics: broker.topics,
    stats: broker.stats,
    producers,
    brokerAddress: '10.0.0.1:10911',
  };
  parts = {
    context: context as unknown as BrokerContext,
    writer: broker.writer,
    storeHost: Buffer.from('0a00000100002a9f', 'hex'),
  };
});

afterEach(async () => {
  await broker[Symbol.asyncDispose]();
});

function headerWith(properties: Readonly<Record<string, string>>): SendHeader {
  return {
    producerGroup: 'G',
    topic: TOPIC,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 5,
    flag: 7,
    properties: encodeProperties(properties),
  };
}

function request(body: string): RequestContext {
  const command: RemotingCommand = {
    code: 324,
    language: LANGUAGE_OTHER,
    version: 407,
    opaque: 1,
    flag: 0,
    serializeType: SerializeType.json,
    body: Buffer.from(body),
  };
  const connection = { remoteAddress: '10.0.0.9:5000', attributes: new Map() };
  return { command, connection: connection as unknown as Connection };
}

function send(given: Partial<SendHeader>, body = 'b'): ReturnType<typeof handleReply> {
  return handleReply(parts, { ...headerWith(MEANT), ...given }, request(body));
}

const MEANT = { CORRELATION_ID: 'c1', REPLY_TO_CLIENT: 'asker@1', MSG_TYPE: 'reply' };

describe('a reply', () => {
  it('goes to the client that waits, and is kept', async () => {
    const answer = await handleReply(parts, headerWith(MEANT), request('yes'));
    expect(answer.code).toBeUndefined();
    expect(asker.bodies.map(String)).toEqual(['yes']);
    const [pushed] = asker.pushed;
    expect(pushed).toMatchObject({
      producerGroup: 'G',
      topic: TOPIC,
      queueId: 0,
      flag: 7,
      bornTimestamp: 5,
      bornHost: '10.0.0.9:5000',
      storeHost: '10.0.0.1:10911',
      storeTimestamp: broker.clock.nowMs,
    });
    expect({ ...decodeProperties(pushed?.properties ?? '') }).toEqual({
      ...MEANT,
      PUSH_REPLY_TIME: String(broker.clock.nowMs),
    });
    const [kept] = await broker.messages(TOPIC);
    expect(kept?.body.toString()).toBe('yes');
    expect(answer.fields).toMatchObject({ queueId: 0, queueOffset: 0, MSG_REGION: 'R' });
    expect(decodeMessageId(answer.fields?.msgId ?? '').physicalOffset).toBe(kept?.physicalOffset);
  });

  it('is not kept where that is switched off', async () => {
    config.storeReplyMessageEnable = false;
    const answer = await handleReply(parts, headerWith(MEANT), request('yes'));
    expect(answer.fields).toMatchObject({ msgId: '0', queueOffset: 0 });
    expect(await broker.messages(TOPIC)).toEqual([]);
    expect(asker.pushed).toHaveLength(1);
  });

  it.each([
    [
      'nobody waits for',
      { REPLY_TO_CLIENT: 'gone@2' },
      'push reply message fail, channel of <gone@2> not found.',
    ],
    ['does not say whom it is for', {}, 'reply message properties[REPLY_TO_CLIENT] is null'],
  ])(
    'that %s is kept and answered with why it did not arrive',
    async (_name, properties, remark) => {
      const answer = await handleReply(parts, headerWith(properties), request('yes'));
      expect(answer).toMatchObject({ code: 1, remark, fields: { queueOffset: 0 } });
      expect(asker.pushed).toEqual([]);
      expect(await broker.bodies(TOPIC)).toEqual(['yes']);
    },
  );

  it.each([
    ['refuses', 1],
    ['does not confirm', new Error('connection lost')],
  ])('that the client %s is answered as not delivered', async (_name, code) => {
    asker.code = code;
    const answer = await handleReply(parts, headerWith(MEANT), request('yes'));
    expect(answer).toMatchObject({ code: 1, remark: 'push reply message to asker@1fail.' });
  });

  it('is refused when no message could be sent so', async () => {
    await expect(send({ topic: 'unknown' })).rejects.toMatchObject({ responseCode: 17 });
    await expect(send({ topic: 'a b' })).rejects.toMatchObject({ responseCode: 1 });
    await expect(send({ queueId: 1 })).rejects.toMatchObject({ responseCode: 1 });
    await expect(send({}, 'x'.repeat(1001))).rejects.toMatchObject({ responseCode: 13 });
    const properties = `a\u0001${'x'.repeat(32_767)}`;
    await expect(send({ properties })).rejects.toMatchObject({ responseCode: 13 });
    expect(asker.pushed).toEqual([]);
    expect(await broker.messages(TOPIC)).toEqual([]);
  });
});
