/** What a peer can do that once ended the broker for everybody. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  encodeFields,
  getConsumeStats,
  heartBeat,
  PullSysFlag,
  parseConsumeStats,
  pullMessage,
  queryConsumeTimeSpan,
  ResponseCode,
  sendMessageV2,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import {
  type BrokerFixture,
  heartbeatOf,
  joinGroup,
  startFixture,
  TIMEOUT,
} from './broker-fixture.ts';
import { RawPeer } from './raw-peer.ts';

jest.setTimeout(60_000);

const TOPIC = 'Survival';
const GROUP = 'G_survival';

let fixture: BrokerFixture;

beforeEach(async () => {
  // A body that fits a frame on its way in, and none on its way out.
  fixture = await startFixture({ maxMessageSize: '33554432' });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

function send(body: Buffer, topic = TOPIC): Promise<number> {
  const values = { a: 'PG', b: topic, c: 'TBW102', d: 4, e: 0, f: 0, g: Date.now(), h: 0 };
  return fixture.client
    .invoke(fixture.broker.address, sendMessageV2, values, { ...TIMEOUT, body })
    .then(({ code }) => code);
}

function pullOf(queueOffset: number) {
  return {
    consumerGroup: GROUP,
    topic: TOPIC,
    queueId: 0,
    queueOffset,
    maxMsgNums: 32,
    sysFlag: PullSysFlag.subscription,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 0,
  };
}

describe('a broker goes on serving', () => {
  it('when the name in a request is so long that no answer could repeat it', async () => {
    await using peer = await RawPeer.connect(fixture.broker.address);
    const topic = '\u0001'.repeat(3_000_000);
    const header = JSON.stringify({
      code: 303,
      extFields: { topic: '@', group: GROUP },
      opaque: 7,
    });
    const bytes = Buffer.from(header.replace('@', topic));
    const prefix = Buffer.alloc(8);
    prefix.writeInt32BE(4 + bytes.length, 0);
    prefix.writeInt32BE(bytes.length, 4);
    peer.send(Buffer.concat([prefix, bytes]));
    const answer = await peer.answer();
    expect([answer?.code, answer?.opaque]).toEqual([ResponseCode.TOPIC_NOT_EXIST, 7]);
  });

  it('when a member of a group goes while another does not read what it is sent', async () => {
    const { broker } = fixture;
    for (let count = 0; count < 20; count++) await send(Buffer.alloc(1_000_000));
    await using deaf = await RawPeer.connect(broker.address);
    const member = { group: GROUP, topic: TOPIC };
    await deaf.ask({ code: heartBeat.code, body: heartbeatOf({ ...member, clientId: 'deaf' }) });
    const leaving = new RemotingClient();
    await joinGroup(leaving, broker.address, { ...member, clientId: 'leaving' });
    deaf.pause();
    for (let count = 0; count < 60; count++) {
      const fields = encodeFields(pullMessage.request, pullOf(count % 20));
      deaf.request({ code: pullMessage.code, fields });
    }
    const memberOf = (clientId: string) =>
      broker.context.consumers.get(GROUP)?.byClientId(clientId);
    const limitMs = Date.now() + 10_000;
    while ((memberOf('deaf')?.connection.unsentBytes ?? 0) <= 4_194_304 && Date.now() < limitMs) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(memberOf('deaf')?.connection.unsentBytes).toBeGreaterThan(4_194_304);
    await leaving.close();
    while (memberOf('leaving') !== undefined && Date.now() < limitMs) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(memberOf('leaving')).toBeUndefined();
    expect(await send(Buffer.from('after'))).toBe(ResponseCode.SUCCESS);
  });

  it('and refuses a body that no answer to a pull could carry', async () => {
    expect(await send(Buffer.alloc(16_777_216 - 400))).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect(await send(Buffer.alloc(16_000_000))).toBe(ResponseCode.SUCCESS);
    const { address } = fixture.broker;
    const pulled = await fixture.client.invoke(address, pullMessage, pullOf(0), TIMEOUT);
    expect([pulled.code, pulled.body?.length]).toEqual([ResponseCode.SUCCESS, expect.any(Number)]);
  });

  it("and takes nothing for the timers themselves: it would go on to topics that are nobody's", async () => {
    expect(await send(Buffer.from('forged'), 'rmq_sys_wheel_timer')).toBe(
      ResponseCode.NO_PERMISSION,
    );
  });

  it('when a topic is listed many times over', async () => {
    await send(Buffer.from('one'));
    const topicList = `${TOPIC};`.repeat(500_000);
    const values = { consumerGroup: GROUP, topicList };
    const { address } = fixture.broker;
    const answer = await fixture.client.invoke(address, getConsumeStats, values, TIMEOUT);
    expect(parseConsumeStats(answer.body).offsetTable).toHaveLength(4);
    const span = { topic: TOPIC, group: GROUP };
    const next = await fixture.client.invoke(address, queryConsumeTimeSpan, span, TIMEOUT);
    expect(next.code).toBe(ResponseCode.SUCCESS);
  });
});
