import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const batchRow: ScenarioRow = {
  kind: 'scenario',
  name: 'batch',
  promise: 'a batch lies side by side in one queue and its answer names each message',
  judges: ALL_JUDGES,
  full: { count: 40 },
  quick: { count: 20 },
  timeoutMs: 60_000,
};
