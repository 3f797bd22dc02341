import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const orderRow: ScenarioRow = {
  kind: 'scenario',
  name: 'order',
  promise: 'messages of a key stay in order through a retry in place and a rebalance',
  judges: ALL_JUDGES,
  full: { count: 60 },
  timeoutMs: 120_000,
  isWaiting: true,
};
