import { describe, expect, it } from '@jest/globals';
import { PutTimes } from './put-times.ts';

const MINUTE_MS = 60_000;

describe('times of stores', () => {
  it('are told by interval for the last whole minute, and not before there is one', () => {
    const times = new PutTimes(0);
    times.add(3, 0.2, 10);
    times.add(2, 9.4, 20);
    times.add(1, 10, 30);
    times.add(1, 99_999, 40);
    expect(times.distribution(50)).toBeUndefined();
    expect(times.distribution(MINUTE_MS)).toBe(
      '[<=0ms]:3 [0~10ms]:2 [10~50ms]:1 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 [500ms~1s]:0 ' +
        '[1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:1 ',
    );
    expect(times.maxMs).toBe(99_999);
  });

  it('of an older minute are gone, the longest is not', () => {
    const times = new PutTimes(0);
    times.add(5, 20, 0);
    times.add(7, 0, MINUTE_MS + 1);
    expect(times.distribution(MINUTE_MS + 2)).toContain('[10~50ms]:5 ');
    expect(times.distribution(2 * MINUTE_MS)).toContain('[<=0ms]:7 ');
    expect(times.distribution(2 * MINUTE_MS)).toContain('[10~50ms]:0 ');
    expect(times.distribution(9 * MINUTE_MS)).toContain('[<=0ms]:0 ');
    times.add(2, 1, 9 * MINUTE_MS);
    expect(times.distribution(10 * MINUTE_MS)).toContain('[0~10ms]:2 ');
    expect(times.maxMs).toBe(20);
  });

  it('have percentiles', () => {
    const times = new PutTimes(0);
    expect(times.percentileMs(0.99, 0)).toBe(0);
    times.add(98, 1, 0);
    times.add(1, 30, 0);
    times.add(1, 500, 0);
    expect(times.percentileMs(0.5, 0)).toBe(1);
    expect(times.percentileMs(0.99, MINUTE_MS)).toBe(30);
    expect(times.percentileMs(0.999, MINUTE_MS)).toBe(500);
  });
});
