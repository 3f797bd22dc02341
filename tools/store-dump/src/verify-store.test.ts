import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { javaHashCode, silentLogger, writeInt64 } from '@orbitmq/kernel';
import { BrokerMetadata, DATABASE_FILE } from '@orbitmq/metadata';
import { encodeHost, parseSubscriptionGroupConfig, parseTopicConfig } from '@orbitmq/protocol';
import { nodeDisk, systemClock, systemTimers } from '@orbitmq/runtime';
import { AppendRecord, MessageStore } from '@orbitmq/store';
import { ApacheStores, dump, type StoreCopy, TemporaryDirectory } from '../test/fixture.ts';

const stores = new ApacheStores();
afterAll(() => stores[Symbol.dispose]());

it.each([
  ['4.4.0', 1313, 2626],
  ['4.9.7', 1303, 2606],
  ['5.5.0', 741, 1482],
] as const)('finds a store of Apache %s sound', async (version, records, keys) => {
  const { status, out, err } = await dump(stores.path(version));
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out).toContain(`sound: ${records} records`);
  expect(out).toContain(
    `${records} entries in 4 queues, ${keys} index entries; 0 damages, 0 notes`,
  );
});

/** A store of ours with 900 messages, open. */
async function ownStore(directory: string): Promise<MessageStore> {
  const store = await MessageStore.open({
    disk: nodeDisk,
    clock: systemClock,
    timers: systemTimers,
    log: silentLogger,
    directory,
    storeHost: encodeHost({ ip: '127.0.0.1', port: 10_911 }),
    settings: {
      commitLogFileBytes: 65_536,
      consumeQueueFileBytes: 2000,
      indexSlots: 100,
      indexEntries: 400,
    },
  });
  for (let number = 0; number < 900; number++) {
    store.append(store.queue('Orders', number % 3), recordOf(number));
  }
  const endOffset = store.maxPhysicalOffset;
  await new Promise<void>((resolve) => {
    store.onWritten((written) => {
      if (written >= endOffset) resolve();
    });
  });
  return store;
}

it('finds a store of our own sound, after a clean stop and as it is left by a kill', async () => {
  using directory = new TemporaryDirectory();
  const store = await ownStore(directory.path);
  const killed = await dump(directory.path);
  expect({ status: killed.status, damages: killed.damages }).toEqual({ status: 0, damages: [] });
  expect(killed.notes).toContain('not-closed');
  await store.close();
  const closed = await dump(directory.path);
  expect(closed.out).toContain('sound: 900 records in');
  expect(closed.out).toContain('900 entries in 3 queues, 900 index entries');
  expect(closed.notes).toEqual([]);
});

it('finds a flipped bit in whatever we add to a checkpoint, and prints what is right of it', async () => {
  using directory = new TemporaryDirectory();
  await (await ownStore(directory.path)).close();
  const path = join(directory.path, 'checkpoint');
  const sound = readFileSync(path);
  const { out } = await dump(path, '--json');
  expect(JSON.parse(out)).toMatchObject({
    recoverFrom: expect.any(Number),
    queuedEntries: 900,
    indexEndOffset: expect.any(Number),
    logFileBytes: 65_536,
  });
  for (let position = 1024; position < 1108; position++) {
    // Between the parts there is nothing.
    if ([1044, 1068, 1092].some((end) => position >= end && position < end + 4)) continue;
    const bytes = Buffer.from(sound);
    flip(position)(bytes);
    writeFileSync(path, bytes);
    const { status, damages } = await dump(directory.path);
    expect({ position, status, damages }).toEqual({
      position,
      status: 1,
      damages: ['checkpoint-content'],
    });
  }
  flip(1098)(sound);
  writeFileSync(path, sound);
  expect(JSON.parse((await dump(path, '--json')).out)).not.toHaveProperty('logFileBytes');
});

it.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4096)],
  ['with pages in each other’s place', exchangePages],
] as const)('finds a database %s', async (_what, damage) => {
  using directory = new TemporaryDirectory();
  await (await ownStore(directory.path)).close();
  const config = join(directory.path, 'config');
  const metadata = await BrokerMetadata.open({ directory: config });
  metadata.putTopic(parseTopicConfig(Buffer.from('{"topicName":"Orders","perm":6}')));
  metadata.putGroups([parseSubscriptionGroupConfig(Buffer.from('{"groupName":"Shop"}'))]);
  await metadata.close();
  expect((await dump(directory.path)).status).toBe(0);
  const path = join(config, DATABASE_FILE);
  const bytes = readFileSync(path);
  writeFileSync(path, damage(bytes) ?? bytes);
  const { status, damages } = await dump(directory.path);
  expect({ status, damages }).toEqual({ status: 1, damages: ['database'] });
});

