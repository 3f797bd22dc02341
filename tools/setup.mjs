// Brings a checkout to where it can run: dependencies, the one native addon, the build. What is there
// already is left alone, so that it may run before every start; what an interrupted run left half done is
// done again. Needs nothing but Node.js and npm.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail, runQuietly, runShown, step } from './steps.mjs';

const root = resolve(import.meta.dirname, '..');
// Goes with node_modules, which `npm ci` removes first: an installation that did not come to its end has none.
const stamp = join(root, 'node_modules/.orbitmq-setup');
const MIN_NODE = [20, 19];

/** Sets up the checkout. Ends the process with one line of reason when it cannot. */
export async function setUp({ projects } = {}) {
  checkNode();
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = `${lock} ${process.versions.modules}`;
  const known = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (known !== wanted) {
    step('installing dependencies (first time: about a minute)');
    await runShown('npm', [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
    step('compiling the SQLite addon (first time: up to three minutes; kept in ~/.cache/orbitmq)');
    await runShown(process.execPath, ['tools/native-addon.mjs']);
    writeFileSync(stamp, wanted);
  }
  step('building');
  const selection = projects === undefined ? [] : ['--projects', projects.join(',')];
  await runQuietly(process.execPath, [
    'node_modules/.bin/nx',
    'run-many',
    '-t',
    'build',
    ...selection,
  ]);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  fail(`Node.js ${MIN_NODE.join('.')} or newer is needed, this is ${process.versions.node}`);
}

if (process.argv[1] === import.meta.filename) {
  await setUp();
  process.exit();
}
