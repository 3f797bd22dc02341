import { expect, it } from '@jest/globals';
import { ALL_JUDGES } from '../judges/names.ts';
import { ROWS } from './index.ts';

it('asks every client for every scenario, or says why not', () => {
  for (const row of ROWS) {
    if (row.kind !== 'scenario') continue;
    const { name, judges, notAsked = {} } = row;
    expect([name, [...judges, ...Object.keys(notAsked)].toSorted()]).toEqual([
      name,
      ALL_JUDGES.toSorted(),
    ]);
  }
});

it('has each row once', () => {
  const names = ROWS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
