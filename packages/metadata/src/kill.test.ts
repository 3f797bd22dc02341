import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from '@jest/globals';
import { BrokerMetadata } from './index.ts';

const KILLS = 6;
const packagePath = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** Beside the package's sources, so that better-sqlite3 is found. */
const child = packagePath('test-results/write-until-killed.mjs');

beforeAll(() => {
  execFileSync(packagePath('../../node_modules/.bin/esbuild'), [
    packagePath('test/write-until-killed.ts'),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--conditions=@orbitmq/source',
    '--external:better-sqlite3',
    '--log-level=error',
    `--outfile=${child}`,
  ]);
});

/** Runs the child until it wrote `lines` lines, kills it, and gives everything it wrote. */
async function runAndKill(directory: string, lines: number): Promise<string[]> {
  const running = spawn(process.execPath, [child, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of running.stdout) {
    output += String(chunk);
    if (output.split('\n').length > lines) running.kill('SIGKILL');
  }
  return output.split('\n').slice(0, -1);
}

it('opens after SIGKILL at any moment with every topic put and every offset flushed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
  for (let run = 0; run < KILLS; run++) {
    const lines = await runAndKill(directory, 5 + run * 7);
    const told = (letter: string): number =>
      Math.max(
        0,
        ...lines.filter((line) => line.startsWith(letter)).map((line) => Number(line.slice(1))),
      );
    const metadata = await BrokerMetadata.open({ directory });
    expect(metadata.topic(`Topic${told('T')}`)).toBeDefined();
    expect(metadata.consumerOffset('Orders', 'Shop', 0)).toBeGreaterThanOrEqual(told('O'));
    await metadata.close();
  }
  rmSync(directory, { recursive: true, force: true });
}, 60_000);
