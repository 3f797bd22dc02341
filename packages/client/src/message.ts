import {
  messageIdOf,
  PropertyName,
  RETRY_TOPIC_PREFIX,
  type StoredMessage,
} from '@orbitmq/protocol';
import type { ReplyAddress } from './requests.ts';

/** A queue of a topic on one broker. */
export interface MessageQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

/** What an application sends. */
export interface Message {
  readonly topic: string;
  readonly body: Buffer | string;
  /** One tag, by which consumers filter. */
  readonly tags?: string | undefined;
  /** Keys by which the message can be found. */
  readonly keys?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** 1 to 18 by default: the message is delivered 1 s to 2 h later. */
  readonly delayLevel?: number | undefined;
  /** Delivered so many milliseconds later; brokers from 5.0 on. */
  readonly delayMs?: number | undefined;
  /** Delivered at this time, in milliseconds since the epoch; brokers from 5.0 on. */
  readonly deliverAtMs?: number | undefined;
  /** Any integer of 32 bits; the application's own. */
  readonly flag?: number | undefined;
  /** Whether the broker answers after flush and replication, as it is configured. True when absent. */
  readonly waitsForStore?: boolean | undefined;
  /** Makes this the answer to a request, see `createReply`. */
  readonly replyTo?: ReplyAddress | undefined;
}

/** What a consumer gets. */
export interface ReceivedMessage {
  /** The sender's unique id. */
  readonly messageId: string;
  /** Id by place, for tools. */
  readonly offsetMessageId: string;
  readonly topic: string;
  readonly body: Buffer;
  readonly tags: string | undefined;
  readonly keys: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  /** Times it was delivered and not consumed; 0 at first. */
  readonly reconsumeTimes: number;
  /** Milliseconds since the epoch. */
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
  /** As it is stored, for tools. */
  readonly stored: StoredMessage;
}

/**
 * A message of the group's retry topic goes under the topic it was sent to; one that is read elsewhere, as in a
 * dead-letter topic, under the topic it is read from. Source: DefaultMQPushConsumerImpl.java (resetRetryAndNamespace).
 *
 * @param body uncompressed
 */
export function receivedMessage(
  stored: StoredMessage,
  body: Buffer,
  brokerName: string,
): ReceivedMessage {
  const { properties } = stored;
  const keys = properties[PropertyName.keys];
  const isRetry = stored.topic.startsWith(RETRY_TOPIC_PREFIX);
  return {
    messageId: messageIdOf(stored),
    offsetMessageId: stored.offsetMessageId,
    topic: (isRetry ? properties[PropertyName.retryTopic] : undefined) ?? stored.topic,
    body,
    tags: properties[PropertyName.tags],
    keys: keys === undefined ? [] : keys.split(' '),
    properties,
    queue: { topic: stored.topic, brokerName, queueId: stored.queueId },
    queueOffset: stored.queueOffset,
    reconsumeTimes: stored.reconsumeTimes,
    bornTimestamp: stored.bornTimestamp,
    storeTimestamp: stored.storeTimestamp,
    stored,
  };
}
