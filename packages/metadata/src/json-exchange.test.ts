import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Disk, nodeDisk } from '@orbitmq/runtime';
import { groupConfig, topicConfig } from '../test/configs.ts';
import { BrokerMetadata } from './index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (): Promise<BrokerMetadata> => BrokerMetadata.open({ directory });
const path = (name: string): string => join(directory, name);
const put = (name: string, content: string | Buffer): void => writeFileSync(path(name), content);
const textOf = (name: string): string => readFileSync(path(name), 'utf8');
const apache = (name: string): Buffer =>
  readFileSync(new URL(`../test-data/${name}`, import.meta.url));
const topicsJson = (...names: string[]): string =>
  JSON.stringify({
    topicConfigTable: Object.fromEntries(names.map((name) => [name, topicConfig(name)])),
  });

describe('import', () => {
  it('takes what Apache 5.5.0 wrote', async () => {
    put('topics.json', apache('config-5.5.0/topics.json'));
    put('subscriptionGroup.json', apache('config-5.5.0/subscriptionGroup.json'));
    await using metadata = await open();
    expect(metadata.topic('Fixture')).toEqual(
      topicConfig('Fixture', { readQueueNums: 4, writeQueueNums: 4 }),
    );
    expect(metadata.topicsVersion).toEqual({
      counter: 1,
      stateVersion: 0,
      timestamp: 1_795_473_836_975,
    });
    expect(metadata.group('SELF_TEST_C_GROUP')).toEqual(groupConfig('SELF_TEST_C_GROUP'));
  });

  it.each([
    ['4.4.0', 8, { counter: 2, timestamp: 1_795_473_801_317 }],
    ['4.9.7', 10, { counter: 2, timestamp: 1_795_473_823_867 }],
    ['5.5.0', 16, { counter: 1, timestamp: 1_795_473_836_975 }],
  ] as const)(
    'takes the directory of Apache %s, and gives it back',
    async (version, topics, known) => {
      const files = new URL(`../test-data/config-${version}/`, import.meta.url);
      cpSync(files, directory, { recursive: true });
      const imported = await open();
      expect([...imported.topics()]).toHaveLength(topics);
      const fixture = imported.topic('Fixture');
      expect(fixture).toMatchObject({ readQueueNums: 4, writeQueueNums: 4, perm: 6 });
      expect(imported.topicsVersion).toMatchObject(known);
      await imported.close();
      rmSync(path('metadata.db'));
      await using again = await open();
      expect([...again.topics()]).toHaveLength(topics);
      expect(again.topic('Fixture')).toEqual(fixture);
      expect(again.topicsVersion).toEqual(imported.topicsVersion);
    },
  );

  it('gives what a topic lacks the values of Apache', async () => {
    put('topics.json', '{"topicConfigTable":{"Old":{"topicName":"Old","unknown":{1:[]}}}}');
    await using metadata = await open();
    expect(metadata.topic('Old')).toEqual({
      order: false,
      perm: 6,
      readQueueNums: 16,
      topicFilterType: 'SINGLE_TAG',
      topicName: 'Old',
      topicSysFlag: 0,
      writeQueueNums: 16,
    });
  });

  it('takes everything that 5.x can say of a group', async () => {
    const group = groupConfig('Shop', {
      consumeMessageOrderly: true,
      groupRetryPolicy: {
        type: 'EXPONENTIAL',
        exponentialRetryPolicy: { initial: 1000, max: 60_000, multiplier: 3 },
      },
      subscriptionDataSet: [
        { topic: 'Orders', expressionType: 'TAG', expression: 'a', version: 1 },
      ],
    });
    put(
      'subscriptionGroup.json',
      `{"dataVersion":{"counter":7,"stateVersion":2,"timestamp":5},"forbiddenTable":{"Shop":{"Orders":4}},"subscriptionGroupTable":{"Shop":${JSON.stringify(group)}}}`,
    );
    const imported = await open();
    await imported.close();
    rmSync(path('metadata.db'));
    await using metadata = await open();
    expect(metadata.group('Shop')).toEqual(group);
    expect(metadata.groupsVersion).toEqual({ counter: 7, stateVersion: 2, timestamp: 5 });
    expect(metadata.forbiddenMask('Shop', 'Orders')).toBe(4);
  });

  it('takes offsets whose keys are integers without quotes, and skips what is no offset', async () => {
    put(
      'consumerOffset.json',
      '{"offsetTable":{"Orders@Shop":{0:12,1:9007199254740993},"nonsense":{0:1}}}',
    );
    put('delayOffset.json', '{"offsetTable":{3:7,18:1}}');
    await using metadata = await open();
    expect(metadata.offsetsOfGroup('Shop', 'Orders')?.get(0)).toBe(12);
    expect([...metadata.consumerOffsets()]).toHaveLength(1);
    expect(metadata.delayOffsets()).toEqual(
      new Map([
        [3, 7],
        [18, 1],
      ]),
    );
  });

  it('falls back to the .bak of a file that is absent, empty or torn', async () => {
    put('topics.json.bak', topicsJson('A'));
    put('delayOffset.json', '');
    put('delayOffset.json.bak', '{"offsetTable":{1:5}}');
    put('consumerOffset.json', '{"offsetTable":{"Orders@Sh');
    put('consumerOffset.json.bak', '{"offsetTable":{"Orders@Shop":{"0":4}}}');
    await using metadata = await open();
    expect(metadata.topic('A')).toEqual(topicConfig('A'));
    expect(metadata.delayOffset(1)).toBe(5);
    expect(metadata.consumerOffset('Orders', 'Shop', 0)).toBe(4);
  });

  it('refuses to start empty where something was that cannot be read', async () => {
    put('topics.json', '{"topicConfigTable":{');
    await expect(open()).rejects.toMatchObject({
      code: 'METADATA_IMPORT_FAILED',
      message: expect.stringContaining('topics.json'),
    });
    put('topics.json', '{}');
    await (await open()).close();
  });

  it('does not happen again while the files are those we wrote', async () => {
    put('topics.json', topicsJson('A', 'B'));
    const first = await open();
    first.deleteTopic('A');
    await first.exportJson();
    first.deleteTopic('B');
    first.putTopic(topicConfig('C'));
    // Not closed: this is what a killed process leaves.
    await using second = await open();
    expect([...second.topics()].map((topic) => topic.topicName)).toEqual(['C']);
    await first.close();
  });
});

