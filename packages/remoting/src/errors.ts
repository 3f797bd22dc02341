import { RocketMqError } from '@orbitmq/kernel';
import { ResponseCode } from '@orbitmq/protocol';

/** Codes of the errors that calls to a peer end with. Source: the classes of `rocketmq.remoting.exception`. */
export const RemotingErrorCode = {
  /** No connection, nothing was sent. RemotingConnectException. */
  connectFailed: 'REMOTING_CONNECT_FAILED',
  /** The connection ended before the answer came: the request may or may not have been handled. RemotingSendRequestException. */
  sendFailed: 'REMOTING_SEND_FAILED',
  /** No answer in time: the request may or may not have been handled. RemotingTimeoutException. */
  timeout: 'REMOTING_TIMEOUT',
  /** Too much is under way already, nothing was sent. RemotingTooMuchRequestException. */
  tooManyRequests: 'REMOTING_TOO_MANY_REQUESTS',
  /** A peer that is shutting down said so twice. */
  goAway: 'REMOTING_GO_AWAY',
  /** This end was closed, nothing was sent. */
  closed: 'REMOTING_CLOSED',
  /** The text is no `host:port`. */
  addressInvalid: 'REMOTING_ADDRESS_INVALID',
} as const;

/** Thrown by a handler to answer with a code and a remark that the peer may read. */
export class ResponseError extends RocketMqError {
  override readonly name = 'ResponseError';
  readonly responseCode: number;

  constructor(responseCode: number, remark: string, cause?: unknown) {
    super(remark, {
      code: 'RESPONSE_ERROR',
      isRetryable: responseCode === ResponseCode.SYSTEM_BUSY,
      details: { responseCode },
      cause,
    });
    this.responseCode = responseCode;
  }
}

export function tooManyRequests(address: string, limit: number): RocketMqError {
  return new RocketMqError(`too many requests to ${address} are under way`, {
    code: RemotingErrorCode.tooManyRequests,
    isRetryable: true,
    details: { address, limit },
  });
}

export function requestTimeout(address: string, code: number, timeoutMs: number): RocketMqError {
  return new RocketMqError(`no answer from ${address} within ${timeoutMs} ms`, {
    code: RemotingErrorCode.timeout,
    isRetryable: true,
    details: { address, requestCode: code, timeoutMs },
  });
}

export function connectionLost(address: string, reason: string, cause?: unknown): RocketMqError {
  return new RocketMqError(`connection to ${address} ended: ${reason}`, {
    code: RemotingErrorCode.sendFailed,
    isRetryable: true,
    details: { address, reason },
    cause,
  });
}
