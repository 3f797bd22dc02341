import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type AllocationStrategy,
  averagely,
  averagelyByCircle,
  configured,
  inMachineRooms,
  nearby,
} from './allocation.ts';
import { byConsistentHash } from './consistent-hash.ts';
import type { MessageQueue } from './message.ts';
import { compareQueues, compareText } from './queue-order.ts';

/** Made by the official client 4.9.7: `judge.AllocationCases` of tools/interop. Queues are `topic/broker/id`. */
interface GoldenCase {
  readonly strategy: string;
  readonly queues: readonly string[];
  readonly clients: readonly string[];
  readonly shares: Readonly<Record<string, readonly string[]>>;
}

const GOLDEN = JSON.parse(
  readFileSync(new URL('../test-data/allocation.json', import.meta.url), 'utf8'),
) as readonly GoldenCase[];
const ROOMS = {
  roomOfBroker: ({ brokerName }: MessageQueue) => brokerName.split('@')[0] ?? '',
  roomOfClient: (clientId: string) => clientId.split('@')[0] ?? '',
};
const STRATEGIES: Readonly<Record<string, AllocationStrategy>> = {
  AVG: averagely,
  AVG_BY_CIRCLE: averagelyByCircle,
  CONSISTENT_HASH: byConsistentHash(),
  'CONSISTENT_HASH/3': byConsistentHash(3),
  MACHINE_ROOM: inMachineRooms(['room1', 'room3']),
  'NEARBY-AVG': nearby(averagely, ROOMS),
  'NEARBY-AVG_BY_CIRCLE': nearby(averagelyByCircle, ROOMS),
};

function parseQueue(text: string): MessageQueue {
  const [topic = '', brokerName = '', queueId = ''] = text.split('/');
  return { topic, brokerName, queueId: Number(queueId) };
}

function textOf({ topic, brokerName, queueId }: MessageQueue): string {
  return `${topic}/${brokerName}/${queueId}`;
}

function sharesOf(strategy: AllocationStrategy, golden: GoldenCase): Record<string, string[]> {
  const queues = golden.queues.map(parseQueue).toSorted(compareQueues);
  const clients = golden.clients.toSorted(compareText);
  return Object.fromEntries(
    clients.map((client) => [client, strategy(queues, clients, client).map(textOf)]),
  );
}

describe('allocation', () => {
  it.each(Object.keys(STRATEGIES))('by %s is the official client’s', (name) => {
    const cases = GOLDEN.filter(({ strategy }) => strategy === name);
    expect(cases).toHaveLength(35);
    for (const golden of cases) {
      expect(sharesOf(STRATEGIES[name] as AllocationStrategy, golden)).toEqual(golden.shares);
    }
  });

  it('by CONFIG gives what is configured, as the official client does', () => {
    const cases = GOLDEN.filter(({ strategy }) => strategy === 'CONFIG');
    expect(cases).toHaveLength(35);
    for (const golden of cases) {
      const [own = []] = Object.values(golden.shares);
      expect(sharesOf(configured(own.map(parseQueue)), golden)).toEqual(golden.shares);
    }
  });

  it('gives nothing to who is no member', () => {
    const queues = Array.from({ length: 4 }, (_, queueId) => ({
      topic: 'T',
      brokerName: 'b',
      queueId,
    }));
    for (const strategy of Object.values(STRATEGIES))
      expect(strategy(queues, ['a'], 'c')).toEqual([]);
  });
});
