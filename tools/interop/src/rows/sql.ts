import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const sqlRow: ScenarioRow = {
  kind: 'scenario',
  name: 'sql',
  promise: 'SQL92 expressions let through what they say, broken ones are refused',
  judges: ALL_JUDGES,
  full: { count: 60 },
  timeoutMs: 120_000,
  isWaiting: true,
};
