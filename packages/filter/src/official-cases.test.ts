import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { errorCode } from '@orbitmq/kernel';
import { compileExpression } from './index.ts';

/** Made by the official filter of 5.5.0: `judge.SqlCases` of tools/interop, a case a line. */
interface OfficialCase {
  readonly expression: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly says: 'match' | 'none' | 'refused' | 'ignores-rest';
}

const CASES = readFileSync(new URL('../test-data/sql92.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as OfficialCase);

function says({ expression, properties }: OfficialCase): 'match' | 'none' | 'refused' {
  try {
    const compiled = compileExpression(expression);
    return compiled.matches((name) => properties[name]) ? 'match' : 'none';
  } catch (error) {
    if (errorCode(error) !== 'FILTER_MALFORMED') throw error;
    return 'refused';
  }
}

it('says to expressions of every kind what the official filter says', () => {
  const wrong = CASES.filter((one) => one.says !== 'ignores-rest' && says(one) !== one.says);
  expect(wrong).toEqual([]);
  const kinds = CASES.map((one) => one.says);
  for (const kind of ['match', 'none', 'refused', 'ignores-rest'] as const) {
    expect(kinds.filter((one) => one === kind).length).toBeGreaterThan(20);
  }
});

it('refuses what has something behind a whole expression, where the official filter stops reading', () => {
  const taken = CASES.filter((one) => one.says === 'ignores-rest' && says(one) !== 'refused');
  expect(taken).toEqual([]);
});
