import type { Row } from '../row.ts';
import { aclRow } from './acl.ts';
import { answersRow } from './answers.ts';
import { askedConsumerRow } from './asked-consumer.ts';
import { asyncRow } from './async.ts';
import { batchRow } from './batch.ts';
import { broadcastRow } from './broadcast.ts';
import { compressionRow } from './compression.ts';
import { consumerStatusRow } from './consumer-status.ts';
import { deadLettersRow } from './dead-letters.ts';
import { delayRow } from './delay.ts';
import { delayLevelsRow } from './delay-levels.ts';
import { fromWhereRow } from './from-where.ts';
import { fromWhereAgedRow } from './from-where-aged.ts';
import { joinLeaveRow } from './join-leave.ts';
import { litePullRow } from './lite-pull.ts';
import { locksRow } from './locks.ts';
import { longPollingRow } from './long-polling.ts';
import { mixedGroupRow } from './mixed-group.ts';
import { mixedNamesrvRow } from './mixed-namesrv.ts';
import { mixedStrategiesRow } from './mixed-strategies.ts';
import { mqadminRow } from './mqadmin.ts';
import { namespacesRow } from './namespaces.ts';
import { offsetResetRow } from './offset-reset.ts';
import { oneWayRow } from './one-way.ts';
import { onsRow } from './ons.ts';
import { orderRow } from './order.ts';
import { orderRetryRow } from './order-retry.ts';
import { outageRow } from './outage.ts';
import { pendingMovesRow } from './pending-moves.ts';
import { pullRow } from './pull.ts';
import { recallRow } from './recall.ts';
import { requestReplyRow } from './request-reply.ts';
import { restartRow } from './restart.ts';
import { retryRow } from './retry.ts';
import { retryByCopyRow } from './retry-by-copy.ts';
import { sharingRow } from './sharing.ts';
import { sqlRow } from './sql.ts';
import { storeMovesRow } from './store-moves.ts';
import { suspendRow } from './suspend.ts';
import { syncRow } from './sync.ts';
import { tagsRow } from './tags.ts';
import { timerRow } from './timer.ts';
import { tlsRow } from './tls.ts';
import { traceRow } from './trace.ts';
import { traceViewRow } from './trace-view.ts';
import { transactionLimitsRow } from './transaction-limits.ts';
import { transactionsRow } from './transactions.ts';
import { usersRow } from './users.ts';
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
  retryRow,
  retryByCopyRow,
  deadLettersRow,
  delayRow,
  delayLevelsRow,
  timerRow,
  recallRow,
  orderRow,
  orderRetryRow,
  locksRow,
  broadcastRow,
  transactionsRow,
  transactionLimitsRow,
  sqlRow,
  compressionRow,
  requestReplyRow,
  offsetResetRow,
  consumerStatusRow,
  fromWhereRow,
  fromWhereAgedRow,
  suspendRow,
  pullRow,
  litePullRow,
  traceRow,
  namespacesRow,
  onsRow,
  aclRow,
  usersRow,
  tlsRow,
  mixedGroupRow,
  askedConsumerRow,
  mixedStrategiesRow,
  mixedNamesrvRow,
  answersRow,
  mqadminRow,
  traceViewRow,
  restartRow,
  outageRow,
  storeMovesRow,
  pendingMovesRow,
];
