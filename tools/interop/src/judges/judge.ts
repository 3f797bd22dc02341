import { mkdir } from 'node:fs/promises';
import type { Cluster } from '../cluster.ts';
import { runCommand } from '../peers/index.ts';

/** Whose client decides. */
export type JudgeName = 'java-4.9.7' | 'java-5.5.0' | 'go' | 'sdk';

/** A program that runs one scenario: `... SCENARIO NAMESRV key=value ...`. */
export interface Judge {
  readonly name: JudgeName;
  /** The program's command line up to the scenario; `home` is a directory of its own for this run. */
  command(home: string): readonly string[];
}

export interface Verdict {
  readonly isOk: boolean;
  /** What was wrong; empty when all held. */
  readonly reason: string;
  /** Numbers the scenario reported, e.g. duplicates. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Everything the judge printed. */
  readonly log: string;
}

export interface JudgeRun {
  readonly scenario: string;
  readonly cluster: Pick<Cluster, 'namesrv' | 'broker'>;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly directory: string;
  readonly timeoutMs: number;
}

function lastJson(text: string): Record<string, unknown> | undefined {
  const line = text
    .split('\n')
    .toReversed()
    .find((candidate) => candidate.startsWith('{'));
  if (line === undefined) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** What the last line of a judge's output means, given its exit code. */
export function verdictOf(code: number, stdout: string, stderr: string): Verdict {
  const result = lastJson(stdout);
  const log = `${stdout}\n${stderr}`;
  const { ok, error, scenario: _, ...facts } = result ?? {};
  if (code === 0 && ok === true) return { isOk: true, reason: '', facts, log };
  const reason = typeof error === 'string' ? error : `exit code ${code} without a result`;
  return { isOk: false, reason, facts, log };
}

/** `name=value name=value`. */
export function printFacts(facts: Verdict['facts']): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ');
}

/** Runs one scenario in a process of its own. */
export async function runJudge(judge: Judge, run: JudgeRun): Promise<Verdict> {
  await mkdir(run.directory, { recursive: true });
  const parameters = Object.entries(run.parameters).map(([key, value]) => `${key}=${value}`);
  const command = [
    ...judge.command(run.directory),
    run.scenario,
    run.cluster.namesrv.address,
    `broker=${run.cluster.broker.address}`,
    ...parameters,
  ];
  const env = { ...process.env, HOME: run.directory };
  const { timeoutMs, directory } = run;
  const result = await runCommand(command, { cwd: directory, timeoutMs, env });
  const verdict = verdictOf(result.code, result.stdout, result.stderr);
  if (!result.isTimedOut) return verdict;
  return { ...verdict, isOk: false, reason: `not done within ${timeoutMs} ms` };
}
