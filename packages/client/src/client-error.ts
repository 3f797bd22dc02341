import { RocketMqError } from '@orbitmq/kernel';

/** Codes of the errors that this client ends calls with, besides those of the connection (`REMOTING_…`). */
export const ClientErrorCode = {
  /** An option or a message is not what it has to be; the message says what is expected. */
  invalidArgument: 'CLIENT_INVALID_ARGUMENT',
  /** `start()` was not called, or `close()` was. */
  notRunning: 'CLIENT_NOT_RUNNING',
  /** No name server knows the topic, and none may be created. */
  noRoute: 'CLIENT_NO_ROUTE',
  /** No name server answered. */
  noNameServer: 'CLIENT_NO_NAME_SERVER',
  /** The broker of a queue has no master address. */
  brokerNotFound: 'CLIENT_BROKER_NOT_FOUND',
  /** A broker answered with an error; `details.responseCode` and the remark tell which. */
  brokerRefused: 'CLIENT_BROKER_REFUSED',
  /** Every attempt failed, or time was over; `cause` is the last failure. */
  sendFailed: 'CLIENT_SEND_FAILED',
  /** More sends are under way than allowed. */
  tooManySends: 'CLIENT_TOO_MANY_SENDS',
  /** A broker could not be told how far the group is. */
  commitFailed: 'CLIENT_COMMIT_FAILED',
  /** Nobody answered a request message in time. */
  replyTimeout: 'CLIENT_REPLY_TIMEOUT',
} as const;

export function invalidArgument(message: string, cause?: unknown): RocketMqError {
  return new RocketMqError(message, { code: ClientErrorCode.invalidArgument, cause });
}

export function notRunning(cause?: unknown): RocketMqError {
  return new RocketMqError('the client is closed or was not started', {
    code: ClientErrorCode.notRunning,
    cause,
  });
}

export function closedForGood(): RocketMqError {
  return new RocketMqError('the client was closed, and cannot be started again: make a new one', {
    code: ClientErrorCode.notRunning,
  });
}

export function brokerRefused(
  address: string,
  responseCode: number,
  remark: string | undefined,
): RocketMqError {
  return new RocketMqError(`broker ${address} answered ${responseCode}: ${remark ?? 'no remark'}`, {
    code: ClientErrorCode.brokerRefused,
    details: { address, responseCode, remark },
  });
}
