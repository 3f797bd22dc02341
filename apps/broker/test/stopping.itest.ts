/** The processes themselves, stopped as `npm start` and `npx mqbroker` are: by the terminal's signal and npm's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from './real-servers.ts';

const DEADLINE_MS = 30_000;

jest.setTimeout(2 * DEADLINE_MS);

let directory: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-stopping-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

/** Starts a command of this app, waits for what it prints when it serves, and presses Ctrl-C below npm. */
async function pressCtrlC(bin: string, args: readonly string[], isUp: string) {
  const started = spawn(process.execPath, [resolve('bin', bin), ...args], {
    env: { ...process.env, HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  let text = '';
  const exit = await new Promise<number | NodeJS.Signals | null>((settle) => {
    const onText = (chunk: Buffer): void => {
      const wasUp = text.includes(isUp);
      text += chunk.toString();
      if (wasUp || !text.includes(isUp)) return;
      started.kill('SIGINT');
      started.kill('SIGINT');
    };
    started.stdout.on('data', onText);
    started.stderr.on('data', onText);
    started.on('close', (code, signal) => settle(signal ?? code));
  });
  return { exit, text };
}

describe('Ctrl-C below npm, which signals twice', () => {
  it('stops npm start in order, with a last line that says so', async () => {
    const ports = { namesrv: await freePort(), broker: await freePort() };
    const args = ['--data', directory, '--namesrv-port', `${ports.namesrv}`];
    const { exit, text } = await pressCtrlC(
      'orbitmq.js',
      [...args, '--broker-port', `${ports.broker}`],
      'Ctrl-C stops it.',
    );
    expect(exit).toBe(0);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^stopped: /);
    // Written by a stop in order only.
    expect(await readFile(join(directory, 'store/config/topics.json'), 'utf8')).toContain('TBW102');
  });

  it('stops npx mqbroker in order', async () => {
    const file = join(directory, 'broker.properties');
    const store = join(directory, 'store');
    await writeFile(file, `listenPort=${await freePort()}\nstorePathRootDir=${store}\n`);
    const { exit } = await pressCtrlC('mqbroker.js', ['-c', file], 'boot success');
    expect(exit).toBe(0);
    expect(await readFile(join(store, 'config/topics.json'), 'utf8')).toContain('TBW102');
  });
});

it('npm start goes on, and stops in order, when nobody reads what it prints any more', async () => {
  const ports = { namesrv: await freePort(), broker: await freePort() };
  const args = ['--data', directory, '--namesrv-port', `${ports.namesrv}`];
  const started = spawn(
    process.execPath,
    [resolve('bin', 'orbitmq.js'), ...args, '--broker-port', `${ports.broker}`],
    { env: { ...process.env, HOME: directory }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child = started;
  const exit = await new Promise<number | NodeJS.Signals | null>((settle) => {
    started.on('exit', (code, signal) => settle(signal ?? code));
    started.stdout.on('data', (chunk: Buffer) => {
      if (!chunk.toString().includes('Ctrl-C stops it.')) return;
      started.stdout.destroy();
      started.stderr.destroy();
      // It has something to print while it stops.
      started.kill('SIGINT');
    });
  });
  expect(exit).toBe(0);
  expect(await readFile(join(directory, 'store/config/topics.json'), 'utf8')).toContain('TBW102');
});
