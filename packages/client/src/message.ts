import {
  messageIdOf,
  PropertyName,
  RESERVED_PROPERTY_NAMES,
  RETRY_TOPIC_PREFIX,
  type StoredMessage,
} from '@orbitmq/protocol';
import { checkIsObject } from './option-checks.ts';
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
 * A message to be sent that has the body, tags, keys, flag and own properties of one that was received. A dead
 * letter goes to the topic that it was first sent to.
 */
export function copyToSend(received: ReceivedMessage): Message {
  checkIsObject('the properties of the message', received?.properties);
  const { body, tags, keys, properties, stored } = received;
  return {
    topic: properties[PropertyName.retryTopic] ?? received.topic,
    body,
    tags,
    keys: keys.length === 0 ? undefined : keys,
    properties: ownProperties(received),
    flag: stored.flag,
  };
}

/** What the sender's application gave a message, without what clients and brokers did. */
export function ownProperties({
  properties,
}: Pick<ReceivedMessage, 'properties'>): Record<string, string> {
  const own = Object.entries(properties).filter(([name]) => {
    return !RESERVED_PROPERTY_NAMES.has(name) && !BROKERS_PROPERTY_NAMES.has(name);
  });
  return Object.fromEntries(own);
}

/** Applications may set them; what brokers made of them is not the application's. */
const BROKERS_PROPERTY_NAMES: ReadonlySet<string> = new Set([
  PropertyName.transactionId,
  PropertyName.transactionCheckTimes,
  PropertyName.innerNum,
  PropertyName.innerBase,
]);

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
