import { readFile, writeFile } from 'node:fs/promises';
import { RocketMqError, toError } from '@orbitmq/kernel';
import type { Cell } from './matrix.ts';

/** How a cell last ended, and when. */
export interface Result extends Cell {
  /** `2026-11-25`, UTC. */
  readonly date: string;
}

function isResult(value: unknown): value is Result {
  if (typeof value !== 'object' || value === null) return false;
  const { row, column, outcome, seconds, reason, date } = value as Partial<Result>;
  return (
    [row, column, reason, date].every((text) => typeof text === 'string') &&
    typeof seconds === 'number' &&
    (outcome === 'pass' || outcome === 'fail' || outcome === 'skip')
  );
}

/** What earlier runs found; empty when there was none. @throws {RocketMqError} `RESULTS_BROKEN` */
export async function readResults(file: string): Promise<readonly Result[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '[]';
  });
  try {
    const results: unknown = JSON.parse(text);
    if (Array.isArray(results) && results.every(isResult)) return results;
  } catch (error) {
    throw new RocketMqError(`${file} is no JSON: ${toError(error).message}`, {
      code: 'RESULTS_BROKEN',
      cause: error,
    });
  }
  throw new RocketMqError(`${file} does not hold results`, { code: 'RESULTS_BROKEN' });
}

export async function writeResults(file: string, results: readonly Result[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

function keyOf({ row, column }: Cell): string {
  return `${row}@${column}`;
}

/**
 * Puts a run's cells over earlier ones, so that the matrix may be run in portions. A cell that was skipped
 * says nothing new about one that was run before.
 */
export function mergeResults(
  earlier: readonly Result[],
  cells: readonly Cell[],
  date: string,
): readonly Result[] {
  const merged = new Map(earlier.map((result) => [keyOf(result), result]));
  for (const cell of cells) {
    const known = merged.get(keyOf(cell));
    if (cell.outcome === 'skip' && known !== undefined) continue;
    const reason = (cell.reason.split('\n')[0] ?? '').slice(0, 300);
    merged.set(keyOf(cell), { ...cell, seconds: Number(cell.seconds.toFixed(1)), reason, date });
  }
  return [...merged.values()];
}
