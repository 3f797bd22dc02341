import type { StopKind } from '../peers/index.ts';
import type { CustomRow } from '../row.ts';
import { runStoreTurns } from './store-steps.ts';

/** Our broker starts again on its own directory, after SIGTERM and after SIGKILL. */
export const restartRow: CustomRow = {
  kind: 'custom',
  name: 'restart',
  promise: 'our broker has every acknowledged message after SIGTERM and after SIGKILL',
  variants: ['term', 'kill'],
  quickVariants: ['kill'],
  async run(variant, { directory }) {
    const turn = { target: 'orbit' as const, stop: variant as StopKind };
    return runStoreTurns(directory, [turn, turn, turn]);
  },
};
