import { JAVA_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const requestReplyRow: ScenarioRow = {
  kind: 'scenario',
  name: 'request-reply',
  promise: 'a request gets its reply, and times out without one',
  judges: JAVA_JUDGES,
  full: { count: 20 },
  timeoutMs: 120_000,
  isWaiting: true,
};
