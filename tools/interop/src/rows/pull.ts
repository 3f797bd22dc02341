import { OFFICIAL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const pullRow: ScenarioRow = {
  kind: 'scenario',
  name: 'pull',
  promise: 'the classic pull consumer sees statuses and offsets as from an official broker',
  judges: OFFICIAL_JUDGES,
  notAsked: { sdk: 'it has the lite pull consumer alone' },
  full: { count: 100 },
  timeoutMs: 90_000,
  isWaiting: true,
};
