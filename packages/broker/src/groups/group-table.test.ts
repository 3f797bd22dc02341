import { describe, expect, it } from '@jest/globals';
import { RocketMqError, silentLogger } from '@orbitmq/kernel';
import type { SubscriptionGroupConfig } from '@orbitmq/protocol';
import { type GroupConfigs, GroupTable } from './group-table.ts';

/** Configurations on a disk that may refuse them. */
class Configs implements GroupConfigs {
  readonly kept = new Map<string, SubscriptionGroupConfig>();
  refuses: string | undefined;

  group(name: string): SubscriptionGroupConfig | undefined {
    return this.kept.get(name);
  }

  groups(): Iterable<SubscriptionGroupConfig> {
    return this.kept.values();
  }

  putGroups(configs: readonly SubscriptionGroupConfig[]): void {
    if (this.refuses !== undefined) throw new RocketMqError('refused', { code: this.refuses });
    for (const config of configs) this.kept.set(config.groupName, config);
  }

  deleteGroup(name: string): boolean {
    return this.kept.delete(name);
  }
}

function makeTable(configs: Configs, maxCreated?: number): { table: GroupTable; errors: string[] } {
  const errors: string[] = [];
  const table = new GroupTable({
    configs,
    log: { ...silentLogger, error: (_fields, message) => void errors.push(message) },
    isAutoCreateEnabled: () => true,
    maxCreated,
  });
  return { table, errors };
}

describe('the table of groups', () => {
  it('gives a new group on a full disk, says once that it is not kept, and keeps it when there is room', () => {
    const configs = new Configs();
    const { table, errors } = makeTable(configs);
    configs.refuses = 'METADATA_UNAVAILABLE';
    expect(table.find('G')?.groupName).toBe('G');
    expect(table.find('G')?.groupName).toBe('G');
    expect(table.get('G')).toBeUndefined();
    expect(errors).toEqual(['group could not be kept']);
    configs.refuses = undefined;
    expect(table.find('G')).toBe(configs.kept.get('G'));
    expect(configs.kept.has('G')).toBe(true);
  });

  it('takes no more groups from peers than its bound, says so once, and still those of administrators', () => {
    const configs = new Configs();
    // Eight are there at every start.
    const { table, errors } = makeTable(configs, 10);
    const found = Array.from({ length: 5 }, (_, index) => table.find(`G${index}`)?.groupName);
    expect(found).toEqual(['G0', 'G1', undefined, undefined, undefined]);
    expect(errors).toEqual(['no more groups are created by their use']);
    table.put({ ...(configs.group('G0') as SubscriptionGroupConfig), groupName: 'G2' });
    expect(table.find('G2')?.groupName).toBe('G2');
    table.delete('G0');
    table.delete('G1');
    expect(table.find('G3')?.groupName).toBe('G3');
  });

  it('gives many groups at once, within the same bound', () => {
    const configs = new Configs();
    const { table, errors } = makeTable(configs, 11);
    const found = table.findAll(new Set(['TOOLS_CONSUMER', 'G0', 'no name', 'G1', 'G2', 'G3']));
    expect(found.map(({ groupName }) => groupName)).toEqual(['TOOLS_CONSUMER', 'G0', 'G1', 'G2']);
    expect(errors).toEqual(['no more groups are created by their use']);
    expect(table.find('G3')).toBeUndefined();
    expect(configs.kept.size).toBe(11);
  });

  it('does not hide that the database is damaged', () => {
    const configs = new Configs();
    const { table } = makeTable(configs);
    configs.refuses = 'METADATA_CORRUPT';
    expect(() => table.find('G')).toThrow('refused');
  });
});
