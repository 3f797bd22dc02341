import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const retryRow: ScenarioRow = {
  kind: 'scenario',
  name: 'retry',
  promise: 'what a listener did not accept comes back at 10 s, 30 s ... with its id and count',
  judges: ALL_JUDGES,
  full: { levels: 2 },
  timeoutMs: 180_000,
  isWaiting: true,
};
