import { JAVA_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const tlsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'tls',
  promise: 'clients work over TLS with a broker that takes nothing else',
  judges: JAVA_JUDGES,
  full: { count: 100 },
  timeoutMs: 120_000,
  properties: { 'tls.server.mode': 'enforcing' },
};
