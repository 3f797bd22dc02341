import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const delayRow: ScenarioRow = {
  kind: 'scenario',
  name: 'delay',
  promise: 'each delay level delivers at its time',
  judges: JAVA_AND_SDK,
  full: { levels: 3, count: 20 },
  timeoutMs: 90_000,
  isWaiting: true,
};
