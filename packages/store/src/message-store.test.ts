import { mkdtemp, open as openFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GrowingBuffer, type Logger, required, silentLogger } from '@orbitmq/kernel';
import { decodeRecord, decodeRecords, encodeHost } from '@orbitmq/protocol';
import { nodeDisk, type ProcessTable, systemClock, systemTimers } from '@orbitmq/runtime';
import { AppendRecord, AppendStatus } from './append-record.ts';
import { MessageStore } from './message-store.ts';
import type { Queue } from './queue.ts';
import { DEFAULT_SETTINGS, type StoreSettings } from './store-options.ts';

const HOST = encodeHost({ ip: '10.0.0.1', port: 10911 });
const LONELY: ProcessTable = {
  self: { pid: 1, startTime: '1' },
  startTime: () => undefined,
  isLocked: () => false,
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-store-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function open(
  settings: Partial<StoreSettings> = {},
  log: Logger = silentLogger,
): Promise<MessageStore> {
  return MessageStore.open(
    {
      disk: nodeDisk,
      clock: systemClock,
      timers: systemTimers,
      log,
      directory,
      storeHost: HOST,
      settings: { commitLogFileBytes: 64 * 1024, consumeQueueFileBytes: 2000, ...settings },
    },
    LONELY,
  );
}

function recordOf(body: string, properties = ''): AppendRecord {
  const record = new AppendRecord();
  record.bornHost = HOST;
  record.bornTimestampMs = 1;
  record.body = Buffer.from(body);
  record.bodyEnd = record.body.length;
  record.properties = Buffer.from(properties);
  record.propertiesEnd = record.properties.length;
  return record;
}

function written(store: MessageStore): Promise<void> {
  return new Promise((resolve) => {
    const target = store.maxPhysicalOffset;
    if (store.writtenOffset >= target) resolve();
    store.onWritten((endOffset) => {
      if (endOffset >= target) resolve();
    });
  });
}

async function bodiesOf(store: MessageStore, queue: Queue): Promise<string[]> {
  const bodies: string[] = [];
  for (let offset = queue.minOffset; offset < queue.maxOffset; ) {
    const out = new GrowingBuffer(1024);
    const result = await store.read(queue, offset, { maxMessages: 32, maxBytes: 1e9 }, out);
    for (const message of decodeRecords(out.take())) {
      expect(message.queueOffset).toBe(bodies.length);
      bodies.push(message.body.toString());
    }
    offset = result.nextBeginOffset;
  }
  return bodies;
}

function appendMany(store: MessageStore, count: number): string[] {
  const queue = store.queue('T', 0);
  const bodies: string[] = [];
  for (let index = 0; index < count; index++) {
    const body = `message ${index} ${'x'.repeat(index % 300)}`;
    expect(store.append(queue, recordOf(body, 'TAGS\u0001TagA'))).toBe(AppendStatus.ok);
    bodies.push(body);
  }
  return bodies;
}

describe('a store', () => {
  it('lets nobody read a message before it is written', async () => {
    await using store = await open();
    const queue = store.queue('T', 0);
    store.append(queue, recordOf('a'));
    expect(queue.maxOffset).toBe(0);
    await written(store);
    expect(queue.maxOffset).toBe(1);
  });

  it('tells waiters of each queue once a write', async () => {
    await using store = await open();
    const queue = store.queue('T', 0);
    queue.hasWaiters = true;
    const arrivals: number[] = [];
    store.onArrival((arrived) => arrivals.push(arrived.maxOffset));
    appendMany(store, 10);
    await written(store);
    expect(arrivals).toEqual([10]);
  });

  it('serves what it stored over many files, from memory and from the files', async () => {
    await using store = await open({ hotTailBytes: 0 });
    const bodies = appendMany(store, 1000);
    await written(store);
    expect(await bodiesOf(store, store.queue('T', 0))).toEqual(bodies);
    const record = await store.recordAt(store.queue('T', 0), 3);
    expect(decodeRecord(record as Buffer, 0).body.toString()).toBe(bodies[3]);
    const { physicalOffset } = decodeRecord(record as Buffer, 0);
    expect(await store.recordAtOffset(physicalOffset)).toEqual(record);
  });

  it('gives a record by place and size, from memory and from the files, and nothing by others', async () => {
    let store = await open();
    const places: { readonly offset: number; readonly bytes: number }[] = [];
    for (let index = 0; index < 400; index++) {
      store.append(store.queue('T', 0), recordOf(`${index}`.padEnd(300)));
      places.push({ offset: store.appended.physicalOffset, bytes: store.appended.sizeBytes });
    }
    await written(store);
    for (const hotTailBytes of [DEFAULT_SETTINGS.hotTailBytes, 0]) {
      for (const [index, { offset, bytes }] of places.entries()) {
        const record = await store.recordOfSize(offset, bytes);
        expect(record && decodeRecord(record, 0).body.toString()).toBe(`${index}`.padEnd(300));
      }
      const { offset, bytes } = places[7] as (typeof places)[number];
      expect(await store.recordOfSize(offset, bytes + 1)).toBeUndefined();
      expect(await store.recordOfSize(offset + 1, bytes)).toBeUndefined();
      expect(await store.recordOfSize(store.writtenOffset, bytes)).toBeUndefined();
      expect(await store.recordOfSize(offset, 8)).toBeUndefined();
      await store.close();
      store = await open({ hotTailBytes });
    }
    await store.close();
  });

  it('goes on after a clean stop without reading its log again', async () => {
    const first = await open();
    const bodies = appendMany(first, 500);
    await first.close();
    await using second = await open();
    expect(await bodiesOf(second, second.queue('T', 0))).toEqual(bodies);
    appendMany(second, 1);
    await written(second);
    expect(second.queue('T', 0).maxOffset).toBe(501);
  });

  it('has every written message after the process was killed', async () => {
    const killed = await open();
    const bodies = appendMany(killed, 500);
    await written(killed);
    await using store = await open();
    expect(await bodiesOf(store, store.queue('T', 0))).toEqual(bodies);
    await killed.close();
  });

  it('keeps what recovery derived, when it is stopped cleanly afterwards', async () => {
    const killed = await open();
    const bodies = appendMany(killed, 200);
    await written(killed);
    const recovered = await open();
    await recovered.close();
    const warnings: string[] = [];
    const log = {
      ...silentLogger,
      warn: (_fields: unknown, message: string) => warnings.push(message),
    };
    await using store = await open({}, log);
    expect(await bodiesOf(store, store.queue('T', 0))).toEqual(bodies);
    expect(warnings).toEqual([]);
    await killed.close();
  });

  it('rebuilds its queues from the log alone', async () => {
    const first = await open();
    const bodies = appendMany(first, 500);
    await first.close();
    await rm(join(directory, 'consumequeue'), { recursive: true });
    await using second = await open();
    expect(await bodiesOf(second, second.queue('T', 0))).toEqual(bodies);
  });

  it.each([
    ['prepared', 4],
    ['rolled back', 12],
  ])(
    'keeps a record that says it is %s out of the queue, and what follows it safe',
    async (_, flag) => {
      let store = await open();
      const queue = store.queue('T', 0);
      expect(store.append(queue, recordOf('a'))).toBe(AppendStatus.ok);
      const record = recordOf('hidden');
      record.sysFlag = flag;
      expect(store.append(queue, record)).toBe(AppendStatus.ok);
      const { physicalOffset, queueOffset } = store.appended;
      expect(queueOffset).toBe(0);
      expect(store.append(queue, recordOf('b'))).toBe(AppendStatus.ok);
      await written(store);
      expect(await bodiesOf(store, queue)).toEqual(['a', 'b']);
      expect(decodeRecord((await store.recordAtOffset(physicalOffset)) as Buffer, 0).sysFlag).toBe(
        flag,
      );
      await store.close();
      await rm(join(directory, 'consumequeue'), { recursive: true });
      await rm(join(directory, 'checkpoint'));
      await writeFile(join(directory, 'abort'), '');
      store = await open();
      expect(await bodiesOf(store, store.queue('T', 0))).toEqual(['a', 'b']);
      await store.close();
    },
  );

  it('cuts off a torn record and everything behind it', async () => {
    const killed = await open();
    const bodies = appendMany(killed, 100);
    await written(killed);
    const end = killed.maxPhysicalOffset;
    const logFile = join(directory, 'commitlog', '00000000000000000000');
    expect(end).toBeLessThan(64 * 1024);
    await truncate(logFile, end - 5);
    await truncate(logFile, 64 * 1024);
    await using store = await open();
    expect(await bodiesOf(store, store.queue('T', 0))).toEqual(bodies.slice(0, -1));
    expect(store.counters.cutTails).toBe(1);
    await killed.close();
  });

  it.each([
    ['magic', 4],
    ['size', 0],
    ['offset', 30],
    ['body', 100],
  ])('tells once when it cuts off a record with another %s', async (_what, position) => {
    const killed = await open();
    const bodies = appendMany(killed, 100);
    await written(killed);
    const entry = required(await killed.entryAt(killed.queue('T', 0), 60), 'it is there');
    const file = await openFile(join(directory, 'commitlog', '00000000000000000000'), 'r+');
    await file.write(Buffer.from([0x55]), 0, 1, entry.physicalOffset + position);
    await file.close();
    const warnings: object[] = [];
    const log = { ...silentLogger, warn: (fields: object) => warnings.push(fields) };
    await using store = await open({}, log);
    expect(await bodiesOf(store, store.queue('T', 0))).toEqual(bodies.slice(0, 60));
    expect([store.counters.cutTails, warnings.length]).toEqual([1, 1]);
    expect(warnings[0]).toMatchObject({ offset: entry.physicalOffset });
    await killed.close();
  });

  it('tells of nothing when its log simply ends', async () => {
    const killed = await open();
    appendMany(killed, 100);
    await written(killed);
    await using store = await open();
    expect(store.counters.cutTails).toBe(0);
    await killed.close();
  });

  it('stores a batch as a whole or not at all', async () => {
    await using store = await open();
    const queue = store.queue('T', 0);
    const good = recordOf('good');
    const bad = recordOf('bad', 'x'.repeat(40_000));
    expect(store.appendAll(queue, [good, bad])).toBe(AppendStatus.illegal);
    expect(store.appendAll(queue, [good, recordOf('second')])).toBe(AppendStatus.ok);
    expect(store.appended.queueOffset).toBe(0);
    expect(store.appendedIds().split(',')).toHaveLength(2);
    await written(store);
    expect(await bodiesOf(store, queue)).toEqual(['good', 'second']);
  });

  it('finds offsets by time', async () => {
    await using store = await open();
    const queue = store.queue('T', 0);
    appendMany(store, 3);
    await written(store);
    const storedMs = (await store.storeTimeAt(queue, 0)) as number;
    expect(await store.offsetByTime(queue, storedMs)).toBe(0);
    expect(await store.offsetByTime(queue, storedMs + 1000)).toBe(3);
    expect(await store.offsetByTime(queue, storedMs + 1000, 'upper')).toBe(2);
  });

  it('is refused while another process has it', async () => {
    const owner: ProcessTable = { ...LONELY, startTime: (pid) => (pid === 1 ? '1' : undefined) };
    await using store = await open();
    expect(store.isWritable).toBe(true);
    await writeFile(join(directory, 'lock.owner'), '1 1\n');
    const options = {
      disk: nodeDisk,
      clock: systemClock,
      timers: systemTimers,
      log: silentLogger,
      directory,
      storeHost: HOST,
    };
    await expect(MessageStore.open(options, owner)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });
});
