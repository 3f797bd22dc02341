import { assert, int32At, readInt64 } from '@orbitmq/kernel';
import { decodeProperties, RecordField, type RecordParts, recordPartsAt } from '@orbitmq/protocol';
import { AppendRecord } from '@orbitmq/store';
import { PropertyScan } from './property-scan.ts';

/**
 * A record of the store that is to be stored again: half messages, delayed ones, timers. Its fields are
 * read in place and what is stored again points into its bytes, so that nothing is copied or decoded
 * that stays as it is.
 */
export class StoredRecord {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #parts: RecordParts;
  #properties: Readonly<Record<string, string>> | undefined;
  #scan: PropertyScan | undefined;

  /** @param bytes hold a well-formed record at `[start, end)`, which must not change any more */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#start = start;
    this.#parts = recordPartsAt(bytes, start);
    assert(this.#parts.propertiesEnd === end, 'the store gives whole records');
  }

  get sizeBytes(): number {
    return this.#parts.propertiesEnd - this.#start;
  }

  get topic(): string {
    return this.#bytes.toString('utf8', this.#parts.topicStart, this.#parts.topicEnd);
  }

  get queueId(): number {
    return int32At(this.#bytes, this.#start + RecordField.queueId);
  }

  get queueOffset(): number {
    return readInt64(this.#bytes, this.#start + RecordField.queueOffset);
  }

  get physicalOffset(): number {
    return readInt64(this.#bytes, this.#start + RecordField.physicalOffset);
  }

  /** Milliseconds since the epoch, by the sender's clock. */
  get bornTimestampMs(): number {
    return readInt64(this.#bytes, this.#start + RecordField.bornTimestamp);
  }

  get storeTimestampMs(): number {
    return readInt64(this.#bytes, this.#parts.storeTimestampAt);
  }

  get reconsumeTimes(): number {
    return int32At(this.#bytes, this.#parts.storeHostEnd);
  }

  /** Where in the log its half message is; 0 for a message that was none. */
  get preparedTransactionOffset(): number {
    return readInt64(this.#bytes, this.#parts.storeHostEnd + 4);
  }

  get body(): Buffer {
    return this.#bytes.subarray(this.#parts.bodyStart, this.#parts.bodyEnd);
  }

  get bornHost(): Buffer {
    return this.#bytes.subarray(this.#parts.bornHostStart, this.#parts.bornHostEnd);
  }

  get storeHost(): Buffer {
    return this.#bytes.subarray(this.#parts.storeHostStart, this.#parts.storeHostEnd);
  }

  get properties(): Readonly<Record<string, string>> {
    this.#properties ??= decodeProperties(
      this.#bytes.toString('utf8', this.#parts.propertiesStart, this.#parts.propertiesEnd),
    );
    return this.#properties;
  }

  /** What is known of the properties without decoding them. */
  get scan(): Readonly<PropertyScan> {
    if (this.#scan === undefined) {
      this.#scan = new PropertyScan();
      this.#scan.read(this.#bytes, this.#parts.propertiesStart, this.#parts.propertiesEnd);
    }
    return this.#scan;
  }

  /** Where the message belongs that a system topic holds; undefined when it does not say. */
  get realTopic(): string | undefined {
    const { realTopicStart, realTopicEnd } = this.scan;
    return realTopicStart < 0
      ? undefined
      : this.#bytes.toString('utf8', realTopicStart, realTopicEnd);
  }

  /** The same, in a table. */
  realTopicIn<Topic>(topics: ByBytes<Topic>): Topic | undefined {
    const { realTopicStart, realTopicEnd } = this.scan;
    return realTopicStart < 0
      ? undefined
      : topics.byBytes(this.#bytes, realTopicStart, realTopicEnd);
  }

  get realQueueId(): number {
    return Math.max(0, this.scan.realQueueId);
  }

  /** Whether the producers' group that the message names is `group`. */
  isOfProducerGroup(group: string): boolean {
    const { producerGroupStart, producerGroupEnd } = this.scan;
    return (
      producerGroupStart >= 0 &&
      this.#bytes.toString('utf8', producerGroupStart, producerGroupEnd) === group
    );
  }

  /** Java's hash of the tag; 0 without. */
  get tagsCode(): number {
    return this.scan.tagsCode;
  }

  /** Whether it stands in the topic with that name's bytes. */
  isIn(topicBytes: Buffer): boolean {
    const { topicStart, topicEnd } = this.#parts;
    return topicBytes.compare(this.#bytes, topicStart, topicEnd) === 0;
  }

  /** The same message to be stored anew: body, properties, flags, born time and host as they are. */
  again(): AppendRecord {
    const bytes = this.#bytes;
    const parts = this.#parts;
    const record = new AppendRecord();
    record.flag = int32At(bytes, this.#start + RecordField.flag);
    record.sysFlag = int32At(bytes, this.#start + RecordField.sysFlag);
    record.bornTimestampMs = this.bornTimestampMs;
    record.bornHost = keptHost(bytes, parts.bornHostStart, parts.bornHostEnd);
    record.reconsumeTimes = this.reconsumeTimes;
    record.body = bytes;
    record.bodyStart = parts.bodyStart;
    record.bodyEnd = parts.bodyEnd;
    record.properties = bytes;
    record.propertiesStart = parts.propertiesStart;
    record.propertiesEnd = parts.propertiesEnd;
    record.tagsCode = this.tagsCode;
    return record;
  }
}

/** The host that was asked for last: messages of one producer follow each other. Never written to. */
let lastHost = Buffer.alloc(0);

/** The bytes of a host, in a buffer of their own. */
function keptHost(bytes: Buffer, start: number, end: number): Buffer {
  let index = 0;
  if (lastHost.length === end - start) {
    while (index < lastHost.length && lastHost[index] === bytes[start + index]) index++;
  }
  if (index === 0 || index < lastHost.length) lastHost = Buffer.from(bytes.subarray(start, end));
  return lastHost;
}

interface ByBytes<Found> {
  byBytes(buffer: Buffer, start: number, end: number): Found | undefined;
}
