import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const sharingRow: ScenarioRow = {
  kind: 'scenario',
  name: 'sharing',
  promise: 'two consumers of a group take half of the queues each, no message goes to both',
  judges: ALL_JUDGES,
  full: { count: 800 },
  quick: { count: 200 },
  timeoutMs: 90_000,
};
