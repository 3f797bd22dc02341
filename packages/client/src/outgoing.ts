/** Messages as they go out: checked, with their properties as text. Source: Validators.java, MessageBatch.java. */
import {
  BATCH_ELEMENT_FIXED_BYTES,
  encodeBatchBody,
  encodeProperties,
  isForbiddenToSend,
  MessageSysFlag,
  NAME_END,
  PROPERTY_END,
  PropertyName,
  RESERVED_PROPERTY_NAMES,
  RETRY_TOPIC_PREFIX,
  topicNameProblem,
} from '@orbitmq/protocol';
import { invalidArgument } from './client-error.ts';
import { type Compression, compress, compressionFlag } from './compression.ts';
import type { Message } from './message.ts';
import { withNamespace } from './namespace.ts';
import {
  checkIsList,
  checkIsObject,
  checkIsText,
  flag,
  inRange,
  MAX_INT,
  shown,
} from './option-checks.ts';
import { replyProperties } from './requests.ts';
import type { UniqueIds } from './unique-id.ts';

/** A message, or several as one, ready to be sent. */
export interface Outgoing {
  readonly topic: string;
  readonly body: Buffer;
  /** Encoded, see `encodeProperties`. */
  readonly properties: string;
  readonly sysFlag: number;
  readonly flag: number;
  /** Unique ids, one for each message. */
  readonly messageIds: readonly string[];
  /** As the application gave them. */
  readonly messages: readonly Message[];
  readonly kind: 'single' | 'batch' | 'reply';
}

/** What applies to all messages of a producer. */
export interface OutgoingSettings {
  readonly maxMessageBytes: number;
  readonly compressFromBytes: number;
  readonly compression: Compression;
  readonly namespace: string | undefined;
}

/** Properties that the protocol gives a message besides its application's. */
export type SystemProperties = Readonly<Record<string, string>>;

/** What the format's signed 16 bits can say. */
const MAX_PROPERTIES_BYTES = 32_767;

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export async function prepareMessage(
  message: Message,
  ids: UniqueIds,
  settings: OutgoingSettings,
  system: SystemProperties = {},
): Promise<Outgoing> {
  const { compression, compressFromBytes } = settings;
  const topic = checkedTopic(message, settings);
  const body = checkedBody(message, settings);
  const messageId = ids.next();
  const { replyTo } = message;
  if (replyTo !== undefined) checkIsObject('replyTo', replyTo);
  const allSystem = replyTo === undefined ? system : { ...system, ...replyProperties(replyTo) };
  const properties = propertiesText(message, messageId, allSystem, settings);
  const isCompressed = body.length >= compressFromBytes;
  return {
    topic,
    body: isCompressed ? await compress(body, compression) : body,
    properties,
    sysFlag: (isCompressed ? compressionFlag(compression) : 0) | transactionFlag(system),
    flag: checkedFlag(message),
    messageIds: [messageId],
    messages: [message],
    kind: replyTo === undefined ? 'single' : 'reply',
  };
}

/**
 * Messages of one topic as one; batches are never compressed.
 *
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT
 */
export function prepareBatch(
  messages: readonly Message[],
  ids: UniqueIds,
  settings: OutgoingSettings,
): Outgoing {
  const { maxMessageBytes } = settings;
  const [first] = messages;
  if (first === undefined) throw invalidArgument('a batch holds at least one message');
  const topic = checkedTopic(first, settings);
  if (topic.startsWith(RETRY_TOPIC_PREFIX)) {
    throw invalidArgument('retries cannot be sent as a batch');
  }
  const messageIds: string[] = [];
  const elements = messages.map((message) => {
    checkFitsBatch(message, first);
    const messageId = ids.next();
    messageIds.push(messageId);
    return {
      flag: checkedFlag(message),
      body: checkedBody(message, settings),
      properties: Buffer.from(propertiesText(message, messageId, {}, settings)),
    };
  });
  const body = encodeBatchBody(elements);
  if (body.length > maxMessageBytes) {
    throw invalidArgument(
      `the batch takes ${body.length} bytes, at most ${maxMessageBytes} may be sent`,
    );
  }
  const waits = String(first.waitsForStore ?? true);
  return {
    topic,
    body,
    properties: encodeProperties({ [PropertyName.waitStoreOk]: waits }),
    sysFlag: 0,
    flag: 0,
    messageIds,
    messages,
    kind: 'batch',
  };
}

