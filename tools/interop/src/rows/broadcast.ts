import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const broadcastRow: ScenarioRow = {
  kind: 'scenario',
  name: 'broadcast',
  promise: 'each instance of a broadcasting group gets everything',
  judges: JAVA_AND_SDK,
  full: { count: 100 },
  timeoutMs: 90_000,
  isWaiting: true,
};
