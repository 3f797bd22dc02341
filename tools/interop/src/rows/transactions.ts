import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const transactionsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'transactions',
  promise: 'nothing is seen before its commit, unknown ones are asked for',
  judges: ALL_JUDGES,
  full: { count: 40 },
  timeoutMs: 120_000,
  isWaiting: true,
};