/** Bytes of the unique id, WAIT, and the names of KEYS and TAGS in a batch, with their separators. */
const SYSTEM_PROPERTIES_BYTES = 65;

/**
 * Cuts messages, in their order, into batches whose bodies stay below `maxBytes`. A message that alone
 * takes more has a batch of its own; where another topic, or another `waitsForStore`, follows, a batch ends.
 *
 * @param maxBytes 1 MiB when absent, a quarter of what brokers take
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT
 */
export function splitIntoBatches(
  messages: readonly Message[],
  maxBytes = 1_048_576,
): readonly (readonly Message[])[] {
  checkIsList('messages', messages, checkIsObject);
  inRange('maxBytes', maxBytes, 1, MAX_INT);
  const batches: Message[][] = [];
  let batchBytes = 0;
  for (const message of messages) {
    const sizeBytes = batchedBytes(message);
    const first = batches.at(-1)?.[0];
    const isAlike = first !== undefined && isOfOneBatch(message, first);
    if (!isAlike || batchBytes + sizeBytes > maxBytes) {
      batches.push([]);
      batchBytes = 0;
    }
    batches.at(-1)?.push(message);
    batchBytes += sizeBytes;
  }
  return batches;
}

/** At least what the message takes in a batch. */
function batchedBytes(message: Message): number {
  const { body, tags = '' } = message;
  checkIsBody(body);
  checkText('tags', tags);
  let sizeBytes = BATCH_ELEMENT_FIXED_BYTES + SYSTEM_PROPERTIES_BYTES + Buffer.byteLength(body);
  sizeBytes += Buffer.byteLength(keysTextOf(message) ?? '') + Buffer.byteLength(tags);
  for (const [name, value] of Object.entries(propertiesOf(message))) {
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  }
  return sizeBytes;
}

function transactionFlag(system: SystemProperties): number {
  const isHalf = system[PropertyName.transactionPrepared] === 'true';
  return isHalf ? MessageSysFlag.transactionPrepared : 0;
}

/** Whether a batch may hold both. */
function isOfOneBatch(message: Message, first: Message): boolean {
  const waits = (message.waitsForStore ?? true) === (first.waitsForStore ?? true);
  return waits && message.topic === first.topic;
}

function checkFitsBatch(message: Message, first: Message): void {
  if (message.topic !== first.topic) throw invalidArgument('messages of a batch have one topic');
  if ((message.waitsForStore ?? true) !== (first.waitsForStore ?? true)) {
    throw invalidArgument('messages of a batch have one waitsForStore');
  }
  if (isDelayed(message)) throw invalidArgument('messages of a batch cannot be delayed');
  if (message.replyTo !== undefined) throw invalidArgument('answers cannot be sent as a batch');
}

/** The topic as the broker knows it. Answers go to a topic of the cluster, which is in no namespace. */
function checkedTopic(message: Message, { namespace }: OutgoingSettings): string {
  checkIsText('topic', message.topic);
  const isReply = message.replyTo !== undefined;
  const topic = isReply ? message.topic : withNamespace(message.topic, namespace);
  const problem = topicNameProblem(topic);
  if (problem !== undefined) throw invalidArgument(`topic ${topic}: ${problem}`);
  if (isForbiddenToSend(topic)) {
    throw invalidArgument(`nobody may send to the system topic ${topic}`);
  }
  return topic;
}

function checkedBody(message: Message, { maxMessageBytes: maxBytes }: OutgoingSettings): Buffer {
  checkIsBody(message.body);
  const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
  if (body.length === 0) throw invalidArgument('body is empty, expected at least one byte');
  if (body.length > maxBytes) {
    throw invalidArgument(`body has ${body.length} bytes, at most ${maxBytes} may be sent`);
  }
  return body;
}

