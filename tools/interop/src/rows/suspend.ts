import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const suspendRow: ScenarioRow = {
  kind: 'scenario',
  name: 'suspend',
  promise:
    'a suspended consumer gets nothing and goes on where it was; of a topic it left it gets nothing more',
  judges: ALL_JUDGES,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
