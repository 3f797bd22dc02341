import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const tlsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'tls',
  promise: 'clients work over TLS with a broker that takes nothing else',
  judges: ALL_JUDGES,
  without: ({ target }) =>
    target === 'apache-4.4.0' ? 'its own certificate cannot be made on a JDK 17' : undefined,
  full: { count: 100, tls: 'true' },
  timeoutMs: 120_000,
  properties: { 'tls.server.mode': 'enforcing' },
};
