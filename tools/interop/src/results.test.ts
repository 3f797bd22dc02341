import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { printMarkdown } from './markdown.ts';
import type { Cell } from './matrix.ts';
import { mergeResults, readResults, writeResults } from './results.ts';
import type { Row } from './row.ts';

const PASSED: Cell = {
  row: 'sync',
  column: 'go > orbit',
  outcome: 'pass',
  seconds: 1.23,
  reason: '',
};
const FAILED: Cell = { ...PASSED, outcome: 'fail', reason: 'lost 1: 7\nat …' };
const SKIPPED: Cell = { ...PASSED, outcome: 'skip', seconds: 0, reason: 'no Go' };

it('keeps the newest outcome of each cell, and what was run over what was skipped', () => {
  const first = mergeResults([], [PASSED], '2026-01-01');
  expect(mergeResults(first, [FAILED], '2026-01-02')).toEqual([
    { ...FAILED, seconds: 1.2, reason: 'lost 1: 7', date: '2026-01-02' },
  ]);
  expect(mergeResults(first, [SKIPPED], '2026-01-02')).toEqual(first);
  expect(mergeResults(first, [{ ...PASSED, row: 'tags' }], '2026-01-02')).toHaveLength(2);
});

it('refuses a file that holds something else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-results-'));
  try {
    const file = join(directory, 'results.json');
    expect(await readResults(file)).toEqual([]);
    const results = mergeResults([], [PASSED, { ...FAILED, row: 'tags' }], '2026-01-01');
    await writeResults(file, results);
    expect(await readResults(file)).toEqual(results);
    await writeFile(file, '[{"row":"sync"}]');
    await expect(readResults(file)).rejects.toMatchObject({ code: 'RESULTS_BROKEN' });
    await writeFile(file, '[');
    await expect(readResults(file)).rejects.toMatchObject({ code: 'RESULTS_BROKEN' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

it('prints a page that names every failure, and no row that is gone', () => {
  const rows: readonly Row[] = [
    {
      kind: 'scenario',
      name: 'sync',
      promise: 'a | b',
      judges: ['go'],
      full: {},
      timeoutMs: 1,
    },
  ];
  const results = mergeResults([], [FAILED, { ...PASSED, row: 'gone' }], '2026-01-01');
  const page = printMarkdown(rows, results, { apache: ['4.9.7'], goClient: 'v2.1', node: '20' });
  expect(page).toContain('| `sync`: a \\| b | **fails** |');
  expect(page).toContain('- `sync`, go > orbit: fails: lost 1: 7');
  expect(page).toContain('0 of 1 passed');
  expect(page).not.toContain('gone');
});

it('shows official pairs in a table of their own', () => {
  const rows: readonly Row[] = [
    { kind: 'scenario', name: 'sync', promise: 'p', judges: ['go'], full: {}, timeoutMs: 1 },
  ];
  const calibrated = { ...PASSED, column: 'go > apache-4.9.7' };
  const versions = { apache: ['4.9.7'], goClient: 'v2.1', node: '20' };
  const without = printMarkdown(rows, mergeResults([], [PASSED], '2026-01-01'), versions);
  expect(without).not.toContain('against official servers');
  const both = mergeResults([], [PASSED, calibrated], '2026-01-01');
  const [ours, theirs] = printMarkdown(rows, both, versions).split('official servers\n');
  expect(ours).toContain('go<br>→ orbit');
  expect(ours).not.toContain('go<br>→ apache-4.9.7');
  expect(theirs).toContain('go<br>→ apache-4.9.7');
});
