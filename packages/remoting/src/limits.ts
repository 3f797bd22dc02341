import { MAX_FRAME_BYTES } from '@orbitmq/protocol';
import type { ConnectionLimits } from './connection.ts';
import type { DispatcherLimits } from './dispatcher.ts';

export interface ServerLimits extends ConnectionLimits, DispatcherLimits {
  /** Connections at the same time; more are closed at once. A process has so many file descriptors. */
  readonly maxConnections: number;
  /** Bytes of frames whose rest has not come, over all connections. */
  readonly maxPartialBytes: number;
  /**
   * Output that peers have not taken, over all connections. Looked at once a second: above it the
   * connection with the most is closed, until the rest is below.
   */
  readonly maxUnsentTotalBytes: number;
  /**
   * Nothing read and nothing taken by the peer for so long closes a connection, never when it is 0;
   * `serverChannelMaxIdleTimeSeconds`.
   */
  readonly idleMs: number;
  /** From a connection's first byte to its first frame byte: PROXY header and TLS handshake. */
  readonly handshakeMs: number;
  /** How long `close()` waits for requests in flight, and then for their answers to be taken. */
  readonly closeMs: number;
}

/** A frame of the largest size and a window of ordinary answers behind it. */
const MAX_UNSENT_BYTES = 2 * MAX_FRAME_BYTES;
/** Some windows of answers: a peer that reads at all stays below. */
const PAUSE_UNSENT_BYTES = 4_194_304;
const MEBIBYTE = 1_048_576;

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  maxConnections: 20_000,
  maxPartialBytes: 256 * MEBIBYTE,
  maxUnsentTotalBytes: 512 * MEBIBYTE,
  idleMs: 120_000,
  handshakeMs: 10_000,
  closeMs: 5_000,
  // Apache's queues hold 10 000 sends, 20 000 queries, 100 000 pulls, 1 000 000 client calls.
  maxInFlight: 100_000,
  maxInFlightPerConnection: 10_000,
  maxInFlightBytes: 256 * MEBIBYTE,
  // `serverAsyncSemaphoreValue` is 64 for all clients together, which a large group's reset exceeds.
  maxPendingRequests: 1024,
  refuseUnsentBytes: PAUSE_UNSENT_BYTES,
  pauseUnsentBytes: PAUSE_UNSENT_BYTES,
  maxUnsentBytes: MAX_UNSENT_BYTES,
};

export interface ClientLimits extends ConnectionLimits, DispatcherLimits {
  /** Requests under way over all connections; `clientAsyncSemaphoreValue`. */
  readonly maxPendingTotal: number;
  readonly maxPartialBytes: number;
  /** `connectTimeoutMillis`. */
  readonly connectMs: number;
  /** `clientChannelMaxIdleTimeSeconds`. */
  readonly idleMs: number;
  /** After a connection could not be made, calls fail at once for this long, twice as long each time ... */
  readonly firstBackoffMs: number;
  /** ... up to this, short enough that a broker that restarts is found again at once. */
  readonly maxBackoffMs: number;
  /** How long `close()` waits for what was written to be taken. */
  readonly closeMs: number;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  maxPendingTotal: 65_535,
  maxPartialBytes: 256 * MEBIBYTE,
  connectMs: 3_000,
  idleMs: 120_000,
  firstBackoffMs: 50,
  maxBackoffMs: 1_000,
  closeMs: 1_000,
  maxInFlight: 10_000,
  maxInFlightPerConnection: 10_000,
  maxInFlightBytes: 64 * MEBIBYTE,
  maxPendingRequests: 65_535,
  refuseUnsentBytes: 64 * MEBIBYTE,
  // Never: when the server stops reading until its answers are read, both ends would wait for each other.
  pauseUnsentBytes: Number.POSITIVE_INFINITY,
  maxUnsentBytes: 256 * MEBIBYTE,
};
