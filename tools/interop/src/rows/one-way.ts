import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const oneWayRow: ScenarioRow = {
  kind: 'scenario',
  name: 'one-way',
  promise: 'what is sent without an answer arrives',
  judges: ALL_JUDGES,
  full: { count: 500 },
  quick: { count: 200 },
  timeoutMs: 60_000,
};
