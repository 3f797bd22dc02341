import { describe, expect, it } from '@jest/globals';
import { growthPercent } from './memory-growth.ts';

describe('the growth of memory', () => {
  it('compares the last quarter with the second', () => {
    expect(growthPercent([9, 9, 10, 10, 50, 50, 12, 12])).toBe(20);
    expect(growthPercent([99, 99, 10, 10, 10, 10, 10, 10])).toBe(0);
    expect(growthPercent([10, 10, 10, 10, 10, 10, 5, 5])).toBe(-50);
  });

  it('says nothing of too few samples', () => {
    expect(growthPercent([1, 2, 3, 4, 5, 6, 7])).toBe(0);
  });
});
