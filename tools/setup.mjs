// Brings a checkout to where it can run: dependencies, the one native addon, the build. What is there
// already is left alone, so that it may run before every start. Needs nothing but Node.js and npm.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const stamp = join(root, 'node_modules/.orbitmq-setup');
const MIN_NODE = [20, 19];

/** Sets up the checkout. Ends the process with one line of reason when it cannot. */
export function setUp({ projects } = {}) {
  checkNode();
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = `${lock} ${process.versions.modules}`;
  const known = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (known !== wanted) {
    step('installing dependencies (first time: about a minute)');
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    step('compiling the SQLite addon (first time: up to three minutes; kept in ~/.cache/orbitmq)');
    run(process.execPath, ['tools/native-addon.mjs']);
    writeFileSync(stamp, wanted);
  }
  step('building');
  const selection = projects === undefined ? [] : ['--projects', projects.join(',')];
  run(process.execPath, ['node_modules/.bin/nx', 'run-many', '-t', 'build', ...selection], {
    isQuiet: true,
  });
}

/** Runs a command at the root; its output is shown only when it fails, if it is to be quiet. */
export function run(command, args, { isQuiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: isQuiet ? 'pipe' : 'inherit',
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
  });
  if (result.status === 0) return;
  // Ctrl-C: whoever pressed it knows.
  if (result.signal !== null) process.exit(128 + constants.signals[result.signal]);
  if (isQuiet) process.stderr.write(`${result.stdout}${result.stderr}`);
  fail(
    `'${command} ${args.slice(0, 3).join(' ')}' failed: ${result.error?.message ?? `exit status ${result.status}`}`,
  );
}

export function step(text) {
  process.stderr.write(`orbitmq: ${text}\n`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  fail(`Node.js ${MIN_NODE.join('.')} or newer is needed, this is ${process.versions.node}`);
}

function fail(reason) {
  process.stderr.write(`orbitmq: ${reason}\n`);
  process.exit(1);
}

if (process.argv[1] === import.meta.filename) setUp();
