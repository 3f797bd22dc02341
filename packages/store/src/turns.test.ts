import { expect, it } from '@jest/globals';
import { Turns } from './turns.ts';

it('runs so much at a time, in the order it came, and refuses what is too much', async () => {
  const turns = new Turns({ limit: 2, maxWaiting: 2, code: 'BUSY' });
  const log: string[] = [];
  const gates = new Map<number, () => void>();
  const start = (index: number): Promise<number> =>
    turns.run(async () => {
      log.push(`begin ${index}`);
      await new Promise<void>((resolve) => gates.set(index, resolve));
      return index;
    });
  const running = [1, 2, 3, 4].map((index) => start(index));
  await expect(start(5)).rejects.toMatchObject({ code: 'BUSY', isRetryable: true });
  expect(log).toEqual(['begin 1', 'begin 2']);
  gates.get(2)?.();
  await running[1];
  expect(log).toEqual(['begin 1', 'begin 2', 'begin 3']);
  gates.get(1)?.();
  gates.get(3)?.();
  await Promise.all([running[0], running[2]]);
  gates.get(4)?.();
  expect(await Promise.all(running)).toEqual([1, 2, 3, 4]);
});

it('goes on after work that failed', async () => {
  const turns = new Turns({ limit: 1, code: 'BUSY' });
  await expect(turns.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turns.run(() => Promise.resolve('next'))).toBe('next');
});
