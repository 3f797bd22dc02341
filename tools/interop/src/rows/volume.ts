import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const volumeRow: ScenarioRow = {
  kind: 'scenario',
  name: 'volume',
  promise: '100 000 messages each way while a consumer takes them, every body compared',
  judges: ALL_JUDGES,
  full: { count: 100_000 },
  quick: { count: 10_000 },
  timeoutMs: 300_000,
};
