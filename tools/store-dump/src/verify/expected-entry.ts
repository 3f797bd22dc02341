/** What a record's entries in consume queues and index must be. Source: CommitLog.java, IndexService.java. */
import { javaHashCode } from '@orbitmq/kernel';
import {
  KEY_SEPARATOR,
  MessageSysFlag,
  PropertyName,
  propertyOf,
  SystemTopic,
} from '@orbitmq/protocol';
import { keyHashOf, type ScannedRecord } from '@orbitmq/store';

export interface ExpectedEntry {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  /** Exact value, or the least it can be: when a delayed message is due depends on the broker's levels. */
  readonly tagsCode: { readonly atLeast: number } | { readonly exactly: number };
}

/** Names of queues beside its own that a message is put into, and its offsets there (light queues). */
const MULTI_DISPATCH = 'INNER_MULTI_DISPATCH';
const MULTI_QUEUE_OFFSET = 'INNER_MULTI_QUEUE_OFFSET';
const LIGHT_QUEUE_PREFIX = '%LMQ%';

/** Entries in consume queues; none for prepared and rolled back transactions and for inner batches. */
export function expectedEntries(record: ScannedRecord): ExpectedEntry[] {
  const transaction = record.sysFlag & MessageSysFlag.transactionMask;
  const isQueued = transaction === 0 || transaction === MessageSysFlag.transactionCommit;
  if (!isQueued || (record.sysFlag & MessageSysFlag.innerBatch) !== 0) return [];
  const { topic, queueId, queueOffset, physicalOffset, sizeBytes } = record;
  const tagsCode = tagsCodeOf(record);
  const own = { topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode };
  if (!record.propertiesText.includes(MULTI_DISPATCH)) return [own];
  return [own, ...lightEntries(record, own)];
}

function lightEntries(record: ScannedRecord, own: ExpectedEntry): ExpectedEntry[] {
  const names = propertyOf(record.propertiesText, MULTI_DISPATCH)?.split(',') ?? [];
  const offsets = propertyOf(record.propertiesText, MULTI_QUEUE_OFFSET)?.split(',') ?? [];
  return names.flatMap((topic, index) => {
    const queueOffset = Number(offsets[index] ?? '');
    const isLight = topic.startsWith(LIGHT_QUEUE_PREFIX);
    if (!isLight || !Number.isSafeInteger(queueOffset)) return [];
    return [{ ...own, topic, queueId: 0, queueOffset }];
  });
}

function tagsCodeOf(record: ScannedRecord): ExpectedEntry['tagsCode'] {
  const level = Number(propertyOf(record.propertiesText, PropertyName.delayLevel) ?? 0);
  if (record.topic === SystemTopic.schedule && level > 0) {
    return { atLeast: record.storeTimestampMs };
  }
  const tags = propertyOf(record.propertiesText, PropertyName.tags);
  return { exactly: tags === undefined ? 0 : javaHashCode(tags) };
}

/** An address in consumequeue_ext instead of a tag's hash. Source: ConsumeQueueExt.java (isExtAddr). */
export function isExtAddress(tagsCode: number): boolean {
  return tagsCode < -0x8000_0000;
}

/** Hashes of a record's keys in the order in which the index takes them: the unique key, then the others. */
export function expectedKeyHashes(record: ScannedRecord): number[] {
  const { topic, sysFlag, propertiesText } = record;
  if ((sysFlag & MessageSysFlag.transactionMask) === MessageSysFlag.transactionRollback) return [];
  const unique = propertyOf(propertiesText, PropertyName.uniqueKey);
  const keys = propertyOf(propertiesText, PropertyName.keys)?.split(KEY_SEPARATOR) ?? [];
  return [unique ?? '', ...keys].filter((key) => key !== '').map((key) => keyHash(topic, key));
}

function keyHash(topic: string, key: string): number {
  return keyHashOf(javaHashCode(`${topic}#${key}`));
}
