// The steps of a set-up: programs that run one after the other at the root, and end with it when it is
// interrupted. Importing this file takes over SIGINT, SIGTERM and SIGHUP.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
/** npm takes back what it installed before it ends, for many seconds; the next run starts anew anyway. */
const PATIENCE_MS = 1_000;

let current;
let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
// Node.js undoes at its start that nohup had this one ignored.
process.on('SIGHUP', process.stderr.isTTY ? stop : () => {});

/** Runs a program with its output on the terminal. Ends the process when it fails. */
export async function runShown(command, args) {
  const { reason } = await runProgram(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (reason !== undefined) failOf(command, args, reason);
}

/** Runs a program whose output is shown only when it fails, which ends the process. */
export async function runQuietly(command, args) {
  const { reason, output } = await runProgram(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (reason === undefined) return;
  process.stderr.write(output);
  failOf(command, args, reason);
}

/** @returns why it failed, if it did, and what it wrote to pipes */
export async function runProgram(command, args, { stdio }) {
  const child = spawn(command, args, {
    cwd: root,
    stdio,
    // A group of its own: Ctrl-C reaches this process alone, which then ends the whole group.
    detached: true,
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
  });
  current = child;
  const chunks = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  child.stderr?.on('data', (chunk) => chunks.push(chunk));
  const reason = await new Promise((settle) => {
    child.on('error', (error) => settle(error.message));
    child.on('close', (status, signal) => {
      if (status === 0) settle(undefined);
      else settle(signal === null ? `exit status ${status}` : `ended by ${signal}`);
    });
  });
  // Who stops ends the process; nothing goes on meanwhile.
  if (isStopping) await new Promise(() => {});
  current = undefined;
  return { reason, output: Buffer.concat(chunks) };
}

export function step(text) {
  process.stderr.write(`orbitmq: ${text}\n`);
}

export function fail(reason) {
  process.stderr.write(`orbitmq: ${reason}\n`);
  process.exit(1);
}

function failOf(command, args, reason) {
  fail(`'${[command, ...args].slice(0, 4).join(' ')}' failed: ${reason}`);
}

/** npm passes on a signal that the terminal has sent to all already: only the first one counts. */
function stop(signal) {
  if (isStopping) return;
  isStopping = true;
  const end = () => {
    killGroup('SIGKILL');
    process.stderr.write('\norbitmq: interrupted; the same command goes on from here\n');
    // Node.js would crash while it gives back the settings of a terminal that is gone.
    if (signal === 'SIGHUP') process.kill(process.pid, 'SIGKILL');
    process.exit(128 + constants.signals[signal]);
  };
  if (current === undefined || current.exitCode !== null) return end();
  current.on('exit', end);
  killGroup('SIGTERM');
  setTimeout(end, PATIENCE_MS);
}

function killGroup(signal) {
  if (current?.pid === undefined) return;
  try {
    process.kill(-current.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
