import { PropertyName } from '@orbitmq/protocol';
import { type Message as ClientMessage, ownProperties, type ReceivedMessage } from '../message.ts';

/** Absolute delivery time, for brokers of Aliyun. */
const START_DELIVER_TIME = '__STARTDELIVERTIME';
/** User properties of these names are not sent, as in the ONS SDK. */
const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  'KEYS',
  'TAGS',
  'WAIT',
  'DELAY',
  'RETRY_TOPIC',
  'REAL_TOPIC',
  'REAL_QID',
  'TRAN_MSG',
  'PGROUP',
  'MIN_OFFSET',
  'MAX_OFFSET',
]);

/** A message as the ONS SDK has it. Source: Message.java of com.aliyun.openservices.ons.api. */
export class Message {
  topic: string;
  tag: string | undefined;
  key: string | undefined;
  body: Buffer;
  /** Unique id; set when it was sent or received. */
  msgId: string | undefined;
  shardingKey: string | undefined;
  /** Milliseconds since the epoch; 0 for at once. */
  startDeliverTime = 0;
  readonly #received: ReceivedMessage | undefined;
  readonly #userProperties = new Map<string, string>();

  constructor(topic: string, tag: string | undefined, body: Buffer | string);
  constructor(topic: string, tag: string | undefined, key: string, body: Buffer | string);
  // oxlint-disable-next-line max-params -- the ONS SDK's constructors
  constructor(
    topic: string,
    tag: string | undefined,
    keyOrBody: Buffer | string,
    body?: Buffer | string,
    received?: ReceivedMessage,
  ) {
    this.topic = topic;
    this.tag = tag;
    this.key = body === undefined ? undefined : String(keyOrBody);
    this.body = Buffer.from(body ?? keyOrBody);
    this.#received = received;
  }

  getTopic(): string {
    return this.topic;
  }

  setTopic(topic: string): void {
    this.topic = topic;
  }

  getTag(): string | undefined {
    return this.tag;
  }

  setTag(tag: string): void {
    this.tag = tag;
  }

  getKey(): string | undefined {
    return this.key;
  }

  setKey(key: string): void {
    this.key = key;
  }

  getBody(): Buffer {
    return this.body;
  }

  setBody(body: Buffer | string): void {
    this.body = Buffer.from(body);
  }

  getMsgID(): string | undefined {
    return this.msgId;
  }

  getShardingKey(): string | undefined {
    return this.shardingKey;
  }

  setShardingKey(shardingKey: string): void {
    this.shardingKey = shardingKey;
  }

  getStartDeliverTime(): number {
    return this.startDeliverTime;
  }

  /** @param timeMs milliseconds since the epoch; needs a broker from 5.0 on, or Aliyun's */
  setStartDeliverTime(timeMs: number): void {
    this.startDeliverTime = timeMs;
  }

  putUserProperties(name: string, value: string): void {
    this.#userProperties.set(name, value);
  }

  /** One property, or all of them. */
  getUserProperties(name: string): string | undefined;
  getUserProperties(): Record<string, string>;
  getUserProperties(name?: string): string | undefined | Record<string, string> {
    if (name === undefined) return Object.fromEntries(this.#userProperties);
    return this.#userProperties.get(name);
  }

  /** Replaces all of them. */
  setUserProperties(properties: Readonly<Record<string, string>>): void {
    this.#userProperties.clear();
    for (const [name, value] of Object.entries(properties)) this.putUserProperties(name, value);
  }

  /** Times it was delivered and not consumed; 0 at first. */
  getReconsumeTimes(): number {
    return this.#received?.reconsumeTimes ?? 0;
  }

  /** Milliseconds since the epoch; 0 before it was sent. */
  getBornTimestamp(): number {
    return this.#received?.bornTimestamp ?? 0;
  }

  /** `ip:port` of its sender; undefined before it was sent. */
  getBornHost(): string | undefined {
    const host = this.#received?.stored.bornHost;
    return host === undefined ? undefined : `${host.ip}:${host.port}`;
  }

  /** As our own producers send it. */
  toClientMessage(): ClientMessage {
    const properties: Record<string, string> = {};
    for (const [name, value] of this.#userProperties) {
      if (!SYSTEM_NAMES.has(name)) properties[name] = value;
    }
    if (this.shardingKey !== undefined) properties[PropertyName.shardingKey] = this.shardingKey;
    // What no time is, the client refuses by its name.
    const isDelayed = !(this.startDeliverTime <= 0);
    if (isDelayed) properties[START_DELIVER_TIME] = String(this.startDeliverTime);
    return {
      topic: this.topic,
      body: this.body,
      tags: this.tag,
      keys: this.key,
      properties,
      deliverAtMs: isDelayed ? this.startDeliverTime : undefined,
    };
  }
}

/** What a consumer got, as the ONS SDK's listeners see it. */
export function fromReceived(received: ReceivedMessage): Message {
  const { topic, tags, body, properties } = received;
  const key = properties[PropertyName.keys] ?? '';
  const message = new (Message as ReceivedConstructor)(topic, tags, key, body, received);
  message.key = properties[PropertyName.keys];
  message.msgId = received.messageId;
  message.shardingKey = properties[PropertyName.shardingKey];
  message.startDeliverTime = Number(properties[START_DELIVER_TIME] ?? 0);
  // Only its sender's: a message that is sent on is refused what brokers and clients have given it.
  for (const [name, value] of Object.entries(ownProperties(received))) {
    message.putUserProperties(name, value);
  }
  return message;
}

/** The constructor with what only this module gives. */
type ReceivedConstructor = new (
  topic: string,
  tag: string | undefined,
  key: string,
  body: Buffer,
  received: ReceivedMessage,
) => Message;
