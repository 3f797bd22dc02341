import { describe, expect, it } from '@jest/globals';
import type { TopicRouteData } from '@orbitmq/protocol';
import fc from 'fast-check';
import { averagely, averagelyByCircle } from './allocation.ts';
import { avoidedMs, LatencyFaults } from './latency-faults.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { ProcessQueue } from './process-queue.ts';
import { QueueChooser } from './queue-chooser.ts';
import { compareQueues } from './queue-order.ts';
import { QueueRotation } from './queue-rotation.ts';
import { publishQueues, readAddress, subscribeQueues } from './routes.ts';
import { UniqueIds } from './unique-id.ts';

function queues(count: number, brokerName = 'broker-a'): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName, queueId }));
}

function message(queueOffset: number): ReceivedMessage {
  return { queueOffset, body: Buffer.from('x') } as ReceivedMessage;
}

function sharesOf(strategy: typeof averagely, queueCount: number, clients: number): number[][] {
  const ids = Array.from({ length: clients }, (_, index) => `client${index}`);
  return ids.map((id) => strategy(queues(queueCount), ids, id).map(({ queueId }) => queueId));
}

describe('the first message of a topic', () => {
  it.each([0, 1, 6])('goes to whatever queue chance says, %d', (below) => {
    const random = { next: () => 0, below: () => below };
    const clock = { now: () => 0, monotonicMs: () => 0 };
    const chooser = new QueueChooser({ random, clock, avoidsSlowBrokers: false });
    const chosen = [0, 1, 2, 3].map(() => chooser.choose(queues(4), undefined).queueId);
    expect(chosen).toEqual([0, 1, 2, 3].map((step) => (below + step) % 4));
  });
});

describe('allocation', () => {
  it('gives each member consecutive queues', () => {
    expect(sharesOf(averagely, 8, 3)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
    expect(sharesOf(averagely, 2, 3)).toEqual([[0], [1], []]);
  });

  it('by circle gives one queue after the other', () => {
    expect(sharesOf(averagelyByCircle, 5, 2)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
  });

  it('gives every queue to exactly one member', () => {
    const strategies = fc.constantFrom(averagely, averagelyByCircle);
    fc.assert(
      fc.property(
        strategies,
        fc.nat(40),
        fc.integer({ min: 1, max: 12 }),
        (strategy, count, clients) => {
          const given = sharesOf(strategy, count, clients).flat();
          expect(given.toSorted((a, b) => a - b)).toEqual(
            queues(count).map(({ queueId }) => queueId),
          );
        },
      ),
    );
  });

  it('gives nothing to who is no member', () => {
    expect(averagely(queues(4), ['a'], 'b')).toEqual([]);
  });

  it('orders queues as Java does', () => {
    const list = [...queues(2, 'b'), ...queues(2, 'B')];
    expect(list.toSorted(compareQueues).map(({ brokerName }) => brokerName)).toEqual([
      'B',
      'B',
      'b',
      'b',
    ]);
  });
});

describe('queue rotation', () => {
  it('goes through all queues', () => {
    const rotation = new QueueRotation(2);
    const picked = Array.from({ length: 4 }, () => rotation.pick(queues(4))?.queueId);
    expect(picked).toEqual([2, 3, 0, 1]);
  });

  it('keeps away from the broker that failed as long as there is another', () => {
    const both = [...queues(2, 'a'), ...queues(2, 'b')];
    for (let start = 0; start < 4; start++) {
      expect(new QueueRotation(start).pick(both, 'a')?.brokerName).toBe('b');
    }
    expect(new QueueRotation(0).pick(queues(2, 'a'), 'a')?.brokerName).toBe('a');
    expect(new QueueRotation(0).pick(both, undefined, (name) => name === 'b')?.brokerName).toBe(
      'b',
    );
    expect(new QueueRotation(0).pick([])).toBeUndefined();
  });
});

describe('latency faults', () => {
  it('avoid a broker for as long as Apache does, and never shorten that', () => {
    expect([10, 100, 550, 1_800, 3_000, 15_000].map(avoidedMs)).toEqual([
      0, 0, 2_000, 5_000, 6_000, 30_000,
    ]);
    const faults = new LatencyFaults();
    faults.note('a', 600, 0);
    expect(faults.isAvailable('a', 1_999)).toBe(false);
    expect(faults.isAvailable('a', 2_000)).toBe(true);
    faults.note('a', 'failed', 0);
    faults.note('a', 1, 0);
    faults.note('a', 600, 0);
    expect(faults.isAvailable('a', 9_999)).toBe(false);
    expect(faults.isAvailable('a', 10_000)).toBe(true);
  });
});

describe('unique ids', () => {
  it('hold address, process, time and counter where Java has them', () => {
    const monthStartMs = new Date(2024, 4, 1).getTime();
    const ids = new UniqueIds({
      ip: '10.0.0.5',
      pid: 4321,
      random: { next: () => 0, below: () => 0x18b4aac2 },
      clock: { now: () => monthStartMs + 1_686_896_789, monotonicMs: () => 0 },
    });
    expect(ids.next()).toBe('0A00000510E118B4AAC2648C00950000');
    expect(ids.next()).toBe('0A00000510E118B4AAC2648C00950001');
  });
});

describe('a route', () => {
  const route: TopicRouteData = {
    brokerDatas: [
      {
        brokerName: 'a',
        cluster: 'C',
        brokerAddrs: new Map([
          [0, '1:1'],
          [1, '1:2'],
        ]),
      },
      { brokerName: 'b', cluster: 'C', brokerAddrs: new Map([[1, '2:2']]) },
    ],
    queueDatas: [
      { brokerName: 'b', perm: 6, readQueueNums: 1, writeQueueNums: 1, topicSysFlag: 0 },
      { brokerName: 'a', perm: 6, readQueueNums: 2, writeQueueNums: 1, topicSysFlag: 0 },
      { brokerName: 'c', perm: 4, readQueueNums: 1, writeQueueNums: 1, topicSysFlag: 0 },
    ],
    filterServerTable: new Map(),
  };

  it('leads sends to brokers with a master and the permission', () => {
    expect(publishQueues('T', route)).toEqual([{ topic: 'T', brokerName: 'a', queueId: 0 }]);
    const ordered = { ...route, orderTopicConf: 'b:2' };
    expect(publishQueues('T', ordered).map(({ brokerName }) => brokerName)).toEqual(['b', 'b']);
  });

  it('leads reads to the suggested broker, else to any', () => {
    expect(subscribeQueues('T', route)).toHaveLength(4);
    expect(readAddress(route, 'a', 1)).toBe('1:2');
    expect(readAddress(route, 'b', 0)).toBe('2:2');
    expect(readAddress(route, 'x', 0)).toBeUndefined();
  });
});

describe('a process queue', () => {
  it('never lets the group pass a message that is not done with', () => {
    const offsets = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
    fc.assert(
      fc.property(offsets, (order) => {
        const queue = new ProcessQueue();
        queue.add([0, 1, 2, 3, 4, 5, 6, 7].map(message));
        const open = new Set([0, 1, 2, 3, 4, 5, 6, 7]);
        for (const offset of order) {
          open.delete(offset);
          expect(queue.remove(message(offset))).toBe(open.size === 0 ? 8 : Math.min(...open));
        }
        expect(queue.bytes).toBe(open.size);
      }),
    );
  });
});