describe('export', () => {
  it('writes on close what Apache reads, and keeps the former file as .bak', async () => {
    {
      await using metadata = await open();
      metadata.putTopic(topicConfig('Orders'));
    }
    {
      await using metadata = await open();
      metadata.commitConsumerOffset('Orders', 'Shop', 0, 12);
      metadata.commitConsumerOffset('Orders', 'Shop', 1, 7);
      metadata.setForbiddenMask('Shop', 'Orders', 4);
      metadata.putTopic(topicConfig('Orders', { perm: 4 }));
    }
    expect(textOf('consumerOffset.json')).toContain('"Orders@Shop":{0:12,1:7\n\t\t}');
    expect(textOf('subscriptionGroup.json')).toContain('"Shop":{\n\t\t\t"Orders":4\n\t\t}');
    expect(textOf('topics.json')).toContain('"perm":4');
    expect(textOf('topics.json.bak')).toContain('"perm":6');
  });

  it('writes the same bytes as Apache 5.5.0 for what Apache wrote', async () => {
    put('topics.json', apache('config-5.5.0/topics.json'));
    put('subscriptionGroup.json', apache('config-5.5.0/subscriptionGroup.json'));
    await (await open()).close();
    expect(textOf('topics.json')).toBe(apache('config-5.5.0/topics.json').toString());
    expect(textOf('subscriptionGroup.json')).toBe(
      apache('config-5.5.0/subscriptionGroup.json').toString(),
    );
    expect(existsSync(path('topics.json.bak'))).toBe(false);
  });

  it('that fails does not keep the database from closing', async () => {
    const lines: string[] = [];
    const { silentLogger } = await import('@orbitmq/kernel');
    const metadata = await BrokerMetadata.open({
      directory,
      disk: { ...nodeDisk, rename: () => Promise.reject(new Error('ENOSPC')) },
      log: { ...silentLogger, error: (_fields, message) => lines.push(message) },
    });
    metadata.putTopic(topicConfig('Orders'));
    await metadata.close();
    expect(lines).toHaveLength(1);
    await using again = await open();
    expect(again.topic('Orders')).toBeDefined();
  });
});

