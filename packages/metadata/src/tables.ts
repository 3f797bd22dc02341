import type { SubscriptionGroupConfig, TopicConfig } from '@orbitmq/protocol';
import type {
  ConsumerOffsetsFile,
  DelayOffsetsFile,
  GroupsFile,
  TopicsFile,
} from './apache-files.ts';
import type { ConfigTable } from './config-table.ts';
import type { ConsumerOffsets } from './consumer-offsets.ts';
import type { DelayOffsets } from './delay-offsets.ts';
import type { ForbiddenReads } from './forbidden-reads.ts';
import type { Adoption, ExchangedTables } from './json-exchange.ts';

/** Everything the database holds, in memory. */
export interface Tables {
  readonly topics: ConfigTable<TopicConfig>;
  readonly groups: ConfigTable<SubscriptionGroupConfig>;
  readonly forbidden: ForbiddenReads;
  readonly consumerOffsets: ConsumerOffsets;
  readonly delayOffsets: DelayOffsets;
}

/** The tables as Apache's files see them. */
export function exchangedTables(tables: Tables): ExchangedTables {
  return {
    takeTopics: (file, adoption) => takeTopics(tables, file, adoption),
    takeGroups: (file, adoption) => takeGroups(tables, file, adoption),
    takeConsumerOffsets: (file, adoption) => takeConsumerOffsets(tables, file, adoption),
    takeDelayOffsets: (file) => takeDelayOffsets(tables, file),
    topicsFile: () => ({ version: tables.topics.version, topics: [...tables.topics.all.values()] }),
    groupsFile: () => ({
      version: tables.groups.version,
      groups: [...tables.groups.all.values()],
      forbidden: [...tables.forbidden.all()],
    }),
    consumerOffsetsFile: () => ({
      version: tables.consumerOffsets.version,
      table: [...tables.consumerOffsets.all()],
    }),
    delayOffsetsFile: () => ({
      version: tables.delayOffsets.version,
      offsets: tables.delayOffsets.all,
    }),
  };
}

function takeTopics({ topics }: Tables, file: TopicsFile, adoption: Adoption): void {
  if (adoption === 'replace') topics.replace(file.topics, file.version);
  else topics.put(file.topics);
}

function takeGroups({ groups, forbidden }: Tables, file: GroupsFile, adoption: Adoption): void {
  if (adoption === 'merge') {
    groups.put(file.groups);
  } else {
    groups.replace(file.groups, file.version);
    for (const [group, topic] of forbidden.all()) forbidden.set(group, topic, 0);
  }
  for (const [group, topic, mask] of file.forbidden) forbidden.set(group, topic, mask);
}

function takeConsumerOffsets(
  { consumerOffsets }: Tables,
  file: ConsumerOffsetsFile,
  adoption: Adoption,
): void {
  if (adoption === 'replace') {
    for (const { topic, group } of consumerOffsets.all()) consumerOffsets.remove(group, topic);
  }
  for (const { topic, group, offsets } of file.table) {
    for (const [queueId, offset] of offsets) consumerOffsets.commit(topic, group, queueId, offset);
  }
  if (adoption === 'replace') consumerOffsets.setVersion(file.version);
}

/** Levels do not go away, so both ways of taking the file over are the same. */
function takeDelayOffsets({ delayOffsets }: Tables, file: DelayOffsetsFile): void {
  for (const [level, offset] of file.offsets) delayOffsets.set(level, offset);
}