function recordOf(number: number): AppendRecord {
  const record = new AppendRecord();
  record.bornHost = encodeHost({ ip: '127.0.0.1', port: 50_000 });
  record.bornTimestampMs = 1_700_000_000_000;
  record.body = Buffer.from(`order ${number}`);
  record.bodyEnd = record.body.length;
  record.properties = Buffer.from(`KEYS\u0001k${number}\u0002TAGS\u0001TagA`);
  record.propertiesEnd = record.properties.length;
  record.tagsCode = javaHashCode('TagA');
  return record;
}

const LOG = 'commitlog/00000000000000065536';
const QUEUE = 'consumequeue/Fixture/1/00000000000000000000';
const INDEX = 'index/20261123224332635';

/** What is done to a store of 4.9.7, and the kinds of damage that have to be found. */
const DAMAGES: readonly (readonly [string, (store: StoreCopy) => void, readonly string[]])[] = [
  [
    'a flipped bit in a body',
    (store) => store.edit(LOG, flip(100)),
    ['record-checksum', 'entry-without-record', 'index-without-record'],
  ],
  [
    'another magic',
    (store) => store.edit(LOG, flip(4)),
    ['record-magic', 'entry-without-record', 'index-without-record'],
  ],
  [
    'zeros over a page of the log',
    (store) => store.edit(LOG, (bytes) => void bytes.fill(0, 4096, 8192)),
    ['record-offset', 'entry-without-record', 'index-without-record'],
  ],
  [
    'a record that says it stands elsewhere',
    (store) => store.edit(LOG, flip(35)),
    ['record-offset', 'entry-without-record', 'index-without-record'],
  ],
  [
    'another queue offset in a record',
    (store) => store.edit(LOG, (bytes) => void writeInt64(bytes, 9999, 20)),
    ['entries-missing', 'entry-without-record'],
  ],
  [
    'other tags in a record',
    (store) =>
      store.edit(LOG, (bytes) => {
        const at = bytes.indexOf('KEYS');
        bytes.write('TAGS', at);
      }),
    ['entry-tags-code', 'index-key'],
  ],
  [
    'a log file that is gone',
    (store) => rmSync(join(store.path, LOG)),
    ['log-file-gap', 'entry-without-record', 'index-without-record'],
  ],
  [
    'a shorter log file',
    (store) => store.edit(LOG, (bytes) => bytes.subarray(0, 40_000)),
    ['log-file-size', 'record-end', 'entry-without-record', 'index-without-record'],
  ],
  [
    'two log files in each other’s place',
    (store) => exchange(store, LOG, 'commitlog/00000000000000131072'),
    ['record-offset', 'entry-without-record', 'index-without-record'],
  ],
  [
    'a queue entry that points elsewhere',
    (store) => store.edit(QUEUE, flip(20 * 7 + 6)),
    ['entry-place'],
  ],
  [
    'another tags code in an entry',
    (store) => store.edit(QUEUE, flip(20 * 7 + 19)),
    ['entry-tags-code'],
  ],
  [
    'an empty entry among others',
    (store) => store.edit(QUEUE, (bytes) => void bytes.fill(0, 20 * 7, 20 * 8)),
    ['entries-missing', 'entry-hole'],
  ],
  [
    'a queue that is gone',
    (store) => rmSync(join(store.path, 'consumequeue/Fixture/1'), { recursive: true }),
    ['entries-missing'],
  ],
  [
    'a queue file of another size',
    (store) => store.edit(QUEUE, (bytes) => bytes.subarray(0, 1990)),
    ['queue-file-size', 'entries-missing'],
  ],
  [
    'two queues in each other’s place',
    (store) => {
      const queues = join(store.path, 'consumequeue/Fixture');
      renameSync(join(queues, '1'), join(queues, 'x'));
      renameSync(join(queues, '2'), join(queues, '1'));
      renameSync(join(queues, 'x'), join(queues, '2'));
    },
    ['entry-place', 'entries-missing', 'entry-without-record'],
  ],
  [
    'another hash in the index',
    (store) => store.edit(INDEX, flip(40 + 200 + 20 * 9 + 3)),
    ['index-chain', 'index-key', 'index-missing'],
  ],
  [
    'another time in the index',
    (store) => store.edit(INDEX, flip(40 + 200 + 20 * 9 + 15)),
    ['index-time'],
  ],
  ['another slot in the index', (store) => store.edit(INDEX, flip(40 + 3)), ['index-slot']],
  [
    'another chain in the index',
    (store) => store.edit(INDEX, flip(40 + 200 + 20 * 150 + 19)),
    ['index-chain'],
  ],
  [
    'another count in the index',
    (store) => store.edit(INDEX, (bytes) => void bytes.writeInt32BE(150, 36)),
    ['index-bounds', 'index-slot', 'index-missing'],
  ],
  [
    'an index file of an impossible size',
    (store) => store.edit(INDEX, (bytes) => bytes.subarray(0, 1000)),
    ['index-size', 'index-missing'],
  ],
  [
    'a checkpoint ahead of the log',
    (store) => store.edit('checkpoint', (bytes) => void writeInt64(bytes, 1_900_000_000_000, 0)),
    ['checkpoint-ahead'],
  ],
  [
    'a checkpoint that is cut off',
    (store) => store.edit('checkpoint', (bytes) => bytes.subarray(0, 100)),
    ['checkpoint-content'],
  ],
  [
    'a checkpoint that is empty',
    (store) => store.edit('checkpoint', () => Buffer.alloc(0)),
    ['checkpoint-content'],
  ],
  [
    'an index file that is cut short',
    (store) => store.edit(INDEX, (bytes) => bytes.subarray(0, 40 + 84 * 30)),
    [
      'index-bounds',
      'index-chain',
      'index-count',
      'index-missing',
      'index-slot',
      'index-used-slots',
      'index-without-record',
    ],
  ],
  [
    'two index files in each other’s place',
    (store) => exchange(store, INDEX, 'index/20261123224332712'),
    ['index-missing', 'index-without-record'],
  ],
  [
    'pages of a log file in each other’s place',
    (store) => store.edit(LOG, exchangePages),
    ['record-offset', 'entry-without-record', 'index-without-record'],
  ],
  [
    'entries of a queue in each other’s place',
    (store) =>
      store.edit(QUEUE, (bytes) => {
        const kept = Buffer.from(bytes.subarray(140, 160));
        bytes.copy(bytes, 140, 160, 180);
        kept.copy(bytes, 160);
      }),
    ['entry-place', 'entry-order'],
  ],
  [
    'topics with an exchanged piece, and neither their copy whole',
    (store) => {
      for (const name of ['config/topics.json', 'config/topics.json.bak']) {
        store.edit(name, (bytes) => void bytes.copy(bytes, 20, 100, 150));
      }
    },
    ['config-json'],
  ],
  [
    'topics that cannot be read, and neither their copy',
    (store) => {
      store.edit('config/topics.json', (bytes) => bytes.subarray(0, 100));
      store.edit('config/topics.json.bak', (bytes) => bytes.subarray(0, 50));
    },
    ['config-json'],
  ],
  [
    'a database that is none',
    (store) => writeFileSync(join(store.path, 'config/metadata.db'), 'x'.repeat(9000)),
    ['database'],
  ],
];

