import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const delayLevelsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'delay-levels',
  promise: "delay levels of the broker's configuration deliver at their times",
  judges: ALL_JUDGES,
  full: { count: 10, levelsMs: '2000/1000/6000' },
  timeoutMs: 90_000,
  isWaiting: true,
  properties: { messageDelayLevel: '2s 1s 6s' },
};
