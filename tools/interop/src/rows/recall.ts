import type { ScenarioRow } from '../row.ts';

export const recallRow: ScenarioRow = {
  kind: 'scenario',
  name: 'recall',
  promise: 'a message that waits for its time is recalled and never comes; others of its time do',
  judges: ['java-5.5.0', 'sdk'],
  notAsked: { 'java-4.9.7': 'it cannot recall', go: 'it cannot recall' },
  without: ({ target }) =>
    target.startsWith('apache-4') ? 'brokers before 5.0 recall nothing' : undefined,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
  properties: { recallMessageEnable: 'true' },
};
