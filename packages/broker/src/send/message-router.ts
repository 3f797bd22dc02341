/**
 * Messages that do not go straight into the queue they were sent to: retries that a consumer sends
 * itself, half messages, delayed ones; and those that cannot be taken.
 *
 * Source: CommitLog.java (asyncPutMessage), SendMessageProcessor.java (handleRetryAndDLQ).
 */
import {
  deadLetterTopicOf,
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
import { PeerVersion } from '../peer-version.ts';
import { FAQ } from '../remarks.ts';
import type { DelayLevels } from '../schedule/delay-levels.ts';
import type { TimerIntake } from '../timer/timer-intake.ts';
import type { Topic } from '../topics/topic.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import { MAX_PROPERTIES_BYTES } from './message-properties.ts';
import { SpecialProperty } from './property-bytes.ts';
import { PropertyScan } from './property-scan.ts';
import {
  appendProperties,
  changeProperties,
  propertiesOf,
  setProperties,
} from './record-properties.ts';
import { type Refusal, sendQueueFull } from './send-refusal.ts';

/** First version whose senders state a group's maximum of attempts themselves. */
const VERSION_WITH_MAX_RECONSUME_TIMES = 121;

/** A message with a delay level does not heed them. */
const TIMER_PROPERTIES = [
  PropertyName.timerDelaySec,
  PropertyName.timerDelayMs,
  PropertyName.timerDeliverMs,
];

export interface AnswerFields {
  /** By which the sender may take the message back, if the broker lets it. */
  readonly recallHandle?: string;
  /** Of a half message, as 5.x brokers tell it. */
  readonly transactionId?: string;
}

export interface Routed {
  readonly topic: Topic;
  readonly queueId: number;
  /** Of the answer when the message is stored: fields for which its template has no place. */
  readonly answerFields?: AnswerFields | undefined;
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
  readonly timers: Pick<TimerIntake, 'take' | 'recallHandle'>;
  readonly transactions: {
    /** `rejectTransactionMessage`, asked at each use. */
    readonly isRejected: () => boolean;
    /** Too many half messages are unsettled. */
    readonly isFull: () => boolean;
  };
}

export class MessageRouter {
  readonly #options: MessageRouterOptions;
  /** Of the record that is routed. */
  readonly #properties = new PropertyScan();
  readonly #room = Buffer.allocUnsafeSlow(MAX_PROPERTIES_BYTES);

  constructor(options: MessageRouterOptions) {
    this.#options = options;
  }

  /**
   * Where a record is to be stored; its properties, tags code and flags are changed to go with it. Store it
   * before the next one is routed: its properties may stand where the next one's will.
   */
  route(topic: Topic, queueId: number, record: AppendRecord, sent: SentMessage): Routed | Refusal {
    let routed: Routed = { topic, queueId };
    if (topic.name.startsWith(RETRY_TOPIC_PREFIX)) {
      const target = this.#afterRetries(routed, record, sent);
      if ('code' in target) return target;
      if (target.topic !== topic) return target;
      routed = target;
    }
    if (isHalfMessage(record, sent.special)) return this.#toHalf(routed, record, sent);
    const transaction = record.sysFlag & MessageSysFlag.transactionMask;
    const mayWait = transaction === 0 || transaction === MessageSysFlag.transactionCommit;
    if (!mayWait) return routed;
    if ((sent.special & SpecialProperty.delay) !== 0) {
      const scheduled = this.#toSchedule(routed, record);
      if ('code' in scheduled || scheduled.topic !== routed.topic) return scheduled;
    }
    return (sent.special & SpecialProperty.timer) === 0 ? routed : this.#toTimer(routed, record);
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
    changeProperties(record, (properties) => {
      delete properties[PropertyName.delayLevel];
    });
    return { topic, queueId: 0 };
  }

  /** Source: TransactionalMessageBridge.java (parseHalfMessageInner). */
  #toHalf(routed: Routed, record: AppendRecord, sent: SentMessage): Routed | Refusal {
    const { topics, transactions, brokerAddress } = this.#options;
    if (transactions.isRejected()) {
      return {
        code: ResponseCode.NO_PERMISSION,
        remark: `the broker[${brokerAddress}] sending transaction message is forbidden`,
      };
    }
    if (transactions.isFull()) return sendQueueFull();
    const answerFields =
      sent.peerVersion >= PeerVersion.v5 ? transactionIdOf(propertiesOf(record)) : undefined;
    if (this.#scan(record).preparedQueueOffset >= 0) {
      // Of another transaction, whose message was received and sent on with all it carried: by its offset that one
      // would be settled in place of this one.
      changeProperties(record, (properties) => {
        delete properties[PropertyName.preparedQueueOffset];
        delete properties[PropertyName.transactionCheckTimes];
      });
      this.#scan(record);
    }
    if (!this.#setRealPlace(routed, record)) return propertiesTooLong();
    record.sysFlag &= ~MessageSysFlag.transactionMask;
    const perm = Permission.read | Permission.write;
    return {
      topic: topics.ensure(SystemTopic.transactionHalf, 1, perm),
      queueId: 0,
      answerFields,
    };
  }

  #toSchedule(routed: Routed, record: AppendRecord): Routed | Refusal {
    const { topics, delayLevels, clock } = this.#options;
    const scan = this.#scan(record);
    let level = scan.delayLevel;
    // Mostly the level stays as it was written, and nothing is to be removed.
    const isAsItIs = level > 0 && level === delayLevels.clamp(level);
    const isFitting =
      isAsItIs && (scan.special & SpecialProperty.timer) === 0
        ? this.#setRealPlace(routed, record)
        : changeProperties(record, (properties) => {
            level = integerOf(properties[PropertyName.delayLevel] ?? '0');
            if (Number.isNaN(level)) return;
            level = delayLevels.clamp(level);
            if (level <= 0) return;
            for (const name of TIMER_PROPERTIES) delete properties[name];
            properties[PropertyName.delayLevel] = String(level);
            properties[PropertyName.realTopic] = routed.topic.name;
            properties[PropertyName.realQueueId] = String(routed.queueId);
          });
    if (Number.isNaN(level)) return delayIsNoNumber();
    if (level <= 0) return routed;
    if (!isFitting) return propertiesTooLong();
    record.tagsCode = clock.now() + delayLevels.delayMs(level);
    const perm = Permission.read | Permission.write;
    return {
      topic: topics.ensure(SystemTopic.schedule, delayLevels.max, perm),
      queueId: level - 1,
    };
  }

  #scan(record: AppendRecord): PropertyScan {
    this.#properties.read(record.properties, record.propertiesStart, record.propertiesEnd);
    return this.#properties;
  }

  /** Notes in a record that was scanned where it belongs. @returns false when its properties do not fit any more */
  #setRealPlace({ topic, queueId }: Routed, record: AppendRecord): boolean {
    const { realTopicStart, realQueueId } = this.#properties;
    if (realTopicStart < 0 && realQueueId < 0) {
      return appendProperties(record, topic.realPlace(queueId), this.#room);
    }
    return setProperties(record, {
      [PropertyName.realTopic]: topic.name,
      [PropertyName.realQueueId]: String(queueId),
    });
  }

  #toTimer(routed: Routed, record: AppendRecord): Routed | Refusal {
    const { topics, timers } = this.#options;
    const properties = propertiesOf(record);
    const intake = timers.take(properties);
    if (intake === 'now') return routed;
    if ('code' in intake) return intake;
    const isFitting = setProperties(record, {
      [PropertyName.timerOutMs]: String(intake.outMs),
      [PropertyName.realTopic]: routed.topic.name,
      [PropertyName.realQueueId]: String(routed.queueId),
    });
    if (!isFitting) return propertiesTooLong();
    const perm = Permission.read | Permission.write;
    const recallHandle = timers.recallHandle(routed.topic.name, intake.outMs, properties);
    return {
      topic: topics.ensure(SystemTopic.wheelTimer, 1, perm),
      queueId: 0,
      answerFields: recallHandle === undefined ? undefined : { recallHandle },
    };
  }
}

