import type { Scenario } from '../scenario.ts';
import { acl } from './acl.ts';
import { asynchronous } from './async.ts';
import { batch } from './batch.ts';
import { broadcast } from './broadcast.ts';
import { compression } from './compression.ts';
import { consumerStatus } from './consumer-status.ts';
import { deadLetters } from './dead-letters.ts';
import { delay } from './delay.ts';
import { delayLevels } from './delay-levels.ts';
import { fromWhere } from './from-where.ts';
import { fromWhereAged } from './from-where-aged.ts';
import { joinLeave } from './join-leave.ts';
import { litePull } from './lite-pull.ts';
import { longPolling } from './long-polling.ts';
import { mixedGroup } from './mixed-group.ts';
import { namespaces } from './namespaces.ts';
import { offsetReset } from './offset-reset.ts';
import { oneWay } from './one-way.ts';
import { onsStyle } from './ons.ts';
import { order } from './order.ts';
import { orderRetry } from './order-retry.ts';
import { outage } from './outage.ts';
import { recall } from './recall.ts';
import { requestReply } from './request-reply.ts';
import { retry } from './retry.ts';
import { sharing } from './sharing.ts';
import { sql } from './sql.ts';
import { suspend } from './suspend.ts';
import { sync } from './sync.ts';
import { tags } from './tags.ts';
import { timer } from './timer.ts';
import { tls } from './tls.ts';
import { trace } from './trace.ts';
import { transactionLimits } from './transaction-limits.ts';
import { transactions } from './transactions.ts';
import { users } from './users.ts';
import { volume } from './volume.ts';

/** By the names of the rows. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  sync,
  async: asynchronous,
  'one-way': oneWay,
  batch,
  tags,
  'long-polling': longPolling,
  sharing,
  'join-leave': joinLeave,
  volume,
  retry,
  'dead-letters': deadLetters,
  delay,
  timer,
  order,
  broadcast,
  transactions,
  sql,
  'lite-pull': litePull,
  'offset-reset': offsetReset,
  'consumer-status': consumerStatus,
  'request-reply': requestReply,
  'from-where': fromWhere,
  suspend,
  compression,
  namespaces,
  trace,
  ons: onsStyle,
  acl,
  users,
  tls,
  outage,
  'mixed-group': mixedGroup,
  'transaction-limits': transactionLimits,
  recall,
  'order-retry': orderRetry,
  'from-where-aged': fromWhereAged,
  'delay-levels': delayLevels,
};