describe('a file that Apache changed in between', () => {
  it('replaces the table after our clean stop', async () => {
    {
      await using metadata = await open();
      metadata.putTopics([topicConfig('Kept'), topicConfig('Deleted')]);
      metadata.commitConsumerOffset('Kept', 'Shop', 0, 5);
    }
    const { Deleted: _, ...kept } = JSON.parse(textOf('topics.json')).topicConfigTable;
    put(
      'topics.json',
      JSON.stringify({ dataVersion: { counter: 9, timestamp: 8 }, topicConfigTable: kept }),
    );
    put('consumerOffset.json', '{"offsetTable":{"Kept@Shop":{0:50}}}');
    await using metadata = await open();
    expect([...metadata.topics()].map((topic) => topic.topicName)).toEqual(['Kept']);
    expect(metadata.topicsVersion).toEqual({ counter: 9, timestamp: 8, stateVersion: 0 });
    expect(metadata.consumerOffset('Kept', 'Shop', 0)).toBe(50);
  });

  it('is merged after our crash, so that nothing made since the last export is lost', async () => {
    const crashed = await open();
    await crashed.exportJson();
    crashed.putTopic(topicConfig('MadeAfterExport'));
    put('topics.json', topicsJson('MadeByApache'));
    await using metadata = await open();
    expect([...metadata.topics()].map((topic) => topic.topicName).toSorted()).toEqual([
      'MadeAfterExport',
      'MadeByApache',
    ]);
    await crashed.close();
  });

  it('is left alone when it is no JSON', async () => {
    {
      await using metadata = await open();
      metadata.putTopic(topicConfig('Orders'));
    }
    put('topics.json', 'half a fi');
    await using metadata = await open();
    expect(metadata.topic('Orders')).toBeDefined();
  });
});

/** A disk that stops taking files after some of them. */
function failingAfter(files: number): Disk {
  let left = files;
  return {
    ...nodeDisk,
    async rename(from, to) {
      if (left <= 0) throw new Error('no more');
      if (to.endsWith('.json')) left--;
      await nodeDisk.rename(from, to);
    },
  };
}

describe('an export that was cut off', () => {
  it.each([0, 1, 2, 3])(
    'after %d files does not bring back what they held, however often it is',
    async (files) => {
      let expected = 0;
      for (let round = 1; round <= 4; round++) {
        const metadata = await BrokerMetadata.open({ directory, disk: failingAfter(files) });
        expect(metadata.consumerOffset('Orders', 'Shop', 0) ?? 0).toBe(expected);
        expected = round * 10 + 1;
        metadata.commitConsumerOffset('Orders', 'Shop', 0, round * 10);
        metadata.putTopic(topicConfig(`T${round}`));
        metadata.putGroups([groupConfig(`G${round}`)]);
        metadata.setDelayOffset(1, round);
        await expect(metadata.exportJson()).rejects.toThrow('no more');
        metadata.commitConsumerOffset('Orders', 'Shop', 0, round * 10 + 1);
        await metadata.close();
      }
    },
  );
});
