import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const tagsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'tags',
  promise: 'a group gets the tags it asked for, also where two tags share a hash code',
  judges: ALL_JUDGES,
  full: { count: 250 },
  quick: { count: 100 },
  timeoutMs: 60_000,
};
