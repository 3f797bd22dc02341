import type { Connection } from '@orbitmq/remoting';

/** A client as its last heartbeat described it. */
export interface ClientInfo {
  readonly clientId: string;
  /** Ordinal of `LanguageCode`. */
  readonly language: number;
  readonly version: number;
  readonly connection: Connection;
  /** When the heartbeat came, milliseconds since the epoch. */
  readonly heartbeatMs: number;
  /** The same on the monotonic clock: a clock that is set forward makes nobody silent. */
  readonly seenMs: number;
}

/** A client that sent no heartbeat for so long is taken for dead. Source: ProducerManager.java, ConsumerManager.java. */
export const CLIENT_EXPIRY_MS = 120_000;
/** How often that is looked at. Source: ClientHousekeepingService.java. */
export const CLIENT_SCAN_PERIOD_MS = 10_000;
