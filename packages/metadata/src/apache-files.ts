/**
 * Apache's `config/*.json`: what topics.json, subscriptionGroup.json, consumerOffset.json and
 * delayOffset.json hold, and their spelling (fastjson's pretty form, integer keys without quotes).
 *
 * Source: TopicConfigManager.java, SubscriptionGroupManager.java, ConsumerOffsetManager.java,
 * ScheduleMessageService.java.
 */
import {
  type DataVersion,
  parseConsumerOffsetSerializeWrapper,
  parseDelayOffsetSerializeWrapper,
  parseSubscriptionGroupWrapper,
  parseTopicConfigSerializeWrapper,
  printConsumerOffsetSerializeWrapper,
  printDelayOffsetSerializeWrapper,
  printSubscriptionGroupWrapper,
  printTopicConfigSerializeWrapper,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@orbitmq/protocol';
import { INITIAL_VERSION } from './model.ts';

/** Stands between topic and group in a key of consumerOffset.json. */
const TOPIC_GROUP_SEPARATOR = '@';
const PRETTY = { pretty: true };

export interface TopicsFile {
  readonly version: DataVersion;
  readonly topics: readonly TopicConfig[];
}

export interface GroupsFile {
  readonly version: DataVersion;
  readonly groups: readonly SubscriptionGroupConfig[];
  /** Group, topic, and the bits of what the group may not do with it. */
  readonly forbidden: readonly (readonly [group: string, topic: string, mask: number])[];
}

/** Next offsets of the queues of one topic for one group. */
export interface GroupOffsets {
  readonly topic: string;
  readonly group: string;
  readonly offsets: ReadonlyMap<number, number>;
}

export interface ConsumerOffsetsFile {
  readonly version: DataVersion;
  readonly table: readonly GroupOffsets[];
}

export interface DelayOffsetsFile {
  readonly version: DataVersion;
  /** Next offset of each delay level's queue; levels count from 1. */
  readonly offsets: ReadonlyMap<number, number>;
}

export function parseTopicsFile(content: Buffer): TopicsFile {
  const { dataVersion, topicConfigTable } = parseTopicConfigSerializeWrapper(content);
  return {
    version: { ...INITIAL_VERSION, ...dataVersion },
    topics: [...topicConfigTable.values()],
  };
}

export function printTopicsFile({ version, topics }: TopicsFile): Buffer {
  const topicConfigTable = new Map(topics.map((topic) => [topic.topicName, topic]));
  return printTopicConfigSerializeWrapper({ dataVersion: version, topicConfigTable }, PRETTY);
}

export function parseGroupsFile(content: Buffer): GroupsFile {
  const wrapper = parseSubscriptionGroupWrapper(content);
  const forbidden: [string, string, number][] = [];
  for (const [group, topics] of wrapper.forbiddenTable ?? []) {
    for (const [topic, mask] of topics) forbidden.push([group, topic, mask]);
  }
  const groups = [...wrapper.subscriptionGroupTable.values()];
  return { version: { ...INITIAL_VERSION, ...wrapper.dataVersion }, groups, forbidden };
}

export function printGroupsFile({ version, groups, forbidden }: GroupsFile): Buffer {
  const forbiddenTable = new Map<string, Map<string, number>>();
  for (const [group, topic, mask] of forbidden) {
    const masks = forbiddenTable.get(group) ?? new Map<string, number>();
    forbiddenTable.set(group, masks.set(topic, mask));
  }
  const subscriptionGroupTable = new Map(groups.map((group) => [group.groupName, group]));
  return printSubscriptionGroupWrapper(
    { dataVersion: version, forbiddenTable, subscriptionGroupTable },
    PRETTY,
  );
}

/** Keys that are not `topic@group` are left out: nobody can ask for them. */
export function parseConsumerOffsetsFile(content: Buffer): ConsumerOffsetsFile {
  const wrapper = parseConsumerOffsetSerializeWrapper(content);
  const table: GroupOffsets[] = [];
  for (const [key, offsets] of wrapper.offsetTable) {
    const [topic, group, ...rest] = key.split(TOPIC_GROUP_SEPARATOR);
    if (topic && group && rest.length === 0) table.push({ topic, group, offsets });
  }
  return { version: { ...INITIAL_VERSION, ...wrapper.dataVersion }, table };
}

export function printConsumerOffsetsFile({ version, table }: ConsumerOffsetsFile): Buffer {
  const offsetTable = new Map(
    table.map(({ topic, group, offsets }) => [topic + TOPIC_GROUP_SEPARATOR + group, offsets]),
  );
  return printConsumerOffsetSerializeWrapper({ dataVersion: version, offsetTable }, PRETTY);
}

export function parseDelayOffsetsFile(content: Buffer): DelayOffsetsFile {
  const { dataVersion, offsetTable } = parseDelayOffsetSerializeWrapper(content);
  return { version: { ...INITIAL_VERSION, ...dataVersion }, offsets: offsetTable };
}

export function printDelayOffsetsFile({ version, offsets }: DelayOffsetsFile): Buffer {
  return printDelayOffsetSerializeWrapper({ dataVersion: version, offsetTable: offsets }, PRETTY);
}
