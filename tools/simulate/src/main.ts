import { runToolProcess, wholeNumberFlag } from '@orbitmq/service';
import { runSeeds } from './run-seeds.ts';

const USAGE = `usage: npm run simulate -- [--seeds 500] [--seed FIRST] [--trace]

Runs random histories of a store on a disk that crashes, one for each seed from FIRST on, and checks that it
kept what it promised. Exit status 1 when a seed failed; --trace prints what happens in them.
`;

await runToolProcess({
  name: 'simulate',
  usage: USAGE,
  flags: {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
  run: async ({ seeds, seed, trace }) => {
    const first = wholeNumberFlag('seed', seed, 0);
    const count = wholeNumberFlag('seeds', seeds ?? (trace ? '1' : '500'), 1);
    const isGood = await runSeeds(first, count, {
      print: (text) => process.stdout.write(text),
      isTracing: trace,
    });
    return isGood ? 0 : 1;
  },
});
