import { expect, it } from '@jest/globals';
import { inParallel } from './in-parallel.ts';

it('works on all items, on so many at a time', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    done.push(item);
  });
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it('begins nothing after a failure and waits for what is under way', async () => {
  const begun: number[] = [];
  let isOtherDone = false;
  const working = inParallel([1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('broken');
    await new Promise((resolve) => setImmediate(resolve));
    isOtherDone = true;
  });
  await expect(working).rejects.toThrow('broken');
  expect(begun).toEqual([1, 2]);
  expect(isOtherDone).toBe(true);
});
