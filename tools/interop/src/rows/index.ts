import type { Row } from '../row.ts';
import { asyncRow } from './async.ts';
import { batchRow } from './batch.ts';
import { joinLeaveRow } from './join-leave.ts';
import { longPollingRow } from './long-polling.ts';
import { mixedNamesrvRow } from './mixed-namesrv.ts';
import { mqadminRow } from './mqadmin.ts';
import { oneWayRow } from './one-way.ts';
import { restartRow } from './restart.ts';
import { sharingRow } from './sharing.ts';
import { storeMovesRow } from './store-moves.ts';
import { syncRow } from './sync.ts';
import { tagsRow } from './tags.ts';
import { volumeRow } from './volume.ts';

/** All rows, in the order of the matrix. */
export const ROWS: readonly Row[] = [
  syncRow,
  asyncRow,
  oneWayRow,
  batchRow,
  tagsRow,
  longPollingRow,
  sharingRow,
  joinLeaveRow,
  volumeRow,
  mixedNamesrvRow,
  mqadminRow,
  restartRow,
  storeMovesRow,
];
