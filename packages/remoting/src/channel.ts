import { RocketMqError, toError } from '@orbitmq/kernel';
import type { Clock } from '@orbitmq/runtime';
import type { Connection } from './connection.ts';
import { RemotingErrorCode } from './errors.ts';

export interface ChannelHost {
  readonly clock: Clock;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Makes a connection; rejects with whatever stands in the way. */
  open(address: string): Promise<Connection>;
}

/** The way to one address: its connection, or the attempt to make one, or the wait before the next. */
export class Channel {
  readonly address: string;
  readonly #host: ChannelHost;
  #connection: Connection | undefined;
  #attempt: Promise<Connection> | undefined;
  #backoffMs = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #lastFailure: Error | undefined;

  constructor(address: string, host: ChannelHost) {
    this.address = address;
    this.#host = host;
  }

  /** Where requests go now. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether nothing is lost by forgetting this channel. */
  isUnused(now: number): boolean {
    return (
      this.#connection === undefined &&
      this.#attempt === undefined &&
      now > this.#retryAtMs + this.#host.maxBackoffMs
    );
  }

  /** The connection, made first if there is none. Rejects with REMOTING_CONNECT_FAILED. */
  connect(): Promise<Connection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    if (this.#attempt === undefined && this.#host.clock.monotonicMs() < this.#retryAtMs) {
      return Promise.reject(this.#failed(this.#lastFailure));
    }
    this.#attempt ??= this.#open();
    return this.#attempt;
  }

  /** Sends nothing more over this connection; what waits for an answer on it still gets it. */
  retire(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  /** Notes that a connection ended. */
  onClosed(connection: Connection): void {
    // A peer that accepts and hangs up without a word is no better than one that refuses.
    if (connection.hasRead) this.#backoffMs = 0;
    else this.#backOff(undefined);
    this.retire(connection);
  }

  async #open(): Promise<Connection> {
    try {
      const connection = await this.#host.open(this.address);
      // It may have ended before this went on: kept, it would stand in the way of every later one.
      if (connection.isClosed) throw new Error('the connection ended at once');
      this.#connection = connection;
      return connection;
    } catch (thrown) {
      this.#backOff(toError(thrown));
      throw this.#failed(thrown);
    } finally {
      this.#attempt = undefined;
    }
  }

  #backOff(failure: Error | undefined): void {
    const { clock, firstBackoffMs, maxBackoffMs } = this.#host;
    this.#lastFailure = failure;
    this.#backoffMs = Math.min(Math.max(this.#backoffMs * 2, firstBackoffMs), maxBackoffMs);
    this.#retryAtMs = clock.monotonicMs() + this.#backoffMs;
  }

  #failed(cause: unknown): RocketMqError {
    return connectFailed(this.address, cause);
  }
}

export function connectFailed(address: string, cause: unknown): RocketMqError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new RocketMqError(`cannot connect to ${address}${reason}`, {
    code: RemotingErrorCode.connectFailed,
    isRetryable: true,
    details: { address },
    cause,
  });
}
