import { JAVA_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

/** Only Java's clients can be told to lock a queue; what the others do with locks is in the rows of order. */
export const locksRow: ScenarioRow = {
  kind: 'scenario',
  name: 'locks',
  promise:
    "a queue's lock is held by one member of a group, given up by it alone, and free when its lease is over",
  judges: JAVA_JUDGES,
  notAsked: {
    go: 'it locks by itself alone: `order`, `order-retry`',
    sdk: 'it locks by itself alone: `order`, `order-retry`, `mixed-strategies`',
  },
  full: {},
  timeoutMs: 120_000,
  isWaiting: true,
};
