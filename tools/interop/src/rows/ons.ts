import type { ScenarioRow } from '../row.ts';

export const onsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'ons',
  promise: "what was written against Aliyun's ONS SDK sends, consumes, retries and keeps order",
  judges: ['sdk'],
  notAsked: {
    'java-4.9.7': 'the surface is that of our client',
    'java-5.5.0': 'the surface is that of our client',
    go: 'the surface is that of our client',
  },
  full: {},
  timeoutMs: 120_000,
  isWaiting: true,
};
