import type { ScenarioRow } from '../row.ts';

export const timerRow: ScenarioRow = {
  kind: 'scenario',
  name: 'timer',
  promise: 'arbitrary delivery times by the properties of 5.x clients are kept',
  judges: ['java-5.5.0', 'go', 'sdk'],
  notAsked: { 'java-4.9.7': 'it knows delay levels only' },
  without: ({ target }) =>
    target.startsWith('apache-4') ? 'brokers before 5.0 know delay levels only' : undefined,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
