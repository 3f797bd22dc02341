import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const requestReplyRow: ScenarioRow = {
  kind: 'scenario',
  name: 'request-reply',
  promise: 'a request gets its reply, and times out without one',
  judges: ALL_JUDGES,
  without: ({ target }) => (target === 'apache-4.4.0' ? 'requests came with 4.6' : undefined),
  full: { count: 20 },
  timeoutMs: 120_000,
  isWaiting: true,
};
