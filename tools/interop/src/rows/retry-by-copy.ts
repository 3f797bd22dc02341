import { JAVA_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

/** Only Java's clients let a hook fail the one request; ours is tested for it in its package. */
export const retryByCopyRow: ScenarioRow = {
  kind: 'scenario',
  name: 'retry-by-copy',
  promise:
    'what cannot be sent back is sent as a copy by its client, and comes as the message itself would',
  judges: JAVA_JUDGES,
  notAsked: {
    go: 'it has no hook that could fail a request',
    sdk: 'it has no hook that could fail a request; its own tests do',
  },
  full: { levels: 1 },
  timeoutMs: 180_000,
  isWaiting: true,
};
