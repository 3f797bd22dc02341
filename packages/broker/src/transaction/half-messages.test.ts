import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ResponseCode, type StoredMessage, SystemTopic } from '@orbitmq/protocol';
import { StoreFixture } from '../../test/store-fixture.ts';
import { SpecialProperty } from '../send/property-bytes.ts';
import { StoredRecord } from '../send/stored-record.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { committedRecord } from './half-message.ts';

const SENT = { special: SpecialProperty.transaction, maxReconsumeTimes: -1, peerVersion: 407 };
const HALF = SystemTopic.transactionHalf;
const OP = SystemTopic.transactionOp;

// Real files on a disk that others may keep busy.
jest.setTimeout(30_000);

let broker: StoreFixture;

beforeEach(async () => {
  broker = await StoreFixture.create();
});

afterEach(async () => {
  await broker[Symbol.asyncDispose]();
});

async function sendHalf(
  body: string,
  properties: Readonly<Record<string, string>> = {},
): Promise<StoredRecord> {
  const topic = broker.topics.put(topicConfig('T'));
  const record = broker.record(body, { TRAN_MSG: 'true', PGROUP: 'P', TAGS: 'a', ...properties });
  record.sysFlag = 4;
  const routed = broker.router.route(topic, 3, record, SENT);
  if ('code' in routed) throw new Error(routed.remark);
  return reread(await broker.put(routed.topic.queue(routed.queueId), record));
}

async function reread({ physicalOffset }: StoredMessage): Promise<StoredRecord> {
  const half = await broker.halfMessages.atPhysicalOffset(physicalOffset);
  if (half === undefined) throw new Error('no half message there');
  return half;
}

async function newestHalf(): Promise<StoredRecord> {
  return reread((await broker.messages(HALF)).at(-1) as StoredMessage);
}

describe('a half message', () => {
  it('is in the half queue alone, with the topic and queue it was sent to', async () => {
    await sendHalf('m');
    expect(await broker.messages('T', 3)).toEqual([]);
    const [half] = await broker.messages(HALF);
    expect(half).toMatchObject({ queueId: 0, queueOffset: 0, sysFlag: 0 });
    expect({ ...half?.properties }).toEqual({
      TRAN_MSG: 'true',
      PGROUP: 'P',
      TAGS: 'a',
      REAL_TOPIC: 'T',
      REAL_QID: '3',
    });
  });

  it('that is committed comes once, however often that is said', async () => {
    const half = await sendHalf('m');
    const first = broker.halfMessages.settle(half, true);
    const second = broker.halfMessages.settle(half, true);
    expect(await Promise.all([first, second])).toEqual(['ok', 'ok']);
    expect(await broker.halfMessages.settle(half, false)).toBe('ok');
    const messages = await broker.messages('T', 3);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      sysFlag: 8,
      preparedTransactionOffset: half.physicalOffset,
      bornTimestamp: half.bornTimestampMs,
      queueOffset: 0,
    });
    expect(messages[0]?.properties['TAGS']).toBe('a');
    expect(await broker.bodies(OP)).toEqual(['0']);
    const [op] = await broker.messages(OP);
    expect({ ...op?.properties }).toEqual({ TAGS: 'd' });
  });

  it('that is rolled back never comes', async () => {
    const half = await sendHalf('m');
    expect(await broker.halfMessages.settle(half, false)).toBe('ok');
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
    expect(await broker.messages('T', 3)).toEqual([]);
    expect(await broker.bodies(OP)).toEqual(['0']);
  });

  it('is committed when its message is safe though its op is not, which is appended again', async () => {
    const half = await sendHalf('m');
    const { writer, store } = broker;
    const failed = { code: ResponseCode.SERVICE_NOT_AVAILABLE, queueOffset: 0, physicalOffset: 0 };
    const settled = jest.spyOn(writer, 'settled').mockResolvedValueOnce(failed);
    const safeOffset = jest.spyOn(writer, 'safeOffset', 'get');
    safeOffset.mockImplementation(() => store.maxPhysicalOffset - 1);
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
    settled.mockRestore();
    safeOffset.mockRestore();
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
    await broker.halfMessages.saveProgress();
    expect(await broker.bodies('T', 3)).toEqual(['m']);
    expect(await broker.bodies(OP)).toEqual(['0', '0']);
  });

  it('can be committed again when its message is not safe', async () => {
    const half = await sendHalf('m');
    const failed = { code: ResponseCode.SERVICE_NOT_AVAILABLE, queueOffset: 0, physicalOffset: 0 };
    jest.spyOn(broker.writer, 'settled').mockResolvedValueOnce(failed);
    const safeOffset = jest.spyOn(broker.writer, 'safeOffset', 'get').mockReturnValue(0);
    expect(await broker.halfMessages.settle(half, true)).toBe('failed');
    safeOffset.mockRestore();
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
  });

  it('with a delay waits when it is committed', async () => {
    const half = await sendHalf('m', { DELAY: '2' });
    await broker.halfMessages.settle(half, true);
    expect(await broker.bodies('T', 3)).toEqual([]);
    const [delayed] = await broker.messages(SystemTopic.schedule, 1);
    expect(delayed?.properties).toMatchObject({ REAL_TOPIC: 'T', REAL_QID: '3', DELAY: '2' });
  });

  it('can be settled after a restart, once', async () => {
    const first = await sendHalf('first');
    const second = await sendHalf('second');
    await broker.halfMessages.settle(second, true);
    broker = await broker.restart();
    expect(await broker.halfMessages.settle(second, true)).toBe('ok');
    expect(await broker.bodies('T', 3)).toEqual(['second']);
    await broker.halfMessages.settle(first, true);
    expect(await broker.bodies('T', 3)).toEqual(['second', 'first']);
    await broker.halfMessages.saveProgress();
    expect(broker.metadata.consumerOffset(HALF, 'CID_RMQ_SYS_TRANS', 0)).toBe(2);
    expect(broker.metadata.consumerOffset(OP, 'CID_RMQ_SYS_TRANS', 0)).toBe(2);
  });

  it.each([
    ['', 'T', 3],
    ['2', SystemTopic.schedule, 1],
  ])(
    'that is committed (DELAY %j) comes once though a crash came before its op',
    async (delay, topic, queueId) => {
      const half = await sendHalf('m', delay === '' ? {} : { DELAY: delay });
      await broker.put(broker.store.queue(topic, queueId), committedRecord(half));
      broker = await broker.restart();
      expect(await broker.halfMessages.settle(half, true)).toBe('ok');
      expect(await broker.bodies(topic, queueId)).toEqual(['m']);
      expect(await broker.bodies(OP)).toEqual(['0']);
    },
  );

  it('is settled by op messages as 5.x writes them', async () => {
    await sendHalf('a');
    const rest = await sendHalf('b');
    await sendHalf('c');
    const op = broker.record('0,2,', { TAGS: 'd' });
    await broker.put(broker.store.queue(OP, 0), op);
    broker = await broker.restart();
    await broker.halfMessages.loaded;
    expect(broker.halfMessages.nextUnsettled(0, 3)).toBe(rest.queueOffset);
    expect(broker.halfMessages.nextUnsettled(rest.queueOffset + 1, 3)).toBe(3);
  });
});

