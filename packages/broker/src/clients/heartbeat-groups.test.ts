import { describe, expect, it } from '@jest/globals';
import { RocketMqError, silentLogger } from '@orbitmq/kernel';
import type { SubscriptionGroupConfig, TopicConfig } from '@orbitmq/protocol';
import type { Queue } from '@orbitmq/store';
import { GroupTable } from '../groups/group-table.ts';
import { BrokerStats } from '../stats/broker-stats.ts';
import { TopicTable } from '../topics/topic-table.ts';
import { HeartbeatGroups } from './heartbeat-groups.ts';

/** Configurations on a disk that may refuse them; counts what would be synced. */
class Configs {
  readonly #topics = new Map<string, TopicConfig>();
  readonly #groups = new Map<string, SubscriptionGroupConfig>();
  syncs = 0;
  isFull = false;

  topics(): Iterable<TopicConfig> {
    return this.#topics.values();
  }

  groups(): Iterable<SubscriptionGroupConfig> {
    return this.#groups.values();
  }

  group(name: string): SubscriptionGroupConfig | undefined {
    return this.#groups.get(name);
  }

  putTopics(configs: readonly TopicConfig[]): void {
    this.#sync();
    for (const config of configs) this.#topics.set(config.topicName, config);
  }

  putGroups(configs: readonly SubscriptionGroupConfig[]): void {
    this.#sync();
    for (const config of configs) this.#groups.set(config.groupName, config);
  }

  deleteTopic(name: string): boolean {
    return this.#topics.delete(name);
  }

  deleteGroup(name: string): boolean {
    return this.#groups.delete(name);
  }

  #sync(): void {
    this.syncs++;
    if (this.isFull) throw new RocketMqError('full', { code: 'METADATA_UNAVAILABLE' });
  }
}

function setUp() {
  const configs = new Configs();
  const polls: (() => void)[] = [];
  const base = { configs, log: silentLogger, isAutoCreateEnabled: () => true };
  const topics = new TopicTable({
    ...base,
    store: { queue: () => ({}) as Queue },
    stats: new BrokerStats({ clusterName: 'C', isDetailed: false }),
    onChanged: () => undefined,
  });
  const groups = new GroupTable(base);
  configs.syncs = 0;
  const heartbeats = new HeartbeatGroups({
    groups,
    topics,
    log: silentLogger,
    timers: { afterPoll: (callback) => void polls.push(callback) },
  });
  return {
    configs,
    topics,
    groups,
    heartbeats,
    poll: () => {
      for (const callback of polls.splice(0)) callback();
    },
  };
}

describe('groups of heartbeats', () => {
  it('are made with their retry topics in two changes for all that come together', async () => {
    const { configs, topics, groups, heartbeats, poll } = setUp();
    const all = Array.from({ length: 100 }, (_, index) => heartbeats.ensure([`G${index}`, 'G']));
    expect(configs.syncs).toBe(0);
    poll();
    expect(await Promise.all(all.map((made) => Promise.resolve(made)))).toEqual(
      all.map(() => true),
    );
    expect(configs.syncs).toBe(2);
    expect(groups.get('G99')?.groupName).toBe('G99');
    expect(topics.byName('%RETRY%G99')?.config).toMatchObject({ readQueueNums: 1, perm: 6 });
    expect(heartbeats.ensure(['G0', 'G'])).toBeUndefined();
  });

  it('make the retry topic of a group that is there, and none for one that may not be', async () => {
    const { configs, topics, heartbeats, poll } = setUp();
    const made = heartbeats.ensure(['TOOLS_CONSUMER', 'no name']);
    poll();
    expect(await made).toBe(true);
    expect(configs.syncs).toBe(1);
    expect([...topics.all()].map(({ name }) => name)).toEqual(['%RETRY%TOOLS_CONSUMER']);
    const nothing = heartbeats.ensure(['no name']);
    poll();
    expect(await nothing).toBe(false);
  });

  it('are made by a later heartbeat when the disk was full', async () => {
    const { configs, topics, groups, heartbeats, poll } = setUp();
    configs.isFull = true;
    const refused = heartbeats.ensure(['G']);
    poll();
    expect(await refused).toBe(false);
    expect(groups.get('G')).toBeUndefined();
    expect(topics.byName('%RETRY%G')).toBeUndefined();
    configs.isFull = false;
    const made = heartbeats.ensure(['G']);
    poll();
    expect(await made).toBe(true);
    expect(groups.get('G')?.groupName).toBe('G');
  });

  it('fail the heartbeats when the database is damaged', async () => {
    const { configs, heartbeats, poll } = setUp();
    configs.putGroups = () => {
      throw new RocketMqError('damaged', { code: 'METADATA_CORRUPT' });
    };
    const failed = heartbeats.ensure(['G']);
    poll();
    await expect(failed).rejects.toThrow('damaged');
  });
});
