import type { Logger } from '@orbitmq/kernel';
import type { Clock } from '@orbitmq/runtime';
import type { NameServerConfig } from './config.ts';
import type { KvConfig } from './kv-config.ts';
import type { BrokerIdentity, MinBrokerIdChange, RouteTable } from './routes/route-table.ts';

/** What handlers work on. */
export interface NameServerState {
  readonly routes: RouteTable;
  readonly kv: KvConfig;
  readonly config: NameServerConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** On the clock's monotonic scale. */
  readonly startedMs: number;
  /** Forgets brokers and tells their groups. */
  unregister(brokers: readonly BrokerIdentity[]): void;
  /** Tells a group's members that its smallest id is another, when that is wanted. */
  announce(change: MinBrokerIdChange): void;
}
