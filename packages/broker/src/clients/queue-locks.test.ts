import { describe, expect, it } from '@jest/globals';
import { LOCK_LEASE_MS, QueueLocks } from './queue-locks.ts';

const QUEUE = { brokerName: 'broker-a', queueId: 0, topic: 'T' };
const OTHER = { ...QUEUE, queueId: 1 };

describe('locks of queues', () => {
  it('are held by one client of a group, and given to it again', () => {
    const locks = new QueueLocks();
    expect(locks.lock('G', 'c1', [QUEUE], 0)).toEqual([QUEUE]);
    expect(locks.lock('G', 'c1', [QUEUE, OTHER], 1)).toEqual([QUEUE, OTHER]);
    expect(locks.lock('G', 'c2', [QUEUE, OTHER], 2)).toEqual([]);
    expect(locks.lock('H', 'c2', [QUEUE], 2)).toEqual([QUEUE]);
  });

  it('are not given up by a client that does not hold them', () => {
    const locks = new QueueLocks();
    locks.lock('G', 'c1', [QUEUE], 0);
    locks.unlock('G', 'c2', [QUEUE, OTHER]);
    locks.unlock('G_unknown', 'c1', [QUEUE]);
    expect(locks.lock('G', 'c2', [QUEUE], 1)).toEqual([]);
    locks.unlock('G', 'c1', [QUEUE]);
    expect(locks.lock('G', 'c2', [QUEUE], 2)).toEqual([QUEUE]);
  });

  it('are held for their lease from the last time they were asked for', () => {
    const locks = new QueueLocks();
    locks.lock('G', 'c1', [QUEUE], 0);
    locks.lock('G', 'c1', [QUEUE], 50_000);
    expect(locks.lock('G', 'c2', [QUEUE], LOCK_LEASE_MS + 1)).toEqual([]);
    expect(locks.isGroupLocked('G', 50_000 + LOCK_LEASE_MS)).toBe(true);
    expect(locks.isGroupLocked('G', 50_001 + LOCK_LEASE_MS)).toBe(false);
    expect(locks.lock('G', 'c2', [QUEUE], 50_001 + LOCK_LEASE_MS)).toEqual([QUEUE]);
    expect(locks.lock('G', 'c1', [QUEUE], 50_002 + LOCK_LEASE_MS)).toEqual([]);
  });

  it('are not given for names that nobody has', () => {
    const locks = new QueueLocks();
    const long = 'x'.repeat(2_000);
    expect(locks.lock('G', 'c1', [{ ...QUEUE, topic: long }, OTHER], 0)).toEqual([OTHER]);
    expect(locks.lock(long, 'c1', [QUEUE], 0)).toEqual([]);
    expect(locks.lock('G', long, [QUEUE], 0)).toEqual([]);
  });

  it('whose lease is over are forgotten', () => {
    const locks = new QueueLocks();
    locks.lock('G', 'c1', [QUEUE], 0);
    locks.lock('G', 'c1', [OTHER], LOCK_LEASE_MS);
    locks.sweep(LOCK_LEASE_MS + 1);
    expect(locks.lock('G', 'c2', [QUEUE, OTHER], LOCK_LEASE_MS + 1)).toEqual([QUEUE]);
  });
});