describe('a half message that was asked for', () => {
  it('comes once when its producer answers by both offsets', async () => {
    const half = await sendHalf('m');
    await broker.halfMessages.copy(half, 1);
    const copy = await newestHalf();
    expect(copy.queueOffset).toBe(1);
    expect(copy.properties).toMatchObject({
      TRANSACTION_CHECK_TIMES: '1',
      TRAN_PREPARED_QUEUE_OFFSET: '0',
    });
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
    expect(await broker.halfMessages.settle(copy, true)).toBe('ok');
    expect(await broker.bodies('T', 3)).toEqual(['m']);
    await broker.halfMessages.saveProgress();
    expect(broker.metadata.consumerOffset(HALF, 'CID_RMQ_SYS_TRANS', 0)).toBe(2);
  });

  it('can be settled by its first offset after restarts and further copies', async () => {
    const half = await sendHalf('m');
    await broker.halfMessages.copy(half, 1);
    broker = await broker.restart();
    await broker.halfMessages.loaded;
    await broker.halfMessages.copy(await newestHalf(), 2);
    broker = await broker.restart();
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
    expect(await broker.halfMessages.settle(await newestHalf(), true)).toBe('ok');
    expect(await broker.bodies('T', 3)).toEqual(['m']);
    broker = await broker.restart();
    await broker.halfMessages.loaded;
    expect(broker.halfMessages.nextUnsettled(0, 3)).toBe(3);
  });

  it('counts for its newest copy when a crash came between copy and op message', async () => {
    const half = await sendHalf('m');
    const copy = half.again();
    const text = `${copy.properties.toString('utf8', copy.propertiesStart, copy.propertiesEnd)}\u0002TRAN_PREPARED_QUEUE_OFFSET\u00010`;
    copy.properties = Buffer.from(text);
    copy.propertiesStart = 0;
    copy.propertiesEnd = copy.properties.length;
    await broker.put(broker.store.queue(HALF, 0), copy);
    broker = await broker.restart();
    await broker.halfMessages.loaded;
    expect(broker.halfMessages.nextUnsettled(0, 2)).toBe(1);
    expect(await broker.bodies(OP)).toEqual(['0']);
    expect(await broker.halfMessages.settle(half, true)).toBe('ok');
    expect(await broker.halfMessages.settle(await newestHalf(), true)).toBe('ok');
    expect(await broker.bodies('T', 3)).toEqual(['m']);
  });

  it('can be committed after it was given up, and asked for again', async () => {
    const half = await sendHalf('m');
    expect(await broker.halfMessages.giveUp(half)).toBe(true);
    const given = await broker.messages(SystemTopic.transactionCheckMaxTime);
    expect(given.map(({ body }) => body.toString())).toEqual(['m']);
    expect(broker.halfMessages.nextUnsettled(0, 1)).toBe(1);
    const bytes = await broker.store.recordAtOffset(given[0]?.physicalOffset ?? -1);
    expect(await broker.halfMessages.resume(new StoredRecord(bytes as Buffer))).toBe(true);
    expect(broker.halfMessages.nextUnsettled(0, 2)).toBe(1);
    expect(await broker.halfMessages.settle(await newestHalf(), true)).toBe('ok');
    expect(await broker.bodies('T', 3)).toEqual(['m']);
  });
});
