import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '@orbitmq/runtime';
import fc from 'fast-check';
import { groupConfig, topicConfig } from '../test/configs.ts';
import { BrokerMetadata } from './index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const clock: Clock = { now: () => 1_700_000_000_000, monotonicMs: () => 0 };
const open = (): Promise<BrokerMetadata> => BrokerMetadata.open({ directory, clock });
const file = (name: string): string => join(directory, name);

describe('topics and groups', () => {
  it('are read back by the next start with their data versions', async () => {
    const orders = topicConfig('Orders', {
      readQueueNums: 4,
      attributes: { 'message.type': 'FIFO' },
    });
    const shop = groupConfig('Shop', {
      retryMaxTimes: 3,
      groupRetryPolicy: { type: 'EXPONENTIAL' },
    });
    {
      await using metadata = await open();
      metadata.putTopic(orders);
      metadata.putTopics([topicConfig('Payments'), topicConfig('Refunds')]);
      metadata.deleteTopic('Refunds');
      metadata.putGroups([shop]);
    }
    await using metadata = await open();
    expect([...metadata.topics()].map((topic) => topic.topicName).toSorted()).toEqual([
      'Orders',
      'Payments',
    ]);
    expect(metadata.topic('Orders')).toEqual(orders);
    expect(metadata.group('Shop')).toEqual(shop);
    expect(metadata.topicsVersion).toEqual({ counter: 3, timestamp: clock.now(), stateVersion: 0 });
    expect(metadata.groupsVersion.counter).toBe(1);
  });

  it('are on the disk when put returns, without any flush or close', async () => {
    const metadata = await open();
    metadata.putTopic(topicConfig('Orders'));
    const reader = await BrokerMetadata.open({ directory, clock });
    expect(reader.topic('Orders')).toEqual(topicConfig('Orders'));
    await reader.close();
    await metadata.close();
  });

  it('say whether there was something to delete', async () => {
    await using metadata = await open();
    metadata.putGroups([groupConfig('Shop')]);
    expect(metadata.deleteGroup('Shop')).toBe(true);
    expect(metadata.deleteGroup('Shop')).toBe(false);
    expect(metadata.deleteTopic('Orders')).toBe(false);
  });

  it('take over a master table with its version', async () => {
    await using metadata = await open();
    metadata.putTopic(topicConfig('Old'));
    metadata.replaceTopics([topicConfig('New')], { counter: 40, timestamp: 7, stateVersion: 2 });
    expect([...metadata.topics()].map((topic) => topic.topicName)).toEqual(['New']);
    expect(metadata.topicsVersion).toEqual({ counter: 40, timestamp: 7, stateVersion: 2 });
  });

  it('keep what groups may not read', async () => {
    {
      await using metadata = await open();
      metadata.setForbiddenMask('Shop', 'Orders', 4);
      metadata.setForbiddenMask('Shop', 'Payments', 4);
      metadata.setForbiddenMask('Shop', 'Payments', 0);
    }
    await using metadata = await open();
    expect(metadata.forbiddenMask('Shop', 'Orders')).toBe(4);
    expect(metadata.forbiddenMask('Shop', 'Payments')).toBe(0);
  });
});

