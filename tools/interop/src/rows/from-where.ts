import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const fromWhereRow: ScenarioRow = {
  kind: 'scenario',
  name: 'from-where',
  promise: 'a new group begins where official brokers let it begin',
  judges: ALL_JUDGES,
  full: { count: 40 },
  timeoutMs: 90_000,
  isWaiting: true,
};
