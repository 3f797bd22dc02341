import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { stopOnSignals } from '@orbitmq/interop/peers';
import { badUsage, runToolProcess, wholeNumberFlag } from '@orbitmq/service';
import { BESIDE_ROWS, compareBeside, describeBeside } from './beside-row.ts';
import { compareRow, describeComparison, ROWS } from './compare.ts';

const USAGE = `usage: npm run bench -- [--version 4.9.7] [--rounds 3] [--only TEXT] [--list]

Loads our broker and Apache's, with the same settings and in turn, and prints ratios; --only runs the rows whose
names contain TEXT, --list tells their names. Lines that begin with { are results as JSON.
`;

/** For a reader of the results. */
function machine(): Readonly<Record<string, unknown>> {
  return {
    cores: cpus().length,
    model: cpus()[0]?.model,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    // A copy without its history is measured all the same.
    return 'unknown';
  }
}

await runToolProcess({
  name: 'bench',
  usage: USAGE,
  flags: {
    version: { type: 'string', default: '4.9.7' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
  run: async ({ version, rounds, only, list }) => {
    const names = [...ROWS, ...BESIDE_ROWS].map(({ name }) => name).join('\n');
    if (list) {
      process.stdout.write(`${names}\n`);
      return 0;
    }
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
      throw badUsage(`--version is "${version}", expected a release of Apache RocketMQ as 4.9.7`);
    }
    const count = wholeNumberFlag('rounds', rounds, 1);
    const chosen = ROWS.filter(({ name }) => name.includes(only));
    const chosenBeside = BESIDE_ROWS.filter(({ name }) => name.includes(only));
    if (chosen.length + chosenBeside.length === 0) {
      throw badUsage(`--only is "${only}", expected a part of one of these names:\n${names}`);
    }
    stopOnSignals();
    const facts = {
      commit: commit(),
      node: process.version,
      machine: machine(),
      apache: version,
    };
    for (const row of chosen) {
      process.stderr.write(`${row.name}: both brokers start, are warmed up, and take turns\n`);
      const comparison = await compareRow(row, version, count);
      process.stdout.write(`${JSON.stringify({ ...facts, ...comparison })}\n`);
      process.stdout.write(describeComparison(comparison));
    }
    for (const row of chosenBeside) {
      process.stderr.write(
        `${row.name}: both brokers start, are filled and warmed up, and take turns\n`,
      );
      const comparison = await compareBeside(row, version, count);
      process.stdout.write(`${JSON.stringify({ ...facts, ...comparison })}\n`);
      process.stdout.write(describeBeside(comparison));
    }
    return 0;
  },
});
