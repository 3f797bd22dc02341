import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const orderRetryRow: ScenarioRow = {
  kind: 'scenario',
  name: 'order-retry',
  promise:
    'what an orderly listener refuses comes every second and stops its queue alone, until it is a dead letter',
  judges: ALL_JUDGES,
  full: { max: 2 },
  timeoutMs: 240_000,
  isWaiting: true,
};
