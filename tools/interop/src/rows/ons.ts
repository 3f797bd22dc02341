import type { ScenarioRow } from '../row.ts';

export const onsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'ons',
  promise: "what was written against Aliyun's ONS SDK sends, consumes, retries and keeps order",
  judges: ['sdk'],
  full: {},
  timeoutMs: 120_000,
  isWaiting: true,
};
