import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { BrokerMetadata, DATABASE_FILE } from '@orbitmq/metadata';
import { ApacheStores, dump, TemporaryDirectory } from '../test/fixture.ts';

const stores = new ApacheStores();
afterAll(() => stores[Symbol.dispose]());

/** The printed JSON objects. */
async function rowsOf(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { status, out, err } = await dump(...args, '--json');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const in55 = (name: string): string => join(stores.path('5.5.0'), name);

describe('a log', () => {
  it('is printed record by record, with what ends its files', async () => {
    const rows = await rowsOf(in55('commitlog'));
    expect(rows.filter(({ kind }) => kind === 'record')).toHaveLength(741);
    expect(rows.filter(({ kind }) => kind === 'blank')).toHaveLength(3);
    expect(rows.at(-1)).toEqual({ offset: 246_408, kind: 'unused', size: 262_144 - 246_408 });
    expect(rows[0]).toEqual({
      offset: 0,
      kind: 'record',
      size: 330,
      topic: 'Fixture',
      queueId: 3,
      queueOffset: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 1_795_473_836_955,
      bornHost: '127.0.0.1:44408',
      storeTimestamp: 1_795_473_836_987,
      storeHost: '127.0.0.1:37911',
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      messageId: '7F000001000094170000000000000000',
      properties: {
        MSG_REGION: 'DefaultRegion',
        UNIQ_KEY: 'L0000000000000000000000000000003',
        CLUSTER: 'DefaultCluster',
        KEYS: 'k3',
        TRACE_ON: 'true',
      },
      bodySize: 120,
      body: `3|${'.'.repeat(62)}`,
    });
  });

  it('begins with the first record behind --from and ends after --count lines', async () => {
    const rows = await rowsOf(in55('commitlog'), '--from', '331', '--count', '2');
    expect(rows.map(({ offset }) => offset)).toEqual([660, 990]);
  });

  it('shows one queue when asked for it', async () => {
    const rows = await rowsOf(in55('commitlog'), '--topic', 'Fixture', '--queue', '2');
    expect(rows.map(({ queueOffset }) => queueOffset)).toEqual(rows.map((_, index) => index));
    expect(await rowsOf(in55('commitlog'), '--topic', 'Other')).toEqual([]);
  });
});

it('prints a consume queue over all its files, from a queue offset on', async () => {
  const rows = await rowsOf(in55('consumequeue/Fixture/3'), '--from', '99', '--count', '2');
  expect(rows.map(({ queueOffset }) => queueOffset)).toEqual([99, 100]);
});

it('prints the header and the entries of an index file', async () => {
  const [header, first, ...others] = await rowsOf(in55('index/20261123224357014'));
  expect(header).toMatchObject({
    kind: 'header',
    slots: 50,
    beginOffset: 0,
    nextEntry: 200,
  });
  expect(first).toMatchObject({ entry: 1, physicalOffset: 0, previous: 0 });
  expect(others).toHaveLength(198);
});

it.each([
  ['checkpoint', { physicMsgTimestamp: 1_795_473_837_951, confirmPhysicalOffset: 0 }],
  ['lock', { size: 4, text: 'lock' }],
  ['config/timercheck', { lastReadTimestamp: 1_795_473_850_000, counter: 19 }],
  ['config/topics.json', { table: 'dataVersion' }],
] as const)('prints %s', async (name, expected) => {
  const [row] = await rowsOf(in55(name));
  expect(row).toMatchObject(expected);
});

it('prints keys that are integers, as Apache writes them', async () => {
  using directory = new TemporaryDirectory();
  const path = join(directory.path, 'consumerOffset.json');
  writeFileSync(path, '{"offsetTable":{"Orders@Shop":{0:12,1:7}}}');
  expect(await rowsOf(path)).toEqual([
    { table: 'offsetTable', key: 'Orders@Shop', value: '{0:12,1:7}' },
  ]);
});

it('prints slots of a timer wheel and units of a timer log', async () => {
  using directory = new TemporaryDirectory();
  const wheel = Buffer.alloc(320);
  wheel.writeBigInt64BE(1_700_000_000n, 64);
  wheel.writeInt32BE(3, 64 + 24);
  writeFileSync(join(directory.path, 'timerwheel'), wheel);
  expect(await rowsOf(join(directory.path, 'timerwheel'))).toEqual([
    { slot: 2, tick: 1_700_000_000, firstPosition: 0, lastPosition: 0, count: 3, magic: 0 },
  ]);
  const log = Buffer.alloc(520);
  log.writeInt32BE(52, 0);
  log.writeBigInt64BE(1_700_000_000_000n, 16);
  log.writeInt32BE(2000, 24);
  writeFileSync(join(directory.path, 'log'), log);
  const [unit] = await rowsOf(join(directory.path, 'log'), '--kind', 'timer-log');
  expect(unit).toMatchObject({ position: 0, dueTimestamp: 1_700_000_002_000 });
});

it('prints the tables of metadata.db while a broker has it open', async () => {
  using directory = new TemporaryDirectory();
  await using metadata = await BrokerMetadata.open({ directory: directory.path });
  metadata.commitConsumerOffset('Orders', 'Shop', 0, 12);
  await metadata.flush();
  const rows = await rowsOf(join(directory.path, DATABASE_FILE));
  expect(rows).toContainEqual({
    table: 'consumer_offset',
    topic: 'Orders',
    consumer_group: 'Shop',
    offsets: '{"0":12}',
  });
});

it('writes times as dates for people', async () => {
  const { out } = await dump(in55('checkpoint'));
  expect(out).toContain('physicMsgTimestamp=2026-11-23T22:43:57.951Z');
});

it.each([
  ['a path where nothing is', ['/does/not/exist'], 'there is no /does/not/exist'],
  ['a directory that is no store', ['/proc'], '/proc is no store'],
  ['an option it does not know', ['--frm', '3', 'x'], "unknown option '--frm'"],
  ['a number that is none', ['--from', 'x', 'y'], 'It has to be a whole number'],
] as const)('answers %s with status 2 and the reason', async (_what, args, reason) => {
  const { status, err, out } = await dump(...args);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toContain(reason);
});
