import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

const MAX_CHECKS = 2;

export const transactionLimitsRow: ScenarioRow = {
  kind: 'scenario',
  name: 'transaction-limits',
  promise:
    'another producer of the group is asked when the first is gone; what is never decided is put aside after the last check',
  judges: ALL_JUDGES,
  without: ({ target }) =>
    target === 'apache-4.4.0' ? 'it only logs what it gives up' : undefined,
  full: { max: MAX_CHECKS },
  timeoutMs: 180_000,
  isWaiting: true,
  properties: { transactionCheckMax: String(MAX_CHECKS) },
};
