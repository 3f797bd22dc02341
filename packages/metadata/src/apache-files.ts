/**
 * Apache's `config/*.json`: what topics.json, subscriptionGroup.json, consumerOffset.json and
 * delayOffset.json hold, and their spelling (fastjson's pretty form, integer keys without quotes).
 *
 * Source: TopicConfigManager.java, SubscriptionGroupManager.java, ConsumerOffsetManager.java,
 * ScheduleMessageService.java and the serialize wrappers they use.
 */
import {
  type JsonValue,
  MapEntries,
  mapEntriesOf,
  parseFastJson,
  printFastJson,
} from '@orbitmq/protocol';
import {
  dataVersionJson,
  dataVersionOf,
  groupConfigJson,
  groupConfigOf,
  topicConfigJson,
  topicConfigOf,
} from './config-json.ts';
import { asIntegerMap, asObject } from './json-fields.ts';
import type { DataVersion, SubscriptionGroupConfig, TopicConfig } from './model.ts';

/** Stands between topic and group in a key of consumerOffset.json. */
const TOPIC_GROUP_SEPARATOR = '@';

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
  const fields = parseBean(content);
  const topics = (mapEntriesOf(fields['topicConfigTable']) ?? []).flatMap(
    ([, value]) => topicConfigOf(value) ?? [],
  );
  return { version: dataVersionOf(fields['dataVersion']), topics };
}

export function printTopicsFile(file: TopicsFile): Buffer {
  return print({
    dataVersion: dataVersionJson(file.version),
    topicConfigTable: Object.fromEntries(
      file.topics.map((topic) => [topic.topicName, topicConfigJson(topic)]),
    ),
  });
}

export function parseGroupsFile(content: Buffer): GroupsFile {
  const fields = parseBean(content);
  const groups = (mapEntriesOf(fields['subscriptionGroupTable']) ?? []).flatMap(
    ([, value]) => groupConfigOf(value) ?? [],
  );
  const forbidden: [string, string, number][] = [];
  for (const [group, topics] of Object.entries(asObject(fields['forbiddenTable']))) {
    for (const [topic, mask] of Object.entries(asObject(topics))) {
      if (typeof mask === 'number') forbidden.push([group, topic, mask]);
    }
  }
  return { version: dataVersionOf(fields['dataVersion']), groups, forbidden };
}

export function printGroupsFile(file: GroupsFile): Buffer {
  const forbidden = new Map<string, [string, number][]>();
  for (const [group, topic, mask] of file.forbidden) {
    const masks = forbidden.get(group) ?? [];
    forbidden.set(group, masks);
    masks.push([topic, mask]);
  }
  return print({
    dataVersion: dataVersionJson(file.version),
    forbiddenTable: Object.fromEntries(
      Array.from(forbidden, ([group, masks]) => [group, Object.fromEntries(masks)]),
    ),
    subscriptionGroupTable: Object.fromEntries(
      file.groups.map((group) => [group.groupName, groupConfigJson(group)]),
    ),
  });
}

export function parseConsumerOffsetsFile(content: Buffer): ConsumerOffsetsFile {
  const fields = parseBean(content);
  const table: GroupOffsets[] = [];
  for (const [key, value] of mapEntriesOf(fields['offsetTable']) ?? []) {
    const parts = typeof key === 'string' ? key.split(TOPIC_GROUP_SEPARATOR) : [];
    const [topic, group] = parts;
    if (parts.length === 2 && topic && group) {
      table.push({ topic, group, offsets: asIntegerMap(value) });
    }
  }
  return { version: dataVersionOf(fields['dataVersion']), table };
}

export function printConsumerOffsetsFile(file: ConsumerOffsetsFile): Buffer {
  return print({
    dataVersion: dataVersionJson(file.version),
    offsetTable: Object.fromEntries(
      file.table.map(({ topic, group, offsets }) => [
        topic + TOPIC_GROUP_SEPARATOR + group,
        new MapEntries([...offsets]),
      ]),
    ),
  });
}

export function parseDelayOffsetsFile(content: Buffer): DelayOffsetsFile {
  const fields = parseBean(content);
  return {
    version: dataVersionOf(fields['dataVersion']),
    offsets: asIntegerMap(fields['offsetTable']),
  };
}

export function printDelayOffsetsFile(file: DelayOffsetsFile): Buffer {
  return print({
    dataVersion: dataVersionJson(file.version),
    offsetTable: new MapEntries([...file.offsets]),
  });
}

function parseBean(content: Buffer): ReturnType<typeof asObject> {
  return asObject(parseFastJson(content));
}

function print(value: JsonValue): Buffer {
  return Buffer.from(printFastJson(value, { pretty: true }));
}
