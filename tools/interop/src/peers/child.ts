import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RocketMqError, toError } from '@orbitmq/kernel';

/** How long a process may take to end after SIGTERM before it is killed; Apache's broker was seen to need up to 18 s. */
const STOP_TIMEOUT_MS = 30_000;
/** How often readiness is asked. */
const READY_POLL_MS = 100;
/** The end of a log that an error shows. */
const TAIL_CHARACTERS = 2_000;

/** `term` lets the process close its files, `kill` is SIGKILL: what a crash looks like. */
export type StopKind = 'term' | 'kill';

/** A started process of a peer. */
export interface Service {
  readonly name: string;
  /** host:port where it answers. */
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  readonly directory: string;
  /** What it printed. */
  readonly logFile: string;
  /** True until the process has ended, for whatever reason. */
  isRunning(): boolean;
  /** Ends the process and waits for it; calling it again is harmless. */
  stop(kind?: StopKind): Promise<void>;
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function stopChild(child: ChildProcess, kind: StopKind): Promise<void> {
  if (!running.has(child)) return;
  const ended = endOf(child);
  child.kill(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** Stops every process this module started and that still runs. */
export async function stopEverything(kind: StopKind = 'term'): Promise<void> {
  await Promise.all([...running].map((child) => stopChild(child, kind)));
}

/** Makes Ctrl-C and SIGTERM stop all started processes before this one ends. */
export function stopOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      void stopEverything().finally(() => process.exit(code));
    });
  }
}

async function tailOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)');
  return text.slice(-TAIL_CHARACTERS);
}

async function spawnLogged(
  command: readonly string[],
  options: { readonly logFile: string; readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<ChildProcess> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  await once(log, 'open');
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', log, log],
    // Its own process group: the terminal's Ctrl-C reaches us alone, and we stop it in order.
    detached: true,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  await Promise.race([
    once(child, 'spawn'),
    once(child, 'error').then(([error]) => {
      // A program that is not on this machine is a reason to skip, not a failure.
      throw new RocketMqError(`${program} does not start: ${toError(error).message}`, {
        code: 'PEER_UNAVAILABLE',
        cause: error,
      });
    }),
  ]);
  log.close();
  return child;
}

export interface StartServiceOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly port: number;
  readonly directory: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves true once the service answers; false and a rejection both mean "not yet". */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

/**
 * Starts a process and waits until it answers.
 *
 * @throws {RocketMqError} `PEER_START_FAILED` when it ends or is not ready in time, the message holds the end of its
 *   log; `PEER_UNAVAILABLE` when there is no such program
 */
export async function startService(options: StartServiceOptions): Promise<Service> {
  const { name, port, directory } = options;
  const logFile = `${directory}/${name}.out`;
  const child = await spawnLogged(options.command, {
    logFile,
    cwd: directory,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const deadline = performance.now() + options.readyTimeoutMs;
  while (!(await options.isReady().catch(() => false))) {
    const isLate = performance.now() > deadline;
    if (isLate || !running.has(child)) {
      await stopChild(child, 'kill');
      throw new RocketMqError(
        `${name} ${isLate ? 'is not ready in time' : 'ended'}; ${logFile} ends:\n${await tailOf(logFile)}`,
        { code: 'PEER_START_FAILED' },
      );
    }
    await new Promise((resolve) => {
      setTimeout(resolve, READY_POLL_MS);
    });
  }
  return {
    name,
    address: `127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    directory,
    logFile,
    isRunning: () => running.has(child),
    stop: (kind = 'term') => stopChild(child, kind),
  };
}

export interface RunCommandOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunCommandResult {
  /** Exit code; -1 when the program does not exist or a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly isTimedOut: boolean;
}

/** Runs a program to its end, or kills it when the time is over. Never rejects for what the program does. */
export async function runCommand(
  command: readonly string[],
  options: RunCommandOptions,
): Promise<RunCommandResult> {
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs);
  const code = await new Promise<number>((resolve) => {
    child.once('close', (exitCode) => resolve(exitCode ?? -1));
    child.once('error', (error) => {
      output.stderr += error.message;
      resolve(-1);
    });
  });
  clearTimeout(timer);
  running.delete(child);
  return { code, ...output, isTimedOut };
}
