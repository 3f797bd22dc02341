import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const offsetResetRow: ScenarioRow = {
  kind: 'scenario',
  name: 'offset-reset',
  promise: 'an administrator sets a group back, away and online',
  judges: JAVA_AND_SDK,
  notAsked: { go: 'its administrator resets nothing; its consumer goes back in `asked-consumer`' },
  full: { count: 100 },
  timeoutMs: 300_000,
  isWaiting: true,
};
