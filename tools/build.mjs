// Builds projects and what they are made of; nothing is shown but that it builds, unless it fails.
// Usage: node tools/build.mjs PROJECT...   (all of them when none is named)
// oxlint-disable-next-line import/no-unassigned-import -- what it does comes before all else
import './check-node.mjs';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail, runQuietly, step } from './steps.mjs';

const NX = 'node_modules/.bin/nx';

/** @param {readonly string[]} projects all of them when there are none. Ends the process when it cannot. */
export async function build(projects) {
  if (!existsSync(join(resolve(import.meta.dirname, '..'), NX))) {
    fail("nothing is installed yet: 'npm run setup' does it");
  }
  step('building');
  const selection = projects.length === 0 ? [] : ['--projects', projects.join(',')];
  await runQuietly(process.execPath, [NX, 'run-many', '-t', 'build', ...selection]);
}

if (process.argv[1] === import.meta.filename) {
  await build(process.argv.slice(2));
  process.exit();
}
