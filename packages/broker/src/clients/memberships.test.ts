import { describe, expect, it } from '@jest/globals';
import type { Connection } from '@orbitmq/remoting';
import { MAX_GROUPS_PER_CONNECTION, Memberships } from './memberships.ts';
import { ProducerGroups } from './producer-groups.ts';

const connection = () => ({ isClosed: false }) as unknown as Connection;

describe('groups of a connection', () => {
  it('are bounded, and one that is left makes room', () => {
    const memberships = new Memberships();
    const greedy = connection();
    for (let index = 0; index < MAX_GROUPS_PER_CONNECTION; index++) {
      memberships.add(greedy, `G${index}`);
    }
    memberships.add(greedy, 'G0');
    expect(() => memberships.add(greedy, 'one more')).toThrow(
      'one connection may be in 5000 groups, one more would be one more',
    );
    memberships.add(connection(), 'one more');
    expect(() => memberships.add(connection(), 'x'.repeat(256))).toThrow('256 characters');
    memberships.delete(greedy, 'G0');
    memberships.add(greedy, 'one more');
    expect(memberships.of(greedy)).toHaveLength(MAX_GROUPS_PER_CONNECTION);
  });

  it('are left when it is gone, and nothing of it is kept', () => {
    const producers = new ProducerGroups();
    const [gone, stays] = [connection(), connection()];
    const shared = { clientId: 'c', language: 0, version: 407, heartbeatMs: 0, seenMs: 0 };
    for (const group of ['G1', 'G2']) producers.register(group, { ...shared, connection: gone });
    producers.register('G2', { ...shared, connection: stays });
    producers.remove(gone);
    expect(producers.groups()).toEqual(['G2']);
    expect(producers.members('G2').map((member) => member.connection)).toEqual([stays]);
    producers.remove(stays);
    expect(producers.groups()).toEqual([]);
  });
});
