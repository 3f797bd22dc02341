import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const delayRow: ScenarioRow = {
  kind: 'scenario',
  name: 'delay',
  promise: 'each delay level delivers at its time',
  judges: ALL_JUDGES,
  full: { count: 20 },
  timeoutMs: 90_000,
  isWaiting: true,
};
