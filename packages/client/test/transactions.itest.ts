import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  checkTransactionState,
  encodeHost,
  encodeMessageId,
  encodeRecord,
  endTransaction,
  heartBeat,
  MessageSysFlag,
  parseHeartbeatData,
  type RequestOf,
  ResponseCode,
  sendMessageV2,
} from '@orbitmq/protocol';
import { type Connection, reply } from '@orbitmq/remoting';
import { Producer, type TransactionListener, type TransactionState } from '../src/index.ts';
import { FakeCluster, until } from './fake-cluster.ts';

jest.setTimeout(30_000);

const HOST = encodeHost({ ip: '127.0.0.1', port: 10_911 });
const OFFSET_ID = encodeMessageId(HOST, 4_096);

let cluster: FakeCluster;
let nameServer: string;
/** What came to the broker. */
let halves: RequestOf<typeof sendMessageV2>[];
let ends: RequestOf<typeof endTransaction>[];
let sendCode: number;
let clients: Connection[];

beforeEach(async () => {
  cluster = new FakeCluster();
  [halves, ends, clients] = [[], [], []];
  sendCode = ResponseCode.SUCCESS;
  const broker = await cluster.startServer((server) => {
    server.register(heartBeat, (_values, { connection, command }) => {
      const [group] = parseHeartbeatData(command.body).producerDataSet;
      if (group?.groupName === 'PG') clients.push(connection);
    });
    server.register(sendMessageV2, (header) => {
      halves.push(header);
      const fields = { msgId: OFFSET_ID, queueId: 0, queueOffset: 9, transactionId: 'TX' };
      return reply({ code: sendCode, fields });
    });
    server.register(endTransaction, (header) => void ends.push(header));
  });
  nameServer = await cluster.startNameServer([broker]);
});

afterEach(() => cluster[Symbol.asyncDispose]());

async function startProducer(listener: Partial<TransactionListener>): Promise<Producer> {
  const producer = new Producer({
    nameServers: nameServer,
    group: 'PG',
    transactionListener: { executeLocal: () => 'unknown', check: () => 'unknown', ...listener },
  });
  await producer.start();
  cluster.onClose(() => producer.close());
  return producer;
}

/** Sends a check about a half message of a group. */
function check(group: string): void {
  const record = encodeRecord({
    topic: 'T',
    body: Buffer.from('half'),
    properties: Buffer.from(`UNIQ_KEY\u0001ID7\u0002PGROUP\u0001${group}`),
    queueId: 0,
    flag: 0,
    queueOffset: 9,
    physicalOffset: 4_096,
    sysFlag: MessageSysFlag.transactionPrepared,
    bornTimestamp: 1,
    bornHost: HOST,
    storeTimestamp: 2,
    storeHost: HOST,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
  });
  clients[0]?.notify(
    checkTransactionState,
    { tranStateTableOffset: 9, commitLogOffset: 4_096, transactionId: 'ID7', bname: 'b0' },
    record,
  );
}

describe('a transaction', () => {
  it.each<[TransactionState, number]>([
    ['commit', 8],
    ['rollback', 12],
    ['unknown', 0],
  ])('ends with the %s that the listener says', async (state, flag) => {
    const seen: unknown[] = [];
    const producer = await startProducer({
      executeLocal: (message, argument, transactionId) => {
        seen.push(message.body, argument, transactionId);
        return state;
      },
    });
    const result = await producer.sendInTransaction({ topic: 'T', body: 'pay' }, { order: 1 });
    expect(result.state).toBe(state);
    expect(seen).toEqual(['pay', { order: 1 }, result.messageId]);
    await until(() => ends.length === 1, 'the end of the transaction');
    expect(ends[0]).toMatchObject({
      producerGroup: 'PG',
      tranStateTableOffset: 9,
      commitLogOffset: 4_096,
      commitOrRollback: flag,
      fromTransactionCheck: false,
      msgId: result.messageId,
      transactionId: 'TX',
    });
    expect(halves[0]?.f).toBe(MessageSysFlag.transactionPrepared);
    expect(halves[0]?.i).toContain('TRAN_MSG\u0001true\u0002PGROUP\u0001PG');
    expect(clients).toHaveLength(1);
  });

  it('is left for the broker to ask about when the listener throws', async () => {
    const producer = await startProducer({
      executeLocal: () => Promise.reject(new Error('database is down')),
    });
    const { state } = await producer.sendInTransaction({ topic: 'T', body: 'pay' });
    await until(() => ends.length === 1, 'the end of the transaction');
    expect([state, ends[0]?.commitOrRollback]).toEqual(['unknown', 0]);
  });

  it('is rolled back, without the local work, when its half was not stored safely', async () => {
    sendCode = ResponseCode.FLUSH_SLAVE_TIMEOUT;
    const executeLocal = jest.fn<TransactionListener['executeLocal']>(() => 'commit');
    const producer = await startProducer({ executeLocal });
    const { state } = await producer.sendInTransaction({ topic: 'T', body: 'pay' });
    expect([state, executeLocal.mock.calls.length]).toEqual(['rollback', 0]);
  });

  it('cannot be delayed, and needs a listener', async () => {
    const invalid = { code: 'CLIENT_INVALID_ARGUMENT' };
    const producer = await startProducer({});
    const delayed = { topic: 'T', body: 'x', delayLevel: 3 };
    await expect(producer.sendInTransaction(delayed)).rejects.toMatchObject(invalid);
    await using other = new Producer({ nameServers: nameServer, group: 'PG' });
    await other.start();
    await expect(other.sendInTransaction({ topic: 'T', body: 'x' })).rejects.toMatchObject(invalid);
  });
});

describe('a check', () => {
  it('is answered with what the listener says about the message', async () => {
    const checked: string[] = [];
    const producer = await startProducer({
      executeLocal: () => 'commit',
      check: ({ messageId, body }) => {
        checked.push(`${messageId} ${body.toString()}`);
        return 'rollback';
      },
    });
    await producer.sendInTransaction({ topic: 'T', body: 'x' });
    check('PG');
    await until(() => ends.length === 2, 'the answer to the check');
    expect(checked).toEqual(['ID7 half']);
    expect(ends[1]).toMatchObject({
      tranStateTableOffset: 9,
      commitLogOffset: 4_096,
      commitOrRollback: 12,
      fromTransactionCheck: true,
      msgId: 'ID7',
      transactionId: 'ID7',
    });
  });

  it('of another group is not answered', async () => {
    const check2 = jest.fn<TransactionListener['check']>(() => 'commit');
    const producer = await startProducer({ executeLocal: () => 'commit', check: check2 });
    await producer.sendInTransaction({ topic: 'T', body: 'x' });
    check('OTHER');
    check('PG');
    await until(() => ends.length === 2, 'the answer to the second check');
    expect(check2.mock.calls).toHaveLength(1);
  });
});
