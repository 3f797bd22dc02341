import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const deadLettersRow: ScenarioRow = {
  kind: 'scenario',
  name: 'dead-letters',
  promise:
    'after the last retry a message lies in the one dead-letter topic of its group, readable',
  judges: ALL_JUDGES,
  full: {},
  timeoutMs: 120_000,
  isWaiting: true,
};
