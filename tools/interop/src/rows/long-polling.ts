import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const longPollingRow: ScenarioRow = {
  kind: 'scenario',
  name: 'long-polling',
  promise: 'a message that comes while a pull waits is delivered within a second',
  judges: ALL_JUDGES,
  full: { count: 5, pauseMs: 1_700 },
  quick: { count: 2, pauseMs: 600 },
  timeoutMs: 60_000,
};
