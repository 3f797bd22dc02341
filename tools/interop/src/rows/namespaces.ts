import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const namespacesRow: ScenarioRow = {
  kind: 'scenario',
  name: 'namespaces',
  promise: 'namespace v1 wraps names on the wire and unwraps them for the application',
  judges: JAVA_AND_SDK,
  full: {},
  timeoutMs: 90_000,
  isWaiting: true,
};
