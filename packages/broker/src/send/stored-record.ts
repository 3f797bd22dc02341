import { assert, javaHashCode, readInt64 } from '@orbitmq/kernel';
import {
  decodeProperties,
  PropertyName,
  RecordField,
  type RecordParts,
  recordPartsAt,
} from '@orbitmq/protocol';
import { AppendRecord } from '@orbitmq/store';

/**
 * A record of the store that is to be stored again: half messages, delayed ones, timers. Its fields are
 * read in place and what is stored again points into its bytes, so that nothing is copied or decoded
 * that stays as it is.
 */
export class StoredRecord {
  readonly #bytes: Buffer;
  readonly #parts: RecordParts;
  #properties: Readonly<Record<string, string>> | undefined;

  /** @param bytes one well-formed record, which must not change any more */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#parts = recordPartsAt(bytes, 0);
    assert(this.#parts.propertiesEnd === bytes.length, 'the store gives whole records');
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  get topic(): string {
    return this.#bytes.toString('utf8', this.#parts.topicStart, this.#parts.topicEnd);
  }

  get queueId(): number {
    return this.#bytes.readInt32BE(RecordField.queueId);
  }

  get queueOffset(): number {
    return readInt64(this.#bytes, RecordField.queueOffset);
  }

  get physicalOffset(): number {
    return readInt64(this.#bytes, RecordField.physicalOffset);
  }

  /** Milliseconds since the epoch, by the sender's clock. */
  get bornTimestampMs(): number {
    return readInt64(this.#bytes, RecordField.bornTimestamp);
  }

  get storeTimestampMs(): number {
    return readInt64(this.#bytes, this.#parts.storeTimestampAt);
  }

  get reconsumeTimes(): number {
    return this.#bytes.readInt32BE(this.#parts.storeHostEnd);
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

  /** Where the message belongs that a system topic holds; undefined when it does not say. */
  get realTopic(): string | undefined {
    return this.properties[PropertyName.realTopic];
  }

  get realQueueId(): number {
    return Number.parseInt(this.properties[PropertyName.realQueueId] ?? '0', 10) || 0;
  }

  /** Java's hash of the tag; 0 without. */
  get tagsCode(): number {
    const tags = this.properties[PropertyName.tags];
    return tags === undefined ? 0 : javaHashCode(tags);
  }

  /** The same message to be stored anew: body, properties, flags, born time and host as they are. */
  again(): AppendRecord {
    const bytes = this.#bytes;
    const parts = this.#parts;
    const record = new AppendRecord();
    record.flag = bytes.readInt32BE(RecordField.flag);
    record.sysFlag = bytes.readInt32BE(RecordField.sysFlag);
    record.bornTimestampMs = this.bornTimestampMs;
    record.bornHost = this.bornHost;
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
