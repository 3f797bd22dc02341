import type { Logger } from '@orbitmq/kernel';
import type { BrokerMetadata } from '@orbitmq/metadata';
import type { Clock, Timers } from '@orbitmq/runtime';
import type { MessageStore } from '@orbitmq/store';
import type { BrokerConfig } from './broker-config.ts';
import type { ConsumerGroups } from './clients/consumer-groups.ts';
import type { ProducerGroups } from './clients/producer-groups.ts';
import type { GroupTable } from './groups/group-table.ts';
import type { PendingResets } from './offsets/pending-resets.ts';
import type { BrokerStats } from './stats/broker-stats.ts';
import type { TopicTable } from './topics/topic-table.ts';

/** The parts of a broker that its handlers work with. */
export interface BrokerContext {
  /** Live: a key that may change while the broker runs is read at each use. */
  readonly config: BrokerConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly consumers: ConsumerGroups;
  readonly producers: ProducerGroups;
  readonly resets: PendingResets;
  readonly stats: BrokerStats;
  /** Tells the name servers of all topics now; resolves when they know, or could not be told. Never rejects. */
  readonly registerNow: () => Promise<void>;
  /** `ip:port` under which clients reach this broker. */
  readonly brokerAddress: string;
}
