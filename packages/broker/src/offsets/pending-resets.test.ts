import { describe, expect, it } from '@jest/globals';
import { PendingResets } from './pending-resets.ts';

describe('pending resets', () => {
  it('are told once, and the last one set counts', () => {
    const resets = new PendingResets();
    resets.set('T', 'G', 0, 5);
    resets.set('T', 'G', 0, 7);
    expect(resets.has('T', 'G', 0)).toBe(true);
    expect(resets.take('T', 'G', 0)).toBe(7);
    expect(resets.take('T', 'G', 0)).toBeUndefined();
    expect(resets.isEmpty).toBe(true);
  });

  it('of one queue, group or topic are not those of another', () => {
    const resets = new PendingResets();
    resets.set('T', 'G', 0, 5);
    expect(resets.has('T', 'G', 1)).toBe(false);
    expect(resets.take('T', 'H', 0)).toBeUndefined();
    expect(resets.take('U', 'G', 0)).toBeUndefined();
    expect(resets.isEmpty).toBe(false);
  });

  it('go with their topic and with their group', () => {
    const resets = new PendingResets();
    resets.set('T', 'G', 0, 1);
    resets.set('T', 'H', 0, 1);
    resets.set('U', 'G', 0, 1);
    resets.forgetTopic('T');
    expect([resets.has('T', 'H', 0), resets.has('U', 'G', 0)]).toEqual([false, true]);
    resets.forgetGroup('G');
    expect(resets.isEmpty).toBe(true);
  });

  it('are bounded', () => {
    const resets = new PendingResets();
    for (let queueId = 0; queueId < 100_000; queueId++) resets.set('T', 'G', queueId, 0);
    expect(() => resets.set('T', 'H', 0, 0)).toThrow(
      expect.objectContaining({ code: 'PENDING_RESETS_FULL' }),
    );
    resets.set('T', 'G', 99_999, 3);
    expect(resets.take('T', 'G', 99_999)).toBe(3);
    resets.set('T', 'H', 0, 0);
  });
});