/** A retry of a message that once was one carries its property still, as 5.x knows. */
function isHalfMessage(record: AppendRecord, special: number): boolean {
  if ((special & SpecialProperty.transaction) === 0) return false;
  return record.reconsumeTimes === 0 || (special & SpecialProperty.delay) === 0;
}

/** The unique key, which clients of 5.x tell their users as the id of the transaction. */
function transactionIdOf(properties: Readonly<Record<string, string>>): AnswerFields | undefined {
  const transactionId = properties[PropertyName.uniqueKey];
  return transactionId === undefined ? undefined : { transactionId };
}

/** As Java reads one; NaN for what it throws on. */
function integerOf(text: string): number {
  const value = /^[+-]?\d+$/u.test(text) ? Number(text) : Number.NaN;
  return value === (value | 0) ? value : Number.NaN;
}

/** Apache's broker fails on it, with the same code. */
function delayIsNoNumber(): Refusal {
  return {
    code: ResponseCode.SYSTEM_ERROR,
    remark: 'the property DELAY is no number, expected a delay level',
  };
}

function propertiesTooLong(): Refusal {
  return {
    code: ResponseCode.MESSAGE_ILLEGAL,
    remark: `the message's properties take more than ${MAX_PROPERTIES_BYTES} bytes with those that the broker adds`,
  };
}
