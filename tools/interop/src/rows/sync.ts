import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const syncRow: ScenarioRow = {
  kind: 'scenario',
  name: 'sync',
  promise: 'a message sent to a topic nobody created arrives with all it carries',
  judges: ALL_JUDGES,
  full: { count: 200 },
  quick: { count: 100 },
  timeoutMs: 60_000,
};
