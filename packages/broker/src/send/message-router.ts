/**
 * Messages that do not go straight into the queue they were sent to: retries that a consumer sends
 * itself and delayed messages; and those that cannot be taken.
 *
 * Source: CommitLog.java (asyncPutMessage), SendMessageProcessor.java (handleRetryAndDLQ).
 */
import {
  deadLetterTopicOf,
  decodeProperties,
  encodeProperties,
  MessageSysFlag,
  Permission,
  PropertyName,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  SystemTopic,
} from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import type { AppendRecord } from '@orbitmq/store';
import type { GroupTable } from '../groups/group-table.ts';
import { FAQ } from '../remarks.ts';
import type { DelayLevels } from '../schedule/delay-levels.ts';
import type { Topic } from '../topics/topic.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import { MAX_PROPERTIES_BYTES, SpecialProperty } from './message-properties.ts';
import type { Refusal } from './send-refusal.ts';

/** First version whose senders state a group's maximum of attempts themselves. */
const VERSION_WITH_MAX_RECONSUME_TIMES = 121;

export interface Routed {
  readonly topic: Topic;
  readonly queueId: number;
}

/** What a send says besides its record. */
export interface SentMessage {
  /** `SpecialProperty` bits. */
  readonly special: number;
  /** -1 when the sender gave none. */
  readonly maxReconsumeTimes: number;
  readonly peerVersion: number;
}

export interface MessageRouterOptions {
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly delayLevels: DelayLevels;
  readonly clock: Clock;
  readonly brokerAddress: string;
}

export class MessageRouter {
  readonly #options: MessageRouterOptions;

  constructor(options: MessageRouterOptions) {
    this.#options = options;
  }

  /** Where a record is to be stored; its properties, tags code and flags are changed to go with it. */
  route(topic: Topic, queueId: number, record: AppendRecord, sent: SentMessage): Routed | Refusal {
    let routed: Routed = { topic, queueId };
    if (topic.name.startsWith(RETRY_TOPIC_PREFIX)) {
      const target = this.#afterRetries(routed, record, sent);
      if ('code' in target) return target;
      if (target.topic !== topic) return target;
      routed = target;
    }
    if ((sent.special & SpecialProperty.transaction) !== 0) return this.#refusedTransaction();
    if ((sent.special & SpecialProperty.timer) !== 0) return refusedTimer();
    if ((sent.special & SpecialProperty.delay) !== 0) {
      const transaction = record.sysFlag & MessageSysFlag.transactionMask;
      const mayWait = transaction === 0 || transaction === MessageSysFlag.transactionCommit;
      if (mayWait) return this.#toSchedule(routed, record);
    }
    return routed;
  }

  /** A consumer that could not send a message back sends it again itself; after the last attempt it is dead. */
  #afterRetries(routed: Routed, record: AppendRecord, sent: SentMessage): Routed | Refusal {
    const group = routed.topic.name.slice(RETRY_TOPIC_PREFIX.length);
    const config = this.#options.groups.get(group);
    if (config === undefined) {
      return {
        code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        remark: `subscription group not exist, ${group} ${FAQ}`,
      };
    }
    const isStated =
      sent.peerVersion >= VERSION_WITH_MAX_RECONSUME_TIMES && sent.maxReconsumeTimes >= 0;
    const max = isStated ? sent.maxReconsumeTimes : config.retryMaxTimes;
    if (record.reconsumeTimes < max) return routed;
    const perm = Permission.read | Permission.write;
    const topic = this.#options.topics.ensure(deadLetterTopicOf(group), 1, perm);
    this.#rewrite(record, (properties) => {
      delete properties[PropertyName.delayLevel];
    });
    return { topic, queueId: 0 };
  }

  /** Half messages that nobody could commit would be lost: they are refused as by `rejectTransactionMessage`. */
  #refusedTransaction(): Refusal {
    return {
      code: ResponseCode.NO_PERMISSION,
      remark: `the broker[${this.#options.brokerAddress}] sending transaction message is forbidden`,
    };
  }

  #toSchedule(routed: Routed, record: AppendRecord): Routed | Refusal {
    const { topics, delayLevels, clock } = this.#options;
    let level = 0;
    const isFitting = this.#rewrite(record, (properties) => {
      level = delayLevels.clamp(
        Number.parseInt(properties[PropertyName.delayLevel] ?? '0', 10) || 0,
      );
      if (level <= 0) return;
      properties[PropertyName.delayLevel] = String(level);
      properties[PropertyName.realTopic] = routed.topic.name;
      properties[PropertyName.realQueueId] = String(routed.queueId);
    });
    if (level <= 0) return routed;
    if (!isFitting) return propertiesTooLong();
    record.tagsCode = clock.now() + delayLevels.delayMs(level);
    const perm = Permission.read | Permission.write;
    return {
      topic: topics.ensure(SystemTopic.schedule, delayLevels.max, perm),
      queueId: level - 1,
    };
  }

  /** @returns false when the properties do not fit a record any more */
  #rewrite(record: AppendRecord, change: (properties: Record<string, string>) => void): boolean {
    const { properties: bytes, propertiesStart, propertiesEnd } = record;
    const properties = decodeProperties(bytes.toString('utf8', propertiesStart, propertiesEnd));
    change(properties);
    const encoded = Buffer.from(encodeProperties(properties));
    record.properties = encoded;
    record.propertiesStart = 0;
    record.propertiesEnd = encoded.length;
    return encoded.length <= MAX_PROPERTIES_BYTES;
  }
}

/** In 5.x's words for a broker without timer wheel. */
function refusedTimer(): Refusal {
  return {
    code: ResponseCode.SYSTEM_ERROR,
    remark: 'accurate timer message is not enabled, timerWheelEnable is false',
  };
}

function propertiesTooLong(): Refusal {
  return {
    code: ResponseCode.MESSAGE_ILLEGAL,
    remark: `the message's properties take more than ${MAX_PROPERTIES_BYTES} bytes with those that the broker adds`,
  };
}
