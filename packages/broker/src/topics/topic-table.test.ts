import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import type { TopicConfig } from '@orbitmq/protocol';
import type { Queue } from '@orbitmq/store';
import { BrokerStats } from '../stats/broker-stats.ts';
import { topicConfig } from './topic-config.ts';
import { TopicTable } from './topic-table.ts';

const INHERITED = 7;

function makeTable(maxCreated: number): { table: TopicTable; errors: string[] } {
  const kept = new Map<string, TopicConfig>();
  const errors: string[] = [];
  const table = new TopicTable({
    configs: {
      topics: () => kept.values(),
      putTopics(configs) {
        for (const config of configs) kept.set(config.topicName, config);
      },
      deleteTopic: (topic) => kept.delete(topic),
    },
    store: { queue: () => ({}) as Queue },
    stats: new BrokerStats({ clusterName: 'C', isDetailed: false }),
    log: { ...silentLogger, error: (_fields, message) => void errors.push(message) },
    isAutoCreateEnabled: () => true,
    maxCreated,
    onChanged: () => undefined,
  });
  table.put(topicConfig('TBW102', { perm: INHERITED }));
  return { table, errors };
}

describe('topics that sends create', () => {
  it('are no more than the bound, which is said once; administrators may go beyond it', () => {
    const { table, errors } = makeTable(3);
    const created = ['T1', 'T2', 'T3', '%RETRY%G'].map(
      (name) => table.createForSend(name, 'TBW102', 4)?.name,
    );
    expect(created).toEqual(['T1', 'T2', undefined, undefined]);
    expect(errors).toEqual(['no more topics are created by sends']);
    expect(table.put(topicConfig('T3')).name).toBe('T3');
    for (const name of ['T1', 'T2']) table.delete(name);
    expect(table.createForSend('T4', 'TBW102', 4)?.name).toBe('T4');
  });

  it('stay as they are when they exist, whatever the header called them', () => {
    const { table } = makeTable(100);
    table.put(topicConfig('T', { perm: 4, writeQueueNums: 2, readQueueNums: 2 }));
    expect(table.createForSend('T', 'TBW102', 8)?.config).toMatchObject({
      perm: 4,
      writeQueueNums: 2,
    });
  });

  it('have the permissions of their template, and not more queues', () => {
    const { table } = makeTable(100);
    table.put(topicConfig('TBW102', { perm: INHERITED, writeQueueNums: 3, readQueueNums: 3 }));
    expect(table.createForSend('T', 'TBW102', 8)?.config).toMatchObject({
      perm: 6,
      writeQueueNums: 3,
      readQueueNums: 3,
    });
    expect(table.createForSend('U', 'absent', 8)).toBeUndefined();
    expect(table.createForSend('no topic!', 'TBW102', 8)).toBeUndefined();
  });
});
