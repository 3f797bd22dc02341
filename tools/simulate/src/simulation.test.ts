import { describe, expect, it } from '@jest/globals';
import { FAILED_SEEDS } from './failed-seeds.ts';
import { AMPLE } from './plan.ts';
import { simulate } from './simulation.ts';

const SEEDS = 500;
const TIMEOUT_MS = 240_000;

describe('a store on a disk that crashes', () => {
  it(
    `keeps what it promised in the histories of ${SEEDS} seeds`,
    async () => {
      let crashes = 0;
      for (let seed = 1; seed <= SEEDS; seed++) crashes += (await simulate(seed)).crashes;
      expect(crashes).toBeGreaterThan(SEEDS);
    },
    TIMEOUT_MS,
  );

  it.each(FAILED_SEEDS)(
    'keeps what it promised in the history of seed $seed, which failed: $showed',
    async ({ seed, maxOpenFiles = AMPLE.maxOpenFiles }) => {
      await expect(simulate(seed, undefined, { ...AMPLE, maxOpenFiles })).resolves.toMatchObject(
        {},
      );
    },
    TIMEOUT_MS,
  );

  it('has the same history for the same seed', async () => {
    const runs: string[][] = [[], []];
    for (const lines of runs) await simulate(3, (line) => lines.push(line));
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]?.length).toBeGreaterThan(10);
  });
});
