// Brings a checkout to where it can run: dependencies, the one native addon, the build. What is there
// already is left alone, so that it may run before every start; what an interrupted run left half done is
// done again. Needs nothing but Node.js and npm.
// oxlint-disable-next-line import/no-unassigned-import -- what it does comes before all else
import './check-node.mjs';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from './build.mjs';
import { runShown, step } from './steps.mjs';

const root = resolve(import.meta.dirname, '..');
// Both go with node_modules, which `npm ci` removes first: what did not come to its end has none.
const installedStamp = join(root, 'node_modules/.orbitmq-installed');
const stamp = join(root, 'node_modules/.orbitmq-setup');

/** Sets up the checkout. Ends the process with one line of reason when it cannot. */
export async function setUp({ projects = [] } = {}) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = `${lock} ${process.versions.modules}`;
  if (!holds(stamp, wanted)) {
    if (!holds(installedStamp, wanted)) {
      step('installing dependencies (first time: about a minute)');
      await runShown('npm', [
        'ci',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
      ]);
      writeFileSync(installedStamp, wanted);
    }
    step('compiling the SQLite addon (first time: up to three minutes; kept in ~/.cache/orbitmq)');
    // What an interrupted compiler left may look whole.
    rmSync(join(root, 'node_modules/better-sqlite3/build'), { recursive: true, force: true });
    await runShown(process.execPath, ['tools/native-addon.mjs']);
    writeFileSync(stamp, wanted);
  }
  await build(projects);
}

function holds(file, wanted) {
  return existsSync(file) && readFileSync(file, 'utf8') === wanted;
}

if (process.argv[1] === import.meta.filename) {
  await setUp();
  process.exit();
}
