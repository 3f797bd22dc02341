import { RocketMqError, toError } from '@orbitmq/kernel';
import { type FrameView, ResponseCode } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import { type Channel, connectFailed } from './channel.ts';
import type { Connection, OutgoingRequest } from './connection.ts';
import { RemotingErrorCode } from './errors.ts';
import type { ReplyReceiver } from './pending-requests.ts';
import type { Expiring, TimeoutWheel } from './timeout-wheel.ts';

export interface ExchangeHost {
  readonly clock: Clock;
  readonly wheel: TimeoutWheel;
}

/**
 * One request of a client until it is answered: waits for the connection if there is none, and is
 * repeated once, on a new connection, when a server of 5.x that is shutting down says GO_AWAY.
 */
export class Exchange implements ReplyReceiver, Expiring {
  readonly #host: ExchangeHost;
  readonly #channel: Channel;
  readonly #request: OutgoingRequest;
  readonly #timeoutMs: number;
  readonly #receiver: ReplyReceiver;
  #connection: Connection | undefined;
  #hasGoneAway = false;
  deadlineMs = 0;
  nextExpiring: Expiring | undefined = undefined;
  previousExpiring: Expiring | undefined = undefined;
  expiringSlot = -1;

  constructor(
    host: ExchangeHost,
    channel: Channel,
    call: { readonly request: OutgoingRequest; readonly timeoutMs: number },
    receiver: ReplyReceiver,
  ) {
    this.#host = host;
    this.#channel = channel;
    this.#request = call.request;
    this.#timeoutMs = call.timeoutMs;
    this.#receiver = receiver;
  }

  /** Sends over a connection that is there. @throws {RocketMqError} FRAME_TOO_LARGE */
  send(connection: Connection, timeoutMs: number): void {
    this.#connection = connection;
    connection.request(this.#request, timeoutMs, this);
  }

  /** Sends as soon as there is a connection; the time that takes counts. */
  async sendWhenConnected(): Promise<void> {
    this.#host.wheel.add(this, this.#timeoutMs);
    try {
      const connection = await this.#channel.connect();
      if (!this.#stopWaiting()) return;
      this.send(connection, Math.max(0, this.deadlineMs - this.#host.clock.monotonicMs()));
    } catch (thrown) {
      // What was thrown by an attempt that lasted longer than this request is told to others.
      const isExpired = this.#connection === undefined && !this.#stopWaiting();
      if (!isExpired) this.#receiver.onFailure(toFailure(this.#channel.address, thrown));
    }
  }

  /** No connection in time. */
  onExpired(): void {
    const reason = new Error(`not connected within ${this.#timeoutMs} ms`);
    this.#receiver.onFailure(connectFailed(this.#channel.address, reason));
  }

  onReply(frame: FrameView): void {
    if (frame.code !== ResponseCode.GO_AWAY || this.#connection === undefined) {
      this.#receiver.onReply(frame);
      return;
    }
    this.#channel.retire(this.#connection);
    if (this.#hasGoneAway) {
      this.#receiver.onFailure(goneAway(this.#channel.address));
      return;
    }
    this.#hasGoneAway = true;
    this.#connection = undefined;
    void this.sendWhenConnected();
  }

  onFailure(error: RocketMqError): void {
    this.#receiver.onFailure(error);
  }

  /** @returns false when the wait had ended before */
  #stopWaiting(): boolean {
    if (this.expiringSlot < 0) return false;
    this.#host.wheel.remove(this);
    return true;
  }
}

function toFailure(address: string, thrown: unknown): RocketMqError {
  return thrown instanceof RocketMqError ? thrown : connectFailed(address, toError(thrown));
}

function goneAway(address: string): RocketMqError {
  return new RocketMqError(`${address} is shutting down`, {
    code: RemotingErrorCode.goAway,
    isRetryable: true,
    details: { address },
  });
}