/** Two files' names. */
function exchange(store: StoreCopy, one: string, other: string): void {
  renameSync(join(store.path, one), join(store.path, 'x'));
  renameSync(join(store.path, other), join(store.path, one));
  renameSync(join(store.path, 'x'), join(store.path, other));
}

function exchangePages(bytes: Buffer): Buffer | void {
  const kept = Buffer.from(bytes.subarray(4096, 8192));
  bytes.copy(bytes, 4096, 8192, 12_288);
  kept.copy(bytes, 8192);
}

function flip(position: number): (content: Buffer) => void {
  return (content) => {
    content[position] = (content[position] as number) ^ 1;
  };
}

describe('damage', () => {
  it.each(DAMAGES)('%s is found', async (_what, damage, expected) => {
    using store = stores.copy('4.9.7');
    damage(store);
    const { status, damages } = await dump(store.path);
    expect({ status, damages: damages.toSorted() }).toEqual({
      status: 1,
      damages: [...expected].toSorted(),
    });
  });
});

it('takes a record that was half written when the machine stopped for a note', async () => {
  using store = stores.copy('4.9.7');
  writeFileSync(join(store.path, 'abort'), '');
  store.edit('commitlog/00000000000000327680', (bytes) => {
    const end = 381_299 - 327_680;
    bytes.copy(bytes, end, 0, 150);
    writeInt64(bytes, 381_299, end + 28);
  });
  const { status, damages, notes } = await dump(store.path);
  expect({ status, damages }).toEqual({ status: 0, damages: [] });
  expect(notes).toContain('record-lengths-at-end');
});

it('takes a broken file whose copy is whole for a note', async () => {
  using store = stores.copy('4.9.7');
  store.edit('config/topics.json', (bytes) => bytes.subarray(0, 100));
  const { status, notes } = await dump(store.path);
  expect({ status, notes }).toEqual({ status: 0, notes: ['config-json'] });
});

it('tells at most 100 findings of a kind about one file, and how many more there are', async () => {
  using store = stores.copy('4.9.7');
  rmSync(join(store.path, 'commitlog'), { recursive: true });
  const { status, out } = await dump(store.path, '--commitlog', '/does/not/exist');
  expect(status).toBe(1);
  const lines = out.split('\n').filter((line) => line.includes('consumequeue/Fixture/1:'));
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toMatch(/and \d+ more of this kind/);
});
