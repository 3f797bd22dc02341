import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bodyWith, registration, topic } from '../../test/registrations.ts';
import { type Registration, RouteTable } from './route-table.ts';
import { topicRouteOf } from './topic-route.ts';

const PLAIN = { supportsActingMaster: false };
const slave: Partial<Registration> = {
  brokerId: 1,
  brokerAddr: '127.0.0.1:20911',
  connectionId: 2,
};

/** Addresses of the topic's brokers, as `name/id=address`. */
function membersOf(table: RouteTable, name: string, view = PLAIN): string[] {
  return (topicRouteOf(table, name, view)?.brokerDatas ?? []).flatMap((broker) =>
    Array.from(broker.brokerAddrs, ([id, address]) => `${broker.brokerName}/${id}=${address}`),
  );
}

/** A registration of one topic by a master that the controller elected in that epoch. */
function epoch(stateVersion: number) {
  return bodyWith([topic('Orders')], { counter: 1, stateVersion });
}

describe('a registration', () => {
  it('makes the topics of a master known, and those of a slave not', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ ...slave, body: bodyWith([topic('OnlyOnSlave')]) }));
    expect(membersOf(table, 'Orders')).toEqual([
      'broker-a/0=127.0.0.1:10911',
      'broker-a/1=127.0.0.1:20911',
    ]);
    expect(topicRouteOf(table, 'OnlyOnSlave', PLAIN)).toBeUndefined();
  });

  it('tells a slave where its master is, once there is one', () => {
    const table = new RouteTable();
    expect(table.register(registration(slave)).master).toBeUndefined();
    expect(table.register(registration()).master).toBeUndefined();
    expect(table.register(registration(slave)).master).toEqual({
      masterAddr: '127.0.0.1:10911',
      haServerAddr: '127.0.0.1:10912',
    });
  });

  it('changes queues only with a new data version, but adds what is not known yet', () => {
    const table = new RouteTable();
    table.register(registration());
    const changed = [topic('Orders', { writeQueueNums: 8 }), topic('Payments')];
    table.register(registration({ body: bodyWith(changed) }));
    expect(topicRouteOf(table, 'Orders', PLAIN)?.queueDatas[0]?.writeQueueNums).toBe(4);
    expect(topicRouteOf(table, 'Payments', PLAIN)).toBeDefined();
    table.register(registration({ body: bodyWith(changed, { counter: 2 }) }));
    expect(topicRouteOf(table, 'Orders', PLAIN)?.queueDatas[0]?.writeQueueNums).toBe(8);
  });

  it('keeps topics that it no longer lists, unless that is configured', () => {
    const table = new RouteTable();
    table.register(registration({ body: bodyWith([topic('Orders'), topic('Old')]) }));
    const body = bodyWith([topic('Orders')], { counter: 2 });
    table.register(registration({ body }));
    expect(topicRouteOf(table, 'Old', PLAIN)).toBeDefined();
    const later = bodyWith([topic('Orders')], { counter: 3 });
    table.register(registration({ body: later, dropsMissingTopics: true }));
    expect(topicRouteOf(table, 'Old', PLAIN)).toBeUndefined();
  });

  it('moves an address to its new id', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration(slave));
    table.register(registration({ ...slave, brokerId: 0 }));
    expect(membersOf(table, 'Orders')).toEqual(['broker-a/0=127.0.0.1:20911']);
  });

  it('replaces the holder of an id, unless that one lives and has a later state version', () => {
    const table = new RouteTable();
    const other = { brokerAddr: '127.0.0.1:30911', connectionId: 3 };
    table.register(registration({ body: epoch(5) }));
    expect(table.register(registration({ ...other, body: epoch(4) })).isAccepted).toBe(false);
    expect(membersOf(table, 'Orders')).toEqual(['broker-a/0=127.0.0.1:10911']);
    expect(table.register(registration({ ...other, body: epoch(6) })).isAccepted).toBe(true);
    expect(membersOf(table, 'Orders')).toEqual(['broker-a/0=127.0.0.1:30911']);
  });

  it('with a smaller id than the others says so', () => {
    const table = new RouteTable();
    expect(table.register(registration(slave)).change).toBeUndefined();
    expect(table.register(registration()).change).toEqual({
      brokerName: 'broker-a',
      members: new Map([
        [1, '127.0.0.1:20911'],
        [0, '127.0.0.1:10911'],
      ]),
      haBrokerAddr: '127.0.0.1:10912',
    });
  });

  it('under another cluster takes the broker out of the former one', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ clusterName: 'Other' }));
    expect([...table.clusters.keys()]).toEqual(['Other']);
  });
});

