import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const consumerStatusRow: ScenarioRow = {
  kind: 'scenario',
  name: 'consumer-status',
  promise: 'connections, running info and direct consumption are told through the broker',
  judges: JAVA_AND_SDK,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