// oxlint-disable-next-line max-params -- where properties come from
function propertiesText(
  message: Message,
  messageId: string,
  system: SystemProperties,
  { namespace }: OutgoingSettings,
): string {
  const { tags, waitsForStore = true } = message;
  const properties = propertiesOf(message);
  const keysText = keysTextOf(message);
  checkText('tags', tags);
  flag('waitsForStore', waitsForStore);
  const { delayLevel, delayMs, deliverAtMs } = message;
  if ([delayLevel, delayMs, deliverAtMs].filter((value) => value !== undefined).length > 1) {
    throw invalidArgument('only one of delayLevel, delayMs and deliverAtMs may be given');
  }
  const text = encodeProperties({
    ...properties,
    [PropertyName.keys]: keysText,
    [PropertyName.tags]: tags,
    [PropertyName.delayLevel]: naturalText('delayLevel', delayLevel),
    [PropertyName.timerDelayMs]: naturalText('delayMs', delayMs),
    [PropertyName.timerDeliverMs]: naturalText('deliverAtMs', deliverAtMs),
    ...system,
    [PropertyName.instanceId]: namespace,
    [PropertyName.uniqueKey]: messageId,
    [PropertyName.waitStoreOk]: String(waitsForStore),
  });
  if (text.length * 3 > MAX_PROPERTIES_BYTES && Buffer.byteLength(text) > MAX_PROPERTIES_BYTES) {
    throw invalidArgument(`the properties take more than ${MAX_PROPERTIES_BYTES} bytes`);
  }
  return text;
}

/** Whether a message is to be delivered later than it is sent. */
export function isDelayed({ delayLevel = 0, delayMs, deliverAtMs }: Message): boolean {
  return delayLevel !== 0 || delayMs !== undefined || deliverAtMs !== undefined;
}

function naturalText(what: string, value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && value >= 0) return String(value);
  throw invalidArgument(`${what} is ${shown(value)}, expected an integer from 0`);
}

function checkedFlag({ flag: value = 0 }: Message): number {
  return inRange('flag', value, -MAX_INT - 1, MAX_INT);
}

function checkIsBody(body: unknown): void {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return;
  throw invalidArgument(`body is ${shown(body)}, expected a Buffer or text`);
}

/** Keys as the broker has them, with a space between each two. */
export function keysTextOf({ keys }: Message): string | undefined {
  if (keys === undefined || typeof keys === 'string') {
    checkText('keys', keys);
    return keys;
  }
  checkIsList('keys', keys, checkText);
  return keys.join(' ');
}

/** The application's properties. */
function propertiesOf({ properties = {} }: Message): Readonly<Record<string, string>> {
  checkIsObject('properties', properties);
  for (const [name, value] of Object.entries(properties)) checkProperty(name, value);
  return properties;
}

function checkProperty(name: string, value: string): void {
  if (RESERVED_PROPERTY_NAMES.has(name)) {
    throw invalidArgument(`property ${name} is reserved: choose another name`);
  }
  if (typeof value !== 'string') {
    throw invalidArgument(`property ${JSON.stringify(name)} is a ${typeof value}, expected text`);
  }
  if (name.trim() === '' || value.trim() === '') {
    throw invalidArgument(`property ${JSON.stringify(name)} has a blank name or value`);
  }
  if (name.includes(NAME_END)) {
    throw invalidArgument(`the property name ${JSON.stringify(name)} holds a separator, 0x01`);
  }
  checkText(`property ${JSON.stringify(name)}`, name);
  checkText(`property ${JSON.stringify(name)}`, value);
}

/** A separator in a value would begin a property of its own. */
function checkText(what: string, value: string | undefined): void {
  if (value === undefined) return;
  checkIsText(what, value);
  if (value.includes(PROPERTY_END)) throw invalidArgument(`${what} holds a separator, 0x02`);
}
