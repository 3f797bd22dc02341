/** A broker as a process of its own, with a home, a store and logs below one directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './broker-fixture.ts';

const BOOT_MS = 30_000;

export interface BrokerProcess extends AsyncDisposable {
  readonly address: string;
  readonly pid: number;
  /** Lines of its log files so far, as JSON. */
  logLines(): Promise<string[]>;
  /** Ends it as an operator does; its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Resolves when it serves.
 *
 * @param directory its home: `conf/` is read there
 * @param keys settings by Apache's names
 */
export async function startBrokerProcess(
  directory: string,
  keys: Readonly<Record<string, string>> = {},
): Promise<BrokerProcess> {
  const port = await freePort();
  const settings = {
    brokerName: 'broker-a',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    listenPort: String(port),
    namesrvAddr: '',
    rocketmqHome: directory,
    storePathRootDir: join(directory, 'store'),
    ...keys,
  };
  await mkdir(join(directory, 'conf'), { recursive: true });
  const file = join(directory, 'broker.properties');
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(file, lines.join(''));
  const program = join(import.meta.dirname, '../bin/mqbroker.js');
  const env = { ...process.env, HOME: directory };
  const child = spawn(process.execPath, [program, '-c', file], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await booted(child);
  const logs = join(directory, 'logs', 'rocketmqlogs');
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    return child.exitCode;
  };
  return {
    address: `127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    stop,
    async logLines() {
      const names = (await readdir(logs)).filter((name) => name.endsWith('.log'));
      const texts = await Promise.all(names.map((name) => readFile(join(logs, name), 'utf8')));
      return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function booted(child: ChildProcess): Promise<void> {
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the broker does not boot')), BOOT_MS);
    child.stdout?.on('data', (text) => {
      output.push(String(text));
      if (!output.join('').includes('boot success')) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the broker ended with code ${code}: ${output.join('')}`));
    });
  });
}
