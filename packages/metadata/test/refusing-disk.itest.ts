/** A system that lets no file grow beyond a limit: SQLite and the JSON files meet it at ever later writes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { parseFastJson } from '@orbitmq/protocol';
import { BrokerMetadata, DATABASE_FILE, DatabaseView } from '../src/index.ts';
import { apacheDirectory, bundleChild } from './child.ts';

const IMPORTED_TOPICS = 20;
/** `ulimit -f` counts so many bytes. */
const BLOCK_BYTES = 512;
const STEP_BYTES = 4096;
/** Well above all that the child writes. */
const MAX_BYTES = 2 * 1024 * 1024;
const JSON_FILES = ['topics.json', 'consumerOffset.json'];
let child = '';

beforeAll(() => {
  child = bundleChild('write-until-refused');
});

/** @returns the lines that the child wrote */
function runLimited(directory: string, limitBytes: number): string[] {
  const limit = String(Math.floor(limitBytes / BLOCK_BYTES));
  const command = 'ulimit -f "$1"; shift; exec "$@"';
  const args = ['-c', command, 'sh', limit, process.execPath, child, directory];
  const { stdout, stderr, status } = spawnSync('sh', args, { encoding: 'utf8' });
  expect([limitBytes, status, stderr]).toEqual([limitBytes, 0, '']);
  return stdout.split('\n').slice(0, -1);
}

async function databaseProblems(path: string): Promise<string[]> {
  if (!existsSync(path) || readFileSync(path).length === 0) return [];
  await using view = await DatabaseView.open(path);
  return view.problems();
}

function isReadable(path: string): boolean {
  try {
    parseFastJson(readFileSync(path));
    return true;
  } catch {
    return false;
  }
}

/** What of that which the child was told is not there. */
async function lost(directory: string, lines: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  await using metadata = await BrokerMetadata.open({ directory });
  const topics = lines.filter((line) => line.startsWith('T')).map((line) => `New${line.slice(1)}`);
  const imported = Array.from({ length: IMPORTED_TOPICS }, (_, index) => `Topic${index + 1}`);
  for (const name of [...topics, ...imported]) {
    if (metadata.topic(name) === undefined) found.push(name);
  }
  const offsets = lines.filter((line) => line.startsWith('O')).map((line) => Number(line.slice(1)));
  const promised = Math.max(0, ...offsets);
  for (const group of ['Group0', 'Group39']) {
    const offset = metadata.consumerOffset('Orders', group, 0) ?? 0;
    if (offset < promised) found.push(`${group} is at ${offset} instead of ${promised}`);
  }
  return found;
}

it('keeps what it promised on a disk that refuses, at whatever size of its files', async () => {
  let failures = 0;
  let hasPassed = false;
  for (let limit = 0; limit <= MAX_BYTES && !hasPassed; limit += STEP_BYTES) {
    const directory = apacheDirectory(IMPORTED_TOPICS);
    const lines = runLimited(directory, limit);
    const refused = lines.filter((line) => line.startsWith('F')).length;
    failures += refused;
    hasPassed = refused === 0;
    const unreadable = JSON_FILES.map((name) => join(directory, name)).filter(
      (path) => existsSync(path) && !isReadable(path) && !isReadable(`${path}.bak`),
    );
    const problems = await databaseProblems(join(directory, DATABASE_FILE));
    expect([limit, problems, unreadable, await lost(directory, lines)]).toEqual([
      limit,
      [],
      [],
      [],
    ]);
    rmSync(directory, { recursive: true });
  }
  expect(hasPassed).toBe(true);
  expect(failures).toBeGreaterThan(20);
}, 300_000);
