import { fetchPeer } from '../peers/index.ts';
import type { CustomRow } from '../row.ts';
import { runStoreTurns } from './store-steps.ts';

/** A store directory goes from Apache's broker to ours, back, and to ours again. */
export const storeMovesRow: CustomRow = {
  kind: 'custom',
  name: 'store-moves',
  promise: 'a store directory opened by Apache, by us, by Apache and by us keeps all of it',
  variants: ['4.4.0', '4.9.7', '5.5.0', '4.4.0 killed', '4.9.7 killed', '5.5.0 killed'],
  quickVariants: [],
  async run(variant, { directory }) {
    const [version = '', how] = variant.split(' ');
    const stop = how === 'killed' ? 'kill' : 'term';
    await fetchPeer(version);
    const apache = { target: `apache-${version}`, stop } as const;
    // Progress and topics reach the files that Apache reads when our broker stops in order.
    const orbit = { target: 'orbit', stop: 'term' } as const;
    return runStoreTurns(directory, [apache, orbit, apache, orbit]);
  },
};
