import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const broadcastRow: ScenarioRow = {
  kind: 'scenario',
  name: 'broadcast',
  promise: 'each instance of a broadcasting group gets everything',
  judges: ALL_JUDGES,
  full: { count: 100 },
  timeoutMs: 90_000,
  isWaiting: true,
};