describe('unregistering', () => {
  it('removes a broker and the topics nobody else serves', () => {
    const table = new RouteTable();
    const second = { brokerName: 'broker-b', brokerAddr: '127.0.0.1:30911', connectionId: 3 };
    table.register(registration({ body: bodyWith([topic('Orders'), topic('OnlyOnA')]) }));
    table.register(registration(second));
    table.unregister([registration()]);
    expect(membersOf(table, 'Orders')).toEqual(['broker-b/0=127.0.0.1:30911']);
    expect(topicRouteOf(table, 'OnlyOnA', PLAIN)).toBeUndefined();
    table.unregister([registration(second)]);
    expect([table.topics.size, table.brokers.size, table.clusters.size, table.live.size]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('of a former master leaves the id to whom it belongs now', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ brokerAddr: '127.0.0.1:30911', connectionId: 3 }));
    table.unregister([registration()]);
    expect(membersOf(table, 'Orders')).toEqual(['broker-a/0=127.0.0.1:30911']);
  });

  it('of the smallest id names the one that went', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration(slave));
    expect(table.unregister([registration()])).toEqual([
      {
        brokerName: 'broker-a',
        members: new Map([[1, '127.0.0.1:20911']]),
        offlineBrokerAddr: '127.0.0.1:10911',
      },
    ]);
  });
});

describe('an acting master', () => {
  const members = { enableActingMaster: true };

  it('stands at id 0 without the permission to write', () => {
    const table = new RouteTable();
    table.register(registration(members));
    table.register(registration({ ...slave, ...members }));
    table.unregister([registration()]);
    expect(membersOf(table, 'Orders', { supportsActingMaster: true })).toEqual([
      'broker-a/0=127.0.0.1:20911',
    ]);
    expect(membersOf(table, 'Orders')).toEqual(['broker-a/1=127.0.0.1:20911']);
    expect(topicRouteOf(table, 'Orders', PLAIN)?.queueDatas[0]?.perm).toBe(4);
  });
});

describe('zones', () => {
  it('limit a route to brokers of the zone and those without a master', () => {
    const table = new RouteTable();
    const far = { brokerName: 'far', brokerAddr: '127.0.0.1:1', zoneName: 'z2' };
    table.register(registration({ zoneName: 'Z1' }));
    table.register(registration(far));
    const route = topicRouteOf(table, 'Orders', { ...PLAIN, zoneName: 'z1' });
    expect(route?.brokerDatas.map((broker) => broker.brokerName)).toEqual(['broker-a']);
    expect(route?.queueDatas.map((queue) => queue.brokerName)).toEqual(['broker-a']);
  });
});

describe('permissions and topics', () => {
  it('are changed for one broker, counted, and restored by a changed registration', () => {
    const table = new RouteTable();
    table.register(registration({ body: bodyWith([topic('A'), topic('B', { perm: 4 })]) }));
    expect(table.changePermissions('broker-a', (perm) => perm & ~2)).toBe(2);
    expect(table.changePermissions('broker-b', (perm) => perm & ~2)).toBe(0);
    table.register(registration({ body: bodyWith([topic('A')]) }));
    expect(topicRouteOf(table, 'A', PLAIN)?.queueDatas[0]?.perm).toBe(4);
    table.register(registration({ body: bodyWith([topic('A')], { counter: 2 }) }));
    expect(topicRouteOf(table, 'A', PLAIN)?.queueDatas[0]?.perm).toBe(6);
  });

  it('are deleted in one cluster or in all', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(
      registration({ clusterName: 'Other', brokerName: 'x', brokerAddr: '127.0.0.1:1' }),
    );
    table.deleteTopic('Orders', 'Other');
    expect(membersOf(table, 'Orders')).toEqual(['broker-a/0=127.0.0.1:10911']);
    table.deleteTopic('Orders');
    expect(table.topics.size).toBe(0);
  });

  it('of unknown brokers cannot be registered one by one', () => {
    const table = new RouteTable();
    table.register(registration());
    const queue = { perm: 6, readQueueNums: 1, topicSysFlag: 0, writeQueueNums: 1 };
    table.registerTopic('New', [
      { ...queue, brokerName: 'broker-a' },
      { ...queue, brokerName: 'unknown' },
    ]);
    expect([...(table.topics.get('New')?.keys() ?? [])]).toEqual(['broker-a']);
  });
});

