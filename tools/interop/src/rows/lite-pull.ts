import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const litePullRow: ScenarioRow = {
  kind: 'scenario',
  name: 'lite-pull',
  promise: 'the lite pull consumer subscribes, assigns, seeks, pauses and commits',
  judges: ALL_JUDGES,
  full: { count: 100 },
  timeoutMs: 90_000,
  isWaiting: true,
};
