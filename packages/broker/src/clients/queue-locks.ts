/**
 * Locks of queues for orderly consumption: a client of a group holds a queue for 60 s at a time.
 *
 * Source: RebalanceLockManager.java.
 */
import type { MessageQueue } from '@orbitmq/protocol';

/** `rocketmq.broker.rebalance.lockMaxLiveTime`. */
export const LOCK_LEASE_MS = 60_000;
/** Locks of all groups; a client cannot make the broker keep more. */
const MAX_LOCKS = 1_000_000;
/** No topic, group or client id of a well-behaved peer is longer: what is, is not locked. */
const MAX_NAME_LENGTH = 1_024;

interface Lock {
  clientId: string;
  renewedMs: number;
}

export class QueueLocks {
  readonly #locks = new Map<string, Map<string, Lock>>();
  #size = 0;

  /** @returns the queues that the client holds now */
  lock(
    group: string,
    clientId: string,
    queues: readonly MessageQueue[],
    nowMs: number,
  ): readonly MessageQueue[] {
    if (group.length > MAX_NAME_LENGTH || clientId.length > MAX_NAME_LENGTH) return [];
    return queues.filter(
      (queue) =>
        queue.topic.length <= MAX_NAME_LENGTH &&
        this.#lockOne(group, clientId, keyOf(queue), nowMs),
    );
  }

  unlock(group: string, clientId: string, queues: readonly MessageQueue[]): void {
    const locks = this.#locks.get(group);
    if (locks === undefined) return;
    for (const queue of queues) {
      const key = keyOf(queue);
      if (locks.get(key)?.clientId === clientId && locks.delete(key)) this.#size--;
    }
    if (locks.size === 0) this.#locks.delete(group);
  }

  /** Whether any queue of the group is held. */
  isGroupLocked(group: string, nowMs: number): boolean {
    for (const lock of this.#locks.get(group)?.values() ?? []) {
      if (nowMs - lock.renewedMs <= LOCK_LEASE_MS) return true;
    }
    return false;
  }

  /** Forgets locks whose lease is over. */
  sweep(nowMs: number): void {
    for (const [group, locks] of this.#locks) {
      for (const [key, lock] of locks) {
        if (nowMs - lock.renewedMs > LOCK_LEASE_MS && locks.delete(key)) this.#size--;
      }
      if (locks.size === 0) this.#locks.delete(group);
    }
  }

  #lockOne(group: string, clientId: string, key: string, nowMs: number): boolean {
    let locks = this.#locks.get(group);
    const lock = locks?.get(key);
    if (lock !== undefined) {
      const isFree = nowMs - lock.renewedMs > LOCK_LEASE_MS;
      if (lock.clientId !== clientId && !isFree) return false;
      lock.clientId = clientId;
      lock.renewedMs = nowMs;
      return true;
    }
    if (this.#size >= MAX_LOCKS) return false;
    if (locks === undefined) {
      locks = new Map();
      this.#locks.set(group, locks);
    }
    locks.set(key, { clientId, renewedMs: nowMs });
    this.#size++;
    return true;
  }
}

function keyOf({ topic, queueId }: MessageQueue): string {
  return `${topic}@${queueId}`;
}
