import { JAVA_AND_SDK } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

/** 4.x and 5.x spell the key differently. */
const SMALL = '1048576';

/** Small files of which none but the last is kept when an administrator asks for that. */
export const fromWhereAgedRow: ScenarioRow = {
  kind: 'scenario',
  name: 'from-where-aged',
  promise:
    'on a topic whose first messages are gone a new group begins at the first that is left, at a time, or behind the last',
  judges: JAVA_AND_SDK,
  notAsked: { go: 'its administrator cannot have files deleted' },
  without: ({ target }) =>
    target === 'apache-4.4.0' ? 'no administrator can have it delete files' : undefined,
  full: { count: 1_600 },
  timeoutMs: 300_000,
  properties: {
    mapedFileSizeCommitLog: SMALL,
    mappedFileSizeCommitLog: SMALL,
    fileReservedTime: '0',
  },
};
