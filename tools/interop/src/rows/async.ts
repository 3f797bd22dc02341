import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const asyncRow: ScenarioRow = {
  kind: 'scenario',
  name: 'async',
  promise: '64 asynchronous sends at a time: each is answered once and arrives',
  judges: ALL_JUDGES,
  full: { count: 2_000 },
  quick: { count: 500 },
  timeoutMs: 60_000,
};
