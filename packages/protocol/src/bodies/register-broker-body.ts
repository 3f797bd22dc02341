/**
 * What a broker registers: its topics.
 *
 * Plain: JSON. Compressed (4.x, header field `compressed`): zlib over
 *
 *   size  field
 *   4+n   data version, JSON
 *   4     number of topics
 *   4+n   each topic: "name readQueues writeQueues perm filterType", in 5.x " attributes" as JSON
 *   4+n   filter servers, JSON array
 *   4     number of mappings, only from senders of V5_0_0 and later
 *   4+n   each mapping: TopicQueueMappingInfo, JSON
 *
 * where 4+n is an int32 length and so many bytes. The compressed form loses `order` and `topicSysFlag`.
 *
 * Source: RegisterBrokerBody.java.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { errorCode, GrowingBuffer } from '@orbitmq/kernel';
import { type JsonValue, parseFastJson, printFastJson } from '../fast-json/index.ts';
import { bodyMalformed, bodyOf, readShape } from './body.ts';
import { dataVersion } from './data-version.ts';
import { defaulted, list, struct, type TypeOf, text, textRecord } from './shape.ts';
import {
  type TopicConfig,
  type TopicConfigSerializeWrapper,
  topicConfigSerializeWrapper,
} from './topic-config.ts';
import { type TopicQueueMappingInfo, topicQueueMappingInfo } from './topic-queue-mapping.ts';

const NAME = 'RegisterBrokerBody';
/** First version whose compressed form has mappings: V5_0_0. */
const VERSION_WITH_MAPPINGS = 413;
/** Bound on what a compressed body may grow to: about 400 thousand topics. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

export type RegisterBrokerBody = TypeOf<typeof registerBrokerBody>;
const registerBrokerBody = struct({
  /** Unused since 4.3. */
  filterServerList: defaulted(list(text), []),
  topicConfigSerializeWrapper,
});
const plain = bodyOf(NAME, registerBrokerBody);

/** How the sender wrote the body. */
export interface RegisterBrokerForm {
  readonly isCompressed: boolean;
  /** The sender's version. */
  readonly version: number;
}

/** Reads a body. @throws {RocketMqError} BODY_MALFORMED */
export function parseRegisterBrokerBody(
  body: Buffer | undefined,
  form: RegisterBrokerForm,
): RegisterBrokerBody {
  if (!form.isCompressed || body === undefined) return plain.parse(body);
  return readInflated(inflate(body), form.version);
}

/** Writes a body; the version decides whether a compressed one has mappings. */
export function printRegisterBrokerBody(
  body: RegisterBrokerBody,
  form: RegisterBrokerForm = { isCompressed: false, version: 0 },
): Buffer {
  if (!form.isCompressed) return plain.print(body);
  const output = new GrowingBuffer(4096);
  const { dataVersion: version, topicConfigTable } = body.topicConfigSerializeWrapper;
  appendText(output, printFastJson(dataVersion.write(version)));
  appendInt32(output, topicConfigTable.size);
  for (const topic of topicConfigTable.values()) appendText(output, topicLine(topic));
  appendText(output, printFastJson(body.filterServerList));
  if (form.version >= VERSION_WITH_MAPPINGS) {
    const mappings = body.topicConfigSerializeWrapper.topicQueueMappingInfoMap ?? new Map();
    appendInt32(output, mappings.size);
    for (const mapping of mappings.values() as Iterable<TopicQueueMappingInfo>) {
      appendText(output, printFastJson(topicQueueMappingInfo.write(mapping)));
    }
  }
  return deflateSync(output.take(), { level: 9 });
}

function inflate(body: Buffer): Buffer {
  try {
    return inflateSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (error) {
    throw bodyMalformed(
      NAME,
      `it cannot be decompressed (${errorCode(error) ?? 'unknown'})`,
      error,
    );
  }
}

function readInflated(bytes: Buffer, senderVersion: number): RegisterBrokerBody {
  const input = new Input(bytes);
  const version = readShape('DataVersion', dataVersion, input.json());
  const topics = new Map<string, TopicConfig>();
  for (let count = input.int32(); count > 0; count--) {
    const topic = readTopicLine(input.text());
    topics.set(topic.topicName, topic);
  }
  const filterServerList = readShape(NAME, list(text), input.json());
  const wrapper: TopicConfigSerializeWrapper = { dataVersion: version, topicConfigTable: topics };
  if (senderVersion < VERSION_WITH_MAPPINGS || input.isAtEnd) {
    return { filterServerList, topicConfigSerializeWrapper: wrapper };
  }
  const mappings = new Map<string, TopicQueueMappingInfo>();
  for (let count = input.int32(); count > 0; count--) {
    const mapping = readShape('TopicQueueMappingInfo', topicQueueMappingInfo, input.json());
    mappings.set(mapping.topic, mapping);
  }
  return {
    filterServerList,
    topicConfigSerializeWrapper: { ...wrapper, topicQueueMappingInfoMap: mappings },
  };
}

function topicLine(topic: TopicConfig): string {
  const line = `${topic.topicName} ${topic.readQueueNums} ${topic.writeQueueNums} ${topic.perm} ${topic.topicFilterType}`;
  if (topic.attributes === undefined) return line;
  return `${line} ${printFastJson(textRecord.write(topic.attributes))}`;
}

const TOPIC_LINE = /^(\S+) (\d{1,9}) (\d{1,9}) (\d{1,9}) (\S+)(?: (.*))?$/s;

function readTopicLine(line: string): TopicConfig {
  const match = TOPIC_LINE.exec(line);
  if (match === null) {
    throw bodyMalformed(NAME, `topic line ${JSON.stringify(line.slice(0, 64))} has not five parts`);
  }
  const [, topicName = '', readQueueNums, writeQueueNums, perm, topicFilterType = '', json] = match;
  const topic: TopicConfig = {
    order: false,
    perm: Number(perm),
    readQueueNums: Number(readQueueNums),
    topicFilterType,
    topicName,
    topicSysFlag: 0,
    writeQueueNums: Number(writeQueueNums),
  };
  if (json === undefined || json === '') return topic;
  return { attributes: readShape(NAME, textRecord, parseJson(json)), ...topic };
}

function appendInt32(output: GrowingBuffer, value: number): void {
  output.reserve(4);
  output.length = output.buffer.writeInt32BE(value, output.length);
}

function appendText(output: GrowingBuffer, value: string): void {
  const bytes = Buffer.from(value);
  appendInt32(output, bytes.length);
  output.append(bytes);
}

function parseJson(json: string): JsonValue {
  try {
    return parseFastJson(json);
  } catch (error) {
    throw bodyMalformed(NAME, `part of it is no JSON`, error);
  }
}

/** The inflated bytes, read from front to back. */
class Input {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  int32(): number {
    if (this.#bytes.length - this.#position < 4) throw this.#tooShort();
    const value = this.#bytes.readInt32BE(this.#position);
    this.#position += 4;
    return value;
  }

  text(): string {
    const length = this.int32();
    if (length < 0 || length > this.#bytes.length - this.#position) throw this.#tooShort();
    const start = this.#position;
    this.#position += length;
    return this.#bytes.toString('utf8', start, this.#position);
  }

  json(): JsonValue {
    return parseJson(this.text());
  }

  #tooShort(): Error {
    return bodyMalformed(NAME, `it ends within the part at byte ${this.#position}`);
  }
}
