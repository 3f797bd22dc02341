import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const consumerStatusRow: ScenarioRow = {
  kind: 'scenario',
  name: 'consumer-status',
  promise: 'connections, running info and direct consumption are told through the broker',
  judges: JAVA_AND_SDK,
  notAsked: { go: 'its administrator asks nothing; its consumer answers in `asked-consumer`' },
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
