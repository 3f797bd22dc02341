/** Source: AllocateMessageQueueConsistentHash.java, ConsistentHashRouter.java. */
import { createHash } from 'node:crypto';
import type { AllocationStrategy } from './allocation.ts';
import type { MessageQueue } from './message.ts';
import { inRange } from './option-checks.ts';

const DEFAULT_VIRTUAL_NODES = 10;
/** Every round of rebalancing hashes all of them. */
const MAX_VIRTUAL_NODES = 1_000;

interface RingNode {
  readonly hash: number;
  readonly clientId: string;
}

/**
 * Members stand several times on a ring, and a queue goes to the first behind its own place: when a member
 * comes or goes, few queues change hands. Apache's `CONSISTENT_HASH`.
 *
 * @param virtualNodes how often each member stands on the ring, at most 1000; all members must use the same
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT
 */
export function byConsistentHash(virtualNodes = DEFAULT_VIRTUAL_NODES): AllocationStrategy {
  inRange('virtualNodes', virtualNodes, 1, MAX_VIRTUAL_NODES);
  return (queues, clientIds, clientId) => {
    if (!clientIds.includes(clientId)) return [];
    const ring = ringOf(clientIds, virtualNodes);
    return queues.filter((queue) => ownerOf(ring, hashOf(keyOf(queue))) === clientId);
  };
}

function ringOf(clientIds: readonly string[], virtualNodes: number): readonly RingNode[] {
  // Of two nodes in one place the later one stays, as in a map.
  const byHash = new Map<number, RingNode>();
  for (const clientId of clientIds) {
    for (let index = 0; index < virtualNodes; index++) {
      const hash = hashOf(`${clientId}-${index}`);
      byHash.set(hash, { hash, clientId });
    }
  }
  return [...byHash.values()].toSorted((left, right) => left.hash - right.hash);
}

function ownerOf(ring: readonly RingNode[], hash: number): string | undefined {
  return (ring.find((node) => node.hash >= hash) ?? ring[0])?.clientId;
}

/** First four bytes of the MD5, unsigned. */
function hashOf(text: string): number {
  return createHash('md5').update(text, 'utf8').digest().readUInt32BE(0);
}

function keyOf({ topic, brokerName, queueId }: MessageQueue): string {
  return `MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`;
}
