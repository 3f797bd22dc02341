import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, toError } from '@orbitmq/kernel';
import { FailureLogs } from './failures.ts';
import { makeJudge } from './judges/index.ts';
import type { Judge, JudgeName } from './judges/judge.ts';
import { printMarkdown } from './markdown.ts';
import { type Cell, printMatrix, printTotals } from './matrix.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { APACHE_VERSIONS, fetchPeer, stopEverything, stopOnSignals } from './peers/index.ts';
import { type Plan, planRun } from './plan.ts';
import { mergeResults, readResults, writeResults } from './results.ts';
import { ROWS } from './rows/index.ts';
import { Runner } from './runner.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Makes a judge; a missing registry or tool becomes the reason its rows are skipped. */
async function prepareJudge(name: JudgeName): Promise<Judge | string> {
  return makeJudge(name, print).catch((error: unknown) => {
    if (errorCode(error) !== 'PEER_UNAVAILABLE') throw error;
    const reason = toError(error).message;
    print(`skipped: ${name} is not available: ${reason}`);
    return reason;
  });
}

async function prepareJudges(plan: Plan): Promise<ReadonlyMap<JudgeName, Judge | string>> {
  const cells = plan.groups.flatMap((group) => group.cells);
  const judges = new Map<JudgeName, Judge | string>();
  for (const name of new Set(cells.map((cell) => cell.pair.judge))) {
    judges.set(name, await prepareJudge(name));
  }
  return judges;
}

/** Fetches the servers, so that no row's time contains a download. What cannot be had is skipped row by row. */
async function prepareServers(plan: Plan): Promise<void> {
  for (const target of new Set(plan.groups.map((group) => group.target))) {
    if (target === 'orbit') continue;
    await fetchPeer(target.replace('apache-', ''), print).catch((error: unknown) => {
      print(`skipped: ${toError(error).message}`);
    });
  }
}

async function runAll(options: Options): Promise<number> {
  const startedMs = performance.now();
  const plan = planRun(ROWS, options);
  const stamp = new Date().toISOString().replaceAll(/[:.]/gu, '-');
  const failures = new FailureLogs(join(PACKAGE_ROOT, 'out', stamp));
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-interop-'));
  stopOnSignals();
  try {
    await prepareServers(plan);
    const judges = await prepareJudges(plan);
    const { isQuick, minutes } = options;
    const endsAtMs = minutes === undefined ? Infinity : startedMs + minutes * 60_000;
    const runner = new Runner({ directory, failures, isQuick, judges, endsAtMs, print });
    const cells = await runner.run(plan);
    const scenarioRows = new Set(ROWS.filter(({ kind }) => kind === 'scenario').map((r) => r.name));
    for (const isScenario of [true, false]) {
      const part = cells.filter((cell) => scenarioRows.has(cell.row) === isScenario);
      if (part.length > 0) print(`\n${printMatrix(part)}`);
    }
    if (options.markdownFile !== undefined) await writeMarkdown(options.markdownFile, cells);
    print(`\n${printTotals(cells)}`);
    const hasFailed = cells.some((cell) => cell.outcome === 'fail');
    if (hasFailed) print(`logs of the failures: ${failures.directory}`);
    return hasFailed ? 1 : 0;
  } finally {
    await stopEverything('kill');
    await rm(directory, { recursive: true, force: true });
  }
}

/** The Go client that the judge is built with. */
async function goClientVersion(): Promise<string> {
  const text = await readFile(join(PACKAGE_ROOT, 'go/go.mod'), 'utf8');
  return /rocketmq-client-go\/v2 (v\S+)/u.exec(text)?.[1] ?? 'v2';
}

async function writeMarkdown(file: string, cells: readonly Cell[]): Promise<void> {
  const resultsFile = `${file.replace(/\.md$/u, '')}.json`;
  const today = new Date().toISOString().slice(0, 10);
  const results = mergeResults(await readResults(resultsFile), cells, today);
  await writeResults(resultsFile, results);
  const versions = {
    apache: APACHE_VERSIONS,
    goClient: await goClientVersion(),
    node: process.versions.node,
  };
  await writeFile(file, printMarkdown(ROWS, results, versions));
}

/** The command; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv);
    if (options.isHelp) {
      print(USAGE);
      return 0;
    }
    if (options.isList) {
      for (const row of ROWS) print(`${row.name.padEnd(24)} ${row.promise}`);
      return 0;
    }
    return await runAll(options);
  } catch (error) {
    if (errorCode(error) !== 'BAD_USAGE') throw error;
    process.stderr.write(`${toError(error).message}\n${USAGE}`);
    return 2;
  }
}
