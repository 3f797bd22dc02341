import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DueHeap, type DueTimer } from './due-heap.ts';

function timerAt(dueMs: number, physicalOffset: number): DueTimer {
  return { dueMs, physicalOffset, sizeBytes: 100, magic: 1, writeTimeMs: 5 };
}

function drained(heap: DueHeap): DueTimer[] {
  const timers: DueTimer[] = [];
  for (let timer = heap.pop(); timer !== undefined; timer = heap.pop()) timers.push(timer);
  return timers;
}

describe('messages that are due soon', () => {
  it('come by their times, those of one time in the order of the log', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { maxLength: 2_000 }), (times) => {
        const timers = times.map((dueMs, index) => timerAt(dueMs, index * 100));
        const heap = new DueHeap();
        for (const timer of timers) heap.push(timer);
        expect(heap.size).toBe(timers.length);
        const inOrder = timers.toSorted(
          (left, right) => left.dueMs - right.dueMs || left.physicalOffset - right.physicalOffset,
        );
        expect(drained(heap)).toEqual(inOrder);
        expect(heap.nextMs).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('take no more memory than they need when a busy second is over', () => {
    const heap = new DueHeap();
    for (let index = 0; index < 100_000; index++) heap.push(timerAt(index % 1_000, index));
    const atMost = heap.bytes;
    expect(atMost).toBeGreaterThanOrEqual(100_000 * 40);
    for (let index = 0; index < 99_900; index++) heap.pop();
    expect(heap.bytes).toBeLessThan(atMost / 50);
    expect(drained(heap)).toHaveLength(100);
  });
});
