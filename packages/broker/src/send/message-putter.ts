/** Stores messages of the broker's own: deliveries, retries, dead letters. */

import { javaHashCode } from '@orbitmq/kernel';
import {
  encodeHost,
  encodeProperties,
  type HostAddress,
  PropertyName,
  SystemTopic,
} from '@orbitmq/protocol';
import { AppendRecord, AppendStatus } from '@orbitmq/store';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { Topic } from '../topics/topic.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import { MAX_PROPERTIES_BYTES } from './message-properties.ts';
import { isStored, type MessageWriter } from './message-writer.ts';

/** A message to store. */
export interface OwnMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: HostAddress;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, string>>;
  /** Instead of the tag's hash; for delayed messages when they are due, milliseconds since the epoch. */
  readonly tagsCode?: number | undefined;
}

/** `ok`: as safe as an acknowledged message. `illegal`: it can never be stored. `failed`: not now. */
export type PutOutcome = 'ok' | 'illegal' | 'failed';

export class MessagePutter {
  readonly #writer: MessageWriter;
  readonly #topics: TopicTable;
  readonly #stats: BrokerStats;

  constructor(writer: MessageWriter, topics: TopicTable, stats: BrokerStats) {
    this.#writer = writer;
    this.#topics = topics;
    this.#stats = stats;
  }

  /** Never rejects. A topic that does not exist any more makes a message illegal. */
  async put(message: OwnMessage): Promise<PutOutcome> {
    const topic = this.#topics.byName(message.topic);
    if (topic === undefined) return 'illegal';
    // A NUL, which a record of another broker may have, would make this one look torn when the log is recovered.
    const properties = Buffer.from(encodeProperties(message.properties).replaceAll('\u0000', ''));
    if (properties.length > MAX_PROPERTIES_BYTES) return 'illegal';
    if (this.#writer.isFull) return 'failed';
    const stored = this.#writer.put(topic.queue(message.queueId), recordOf(message, properties));
    if (stored === AppendStatus.illegal) return 'illegal';
    if (!(stored instanceof Promise)) return 'failed';
    // Counted as other messages are: the broker takes back what the disk refuses.
    this.#count(topic, message.queueId, this.#writer.appended.sizeBytes);
    return isStored(await stored) ? 'ok' : 'failed';
  }

  #count(topic: Topic, queueId: number, bytes: number): void {
    if (topic.name === SystemTopic.schedule) {
      this.#stats.countStored(topic.putStats, queueId, 1, bytes);
    } else {
      this.#stats.countPut(topic.putStats, queueId, 1, bytes);
    }
  }
}

function recordOf(message: OwnMessage, properties: Buffer): AppendRecord {
  const record = new AppendRecord();
  record.flag = message.flag;
  record.sysFlag = message.sysFlag;
  record.bornTimestampMs = message.bornTimestamp;
  record.bornHost = encodeHost(message.bornHost);
  record.reconsumeTimes = message.reconsumeTimes;
  record.preparedTransactionOffset = message.preparedTransactionOffset;
  record.body = message.body;
  record.bodyEnd = message.body.length;
  record.properties = properties;
  record.propertiesEnd = properties.length;
  const tags = message.properties[PropertyName.tags];
  record.tagsCode = message.tagsCode ?? (tags === undefined ? 0 : javaHashCode(tags));
  return record;
}
