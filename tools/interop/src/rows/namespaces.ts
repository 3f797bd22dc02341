import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const namespacesRow: ScenarioRow = {
  kind: 'scenario',
  name: 'namespaces',
  promise: 'namespace v1 wraps names on the wire and unwraps them for the application',
  judges: ALL_JUDGES,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
