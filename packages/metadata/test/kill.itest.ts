import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { parseFastJson } from '@orbitmq/protocol';
import { BrokerMetadata, DATABASE_FILE, DatabaseView } from '../src/index.ts';
import { apacheDirectory, bundleChild } from './child.ts';

const KILLS = 24;
/** A start takes some 150 ms: kills fall into opening, importing, writing, exporting and closing. */
const MAX_DELAY_MS = 450;
const IMPORTED_TOPICS = 300;
const JSON_FILES = [
  'topics.json',
  'subscriptionGroup.json',
  'consumerOffset.json',
  'delayOffset.json',
];
let child = '';

beforeAll(() => {
  child = bundleChild('write-until-killed');
});

/** Runs the child for so long, kills it, and gives the lines that it wrote whole. */
async function runAndKill(directory: string, delayMs: number): Promise<string[]> {
  const running = spawn(process.execPath, [child, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  setTimeout(() => running.kill('SIGKILL'), delayMs);
  let output = '';
  for await (const chunk of running.stdout) output += String(chunk);
  return output.split('\n').slice(0, -1);
}

async function databaseProblems(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  await using view = await DatabaseView.open(path);
  return view.problems();
}

async function expectWhole(directory: string): Promise<void> {
  expect(await databaseProblems(join(directory, DATABASE_FILE))).toEqual([]);
  // One of a file and its copy is whole at any moment.
  for (const name of JSON_FILES) {
    const copies = [name, `${name}.bak`].map((each) => join(directory, each));
    const contents = copies.filter((each) => existsSync(each)).map((each) => readFileSync(each));
    expect(contents.length === 0 || contents.some(isJson)).toBe(true);
  }
}

function isJson(content: Buffer): boolean {
  try {
    parseFastJson(content);
    return true;
  } catch {
    return false;
  }
}

it('opens after SIGKILL at any moment with every topic put and every offset flushed', async () => {
  let directory = apacheDirectory(IMPORTED_TOPICS);
  let topics = IMPORTED_TOPICS;
  let offset = 0;
  for (let run = 0; run < KILLS; run++) {
    // A new directory now and then, so that kills fall into the first import as well.
    if (run % 8 === 0) {
      rmSync(directory, { recursive: true, force: true });
      directory = apacheDirectory(IMPORTED_TOPICS);
      topics = IMPORTED_TOPICS;
      offset = 0;
    }
    const delayMs = Math.floor(Math.random() * MAX_DELAY_MS);
    const lines = await runAndKill(directory, delayMs);
    for (const line of lines) {
      if (line.startsWith('T')) topics = Math.max(topics, Number(line.slice(1)));
      else offset = Math.max(offset, Number(line.slice(1)));
    }
    const where = `run ${run}, killed after ${delayMs} ms`;
    await expectWhole(directory);
    // Not closed: the next child finds what the kill left.
    const copy = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-copy-'));
    execFileSync('cp', ['-a', `${directory}/.`, copy]);
    const metadata = await BrokerMetadata.open({ directory: copy });
    expect([where, [...metadata.topics()].length >= topics]).toEqual([where, true]);
    expect([where, metadata.topic(`Topic${topics}`)?.topicName]).toEqual([where, `Topic${topics}`]);
    const kept = metadata.consumerOffset('Orders', 'Shop', 0) ?? 0;
    expect([where, kept >= offset, kept, offset]).toEqual([where, true, kept, offset]);
    await metadata.close();
    rmSync(copy, { recursive: true, force: true });
  }
  rmSync(directory, { recursive: true, force: true });
}, 120_000);
