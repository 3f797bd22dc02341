// `npm test`: sets up what is missing, then runs every test of every package and says how many passed.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { setUp, step } from './setup.mjs';

const root = resolve(import.meta.dirname, '..');
setUp();
step('testing');
const nx = spawnSync(
  process.execPath,
  ['node_modules/.bin/nx', 'run-many', '-t', 'test', 'test:integration', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' } },
);
const sum = spawnSync(process.execPath, ['tools/sum-tests.mjs'], { cwd: root, stdio: 'inherit' });
process.exitCode = nx.status !== 0 ? 1 : (sum.status ?? 1);
