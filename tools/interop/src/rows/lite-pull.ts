import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const litePullRow: ScenarioRow = {
  kind: 'scenario',
  name: 'lite-pull',
  promise: 'the lite pull consumer subscribes, assigns, seeks, pauses and commits',
  judges: JAVA_AND_SDK,
  full: { count: 100 },
  timeoutMs: 90_000,
  isWaiting: true,
};
