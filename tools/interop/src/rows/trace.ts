import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const traceRow: ScenarioRow = {
  kind: 'scenario',
  name: 'trace',
  promise: 'publications and deliveries are found in the trace topic',
  judges: ALL_JUDGES,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
