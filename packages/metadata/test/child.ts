/** Child processes of tests, and the directories in which they run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { topicConfig } from './configs.ts';

const packagePath = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Bundles `test/<name>.ts`, beside the package's sources, so that better-sqlite3 is found. @returns its path */
export function bundleChild(name: string): string {
  const path = packagePath(`test-results/${name}.mjs`);
  execFileSync(packagePath('../../node_modules/.bin/esbuild'), [
    packagePath(`test/${name}.ts`),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--conditions=@orbitmq/source',
    '--external:better-sqlite3',
    '--log-level=error',
    `--outfile=${path}`,
  ]);
  return path;
}

/** A directory as an Apache broker left it, with topics `Topic1` to `Topic<count>`. */
export function apacheDirectory(topics: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
  const names = Array.from({ length: topics }, (_, index) => `Topic${index + 1}`);
  const topicConfigTable = Object.fromEntries(names.map((name) => [name, topicConfig(name)]));
  writeFileSync(join(directory, 'topics.json'), JSON.stringify({ topicConfigTable }));
  return directory;
}
