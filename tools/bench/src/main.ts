import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { compareRow, describeComparison, ROWS } from './compare.ts';

const USAGE = `usage: npm run bench -- [--version 4.9.7] [--rounds 3] [--only TEXT]

Loads our broker and Apache's, with the same settings and in turn, and prints ratios.
The packages have to be built (npm run setup). Lines that begin with { are results as JSON.
`;

const { values } = parseArgs({
  options: {
    version: { type: 'string', default: '4.9.7' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
  };
  for (const row of ROWS.filter(({ name }) => name.includes(values.only))) {
    const comparison = await compareRow(row, values.version, Number(values.rounds));
    const facts = { commit, node: process.version, machine, apache: values.version };
    process.stdout.write(`${JSON.stringify({ ...facts, ...comparison })}\n`);
    process.stdout.write(describeComparison(comparison));
  }
}