describe('liveness', () => {
  it('ends after the time that the broker named', () => {
    const table = new RouteTable();
    table.register(registration({ timeoutMs: 1000, nowMs: 500 }));
    expect(table.live.silentAt(1500)).toEqual([]);
    expect(table.live.silentAt(1501)).toHaveLength(1);
  });

  it('belongs to the connection of the last registration', () => {
    const table = new RouteTable();
    table.register(registration({ connectionId: 1 }));
    table.register(registration({ connectionId: 2 }));
    expect(table.live.ofConnection(1)).toEqual([]);
    expect(table.live.ofConnection(2)).toHaveLength(1);
  });
});

describe('a table with many brokers', () => {
  it('forgets those that go together in time that grows with what they served', () => {
    const table = new RouteTable();
    const gone: {
      clusterName: string;
      brokerName: string;
      brokerId: number;
      brokerAddr: string;
    }[] = [];
    for (let index = 0; index < 3_000; index++) {
      const [brokerName, brokerAddr] = [`broker-${index}`, `10.0.0.1:${index}`];
      const topics = [0, 1, 2, 3].map((part) => topic(`T-${index}-${part}`));
      table.register(registration({ brokerName, brokerAddr, body: bodyWith(topics) }));
      gone.push({ clusterName: 'DefaultCluster', brokerName, brokerId: 0, brokerAddr });
    }
    const startMs = performance.now();
    table.unregister(gone);
    // Each topic against each broker would be 36 million look-ups, some seconds.
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(table.topics.size).toBe(0);
  });

  it('that has no room for the topics of one knows it all the same, and forgets it in time', () => {
    const table = new RouteTable(2);
    table.register(registration({ body: bodyWith([topic('T1'), topic('T2')]) }));
    const late = registration({ brokerName: 'broker-b', brokerAddr: '127.0.0.1:10921' });
    expect(() => table.register({ ...late, body: bodyWith([topic('New')]) })).toThrow(
      'no more fit',
    );
    const [silent] = table.live.silentAt(late.nowMs + late.timeoutMs + 1).slice(-1);
    expect(silent?.brokerName).toBe('broker-b');
    table.unregister(silent === undefined ? [] : [silent]);
    expect(table.brokers.has('broker-b')).toBe(false);
  });
});

it('is empty again after every broker left, whatever they did before', () => {
  const some = fc.record({
    brokerName: fc.constantFrom('a', 'b'),
    clusterName: fc.constantFrom('c1', 'c2'),
    brokerId: fc.nat(2),
    brokerAddr: fc.constantFrom('h:1', 'h:2', 'h:3'),
    connectionId: fc.nat(3),
    enableActingMaster: fc.constantFrom(undefined, false, true),
    body: fc
      .nat(3)
      .map((counter) => bodyWith([topic(`T${counter}`), topic('Shared')], { counter })),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 20 }), (registrations) => {
      const table = new RouteTable();
      for (const each of registrations) table.register(registration(each));
      for (const name of table.topics.keys())
        expect(topicRouteOf(table, name, PLAIN)).toBeDefined();
      table.unregister(registrations.map((each) => registration(each)));
      expect([table.topics.size, table.brokers.size, table.clusters.size, table.live.size]).toEqual(
        [0, 0, 0, 0],
      );
    }),
  );
});

it('forgets the broker that stood behind an address before', () => {
  const table = new RouteTable();
  table.register(registration({ body: bodyWith([topic('Former')]) }));
  table.register(registration({ brokerName: 'broker-b' }));
  expect([...table.brokers.keys()]).toEqual(['broker-b']);
  expect(topicRouteOf(table, 'Former', PLAIN)).toBeUndefined();
});
