import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const joinLeaveRow: ScenarioRow = {
  kind: 'scenario',
  name: 'join-leave',
  promise: 'nothing is lost while a consumer joins and leaves',
  judges: ALL_JUDGES,
  full: { stayMs: 3_000 },
  quick: { stayMs: 1_000 },
  timeoutMs: 120_000,
};
