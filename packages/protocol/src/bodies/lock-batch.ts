import { bodyOf } from './body.ts';
import { messageQueue } from './message-queue.ts';
import { bool, defaulted, list, optional, struct, type TypeOf, text } from './shape.ts';

/** Of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ. Source: LockBatchRequestBody.java, UnlockBatchRequestBody.java. */
export type LockBatchRequestBody = TypeOf<typeof lockBatchRequest>;
const lockBatchRequest = struct({
  clientId: text,
  consumerGroup: text,
  mqSet: defaulted(list(messageQueue), []),
  /** 5.x: not at the other members of the broker's group. */
  onlyThisBroker: optional(bool),
});
export const { parse: parseLockBatchRequestBody, print: printLockBatchRequestBody } = bodyOf(
  'LockBatchRequestBody',
  lockBatchRequest,
);

/** Source: LockBatchResponseBody.java. */
export type LockBatchResponseBody = TypeOf<typeof lockBatchResponse>;
const lockBatchResponse = struct({ lockOKMQSet: defaulted(list(messageQueue), []) });
export const { parse: parseLockBatchResponseBody, print: printLockBatchResponseBody } = bodyOf(
  'LockBatchResponseBody',
  lockBatchResponse,
);
