import { parseArgs } from 'node:util';
import { runSeeds } from './run-seeds.ts';

const USAGE = `usage: npm run simulate -- [--seeds 500] [--seed FIRST] [--trace]

Runs random histories of a store on a disk that crashes, one for each seed from FIRST on, and checks that it
kept what it promised. Exit status 1 when a seed failed; --trace prints what happens in them.
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const first = Number(values.seed);
  const count = Number(values.seeds ?? (values.trace ? 1 : 500));
  const isGood = await runSeeds(first, count, {
    print: (text) => process.stdout.write(text),
    isTracing: values.trace,
  });
  process.exitCode = isGood ? 0 : 1;
}