describe('offsets', () => {
  it('of consumers and delay levels are read back after a close', async () => {
    {
      await using metadata = await open();
      metadata.commitConsumerOffset('Orders', 'Shop', 0, 12);
      metadata.commitConsumerOffset('Orders', 'Shop', 3, Number.MAX_SAFE_INTEGER);
      metadata.commitConsumerOffset('Orders', 'Audit', 0, 1);
      metadata.setDelayOffset(3, 7);
    }
    await using metadata = await open();
    expect(metadata.consumerOffset('Orders', 'Shop', 0)).toBe(12);
    expect(metadata.consumerOffset('Orders', 'Shop', 3)).toBe(Number.MAX_SAFE_INTEGER);
    expect(metadata.consumerOffset('Orders', 'Shop', 1)).toBeUndefined();
    expect(metadata.offsetsOfGroup('Audit', 'Orders')).toEqual(new Map([[0, 1]]));
    expect(metadata.groupsOfTopic('Orders').toSorted()).toEqual(['Audit', 'Shop']);
    expect(metadata.topicsOfGroup('Shop')).toEqual(['Orders']);
    expect(metadata.delayOffset(3)).toBe(7);
    expect(metadata.delayOffset(4)).toBeUndefined();
  });

  it('beyond the ends of their queues are taken back to them, and stay so without a close', async () => {
    const ends = new Map([
      ['Orders/0', 10],
      ['SCHEDULE_TOPIC_XXXX/2', 4],
    ]);
    const queueEnd = (topic: string, queueId: number): number =>
      ends.get(`${topic}/${queueId}`) ?? 0;
    await using metadata = await open();
    metadata.commitConsumerOffset('Orders', 'Shop', 0, 12);
    metadata.commitConsumerOffset('Orders', 'Audit', 0, 10);
    metadata.commitConsumerOffset('Deleted', 'Shop', 1, 3);
    metadata.setDelayOffset(3, 7);
    metadata.setDelayOffset(4, 0);
    await metadata.flush();
    expect(metadata.correctOffsets(queueEnd)).toEqual([
      { topic: 'Orders', group: 'Shop', queueId: 0, offset: 12, queueEnd: 10 },
      { topic: 'Deleted', group: 'Shop', queueId: 1, offset: 3, queueEnd: 0 },
    ]);
    // What a process that is killed now leaves.
    const copy = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
    cpSync(directory, copy, { recursive: true });
    await using left = await BrokerMetadata.open({ directory: copy, clock });
    rmSync(copy, { recursive: true });
    expect(left.consumerOffset('Orders', 'Shop', 0)).toBe(10);
    expect(left.consumerOffset('Orders', 'Audit', 0)).toBe(10);
    expect(left.consumerOffset('Deleted', 'Shop', 1)).toBe(0);
    expect(left.delayOffset(3)).toBe(4);
    expect(left.delayOffset(4)).toBe(0);
    expect(left.correctOffsets(queueEnd)).toEqual([]);
  });

  it('that were removed do not come back, and can be committed anew before the flush', async () => {
    {
      await using metadata = await open();
      metadata.commitConsumerOffset('Orders', 'Shop', 0, 12);
      metadata.commitConsumerOffset('Payments', 'Shop', 0, 5);
      metadata.commitConsumerOffset('Orders', 'Audit', 1, 5);
      await metadata.flush();
      metadata.removeOffsets('Shop');
      metadata.commitConsumerOffset('Orders', 'Shop', 1, 3);
      metadata.removeTopicOffsets('Missing');
    }
    await using metadata = await open();
    expect(metadata.offsetsOfGroup('Shop', 'Orders')).toEqual(new Map([[1, 3]]));
    expect(metadata.topicsOfGroup('Shop')).toEqual(['Orders']);
    expect(metadata.consumerOffset('Orders', 'Audit', 1)).toBe(5);
  });

  it('equal a plain map after any sequence of commits, removals, flushes and restarts', async () => {
    const name = fc.constantFrom('a', 'b', '__proto__', 'constructor');
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('commit' as const),
        topic: name,
        group: name,
        queueId: fc.nat(2),
        offset: fc.nat(),
      }),
      fc.record({
        kind: fc.constant('remove' as const),
        topic: fc.option(name, { nil: undefined }),
        group: name,
      }),
      fc.record({ kind: fc.constant('flush' as const) }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        rmSync(directory, { recursive: true, force: true });
        let metadata = await open();
        const expected = new Map<string, number>();
        for (const each of steps) {
          if (each.kind === 'commit') {
            metadata.commitConsumerOffset(each.topic, each.group, each.queueId, each.offset);
            expected.set(`${each.topic} ${each.group} ${each.queueId}`, each.offset);
          } else if (each.kind === 'remove') {
            metadata.removeOffsets(each.group, each.topic);
            for (const key of expected.keys()) {
              const [topic, group] = key.split(' ');
              if (group === each.group && (each.topic ?? topic) === topic) expected.delete(key);
            }
          } else if (each.kind === 'flush') {
            await metadata.flush();
          } else {
            await metadata.close();
            metadata = await open();
          }
        }
        await metadata.close();
        metadata = await open();
        const actual = new Map<string, number>();
        for (const { topic, group, offsets } of metadata.consumerOffsets()) {
          for (const [queueId, offset] of offsets)
            actual.set(`${topic} ${group} ${queueId}`, offset);
        }
        await metadata.close();
        expect(actual).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a damaged database', () => {
  it('is refused with an error that names the file', async () => {
    await (await open()).close();
    writeFileSync(file('metadata.db'), 'no database '.repeat(400));
    await expect(open()).rejects.toMatchObject({
      code: 'METADATA_CORRUPT',
      message: expect.stringContaining(file('metadata.db')),
    });
  });

  it('is refused when a page in the middle was overwritten', async () => {
    {
      await using metadata = await open();
      metadata.putTopics(Array.from({ length: 500 }, (_, index) => topicConfig(`Topic${index}`)));
    }
    const bytes = readFileSync(file('metadata.db'));
    bytes.fill(0xa5, 4096 * 5, 4096 * 6);
    writeFileSync(file('metadata.db'), bytes);
    await expect(open()).rejects.toMatchObject({ code: 'METADATA_CORRUPT' });
  });

  it('is not mistaken for ours when another program made it', async () => {
    const { default: Sqlite } = await import('better-sqlite3');
    const other = new Sqlite(file('metadata.db'));
    other.exec('CREATE TABLE something (x)');
    other.close();
    await expect(open()).rejects.toMatchObject({ code: 'METADATA_CORRUPT' });
  });

  it('of a later release is refused by number', async () => {
    await (await open()).close();
    const { default: Sqlite } = await import('better-sqlite3');
    const db = new Sqlite(file('metadata.db'));
    db.pragma('user_version = 99');
    db.close();
    await expect(open()).rejects.toMatchObject({ code: 'METADATA_NEWER' });
  });
});
