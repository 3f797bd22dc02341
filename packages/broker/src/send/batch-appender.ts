/**
 * Batches: the body holds messages of its own (see protocol's `encodeBatchBody`); each is stored as an
 * ordinary record, with the request's properties behind its own, all or none.
 *
 * Source: CommitLog.java (MessageExtBatchEncoder), SendMessageProcessor.java.
 */
import {
  BATCH_ELEMENT_FIXED_BYTES,
  type FrameView,
  MAX_TOPIC_LENGTH,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
} from '@orbitmq/protocol';
import { type AppendRecord, AppendStatus, type MessageStore, type Queue } from '@orbitmq/store';
import { MAX_PROPERTIES_BYTES, type MessageProperties, tagsCodeOf } from './message-properties.ts';
import type { Refusal } from './send-refusal.ts';

const PROPERTY_END = 2;

export interface BatchOutcome {
  readonly status: AppendStatus;
  readonly messageCount: number;
  /** Offset message ids, joined by commas. */
  readonly messageIds: string;
}

const ILLEGAL: BatchOutcome = { status: AppendStatus.illegal, messageCount: 0, messageIds: '' };

export class BatchAppender {
  readonly #store: MessageStore;
  readonly #properties: MessageProperties;

  constructor(store: MessageStore, properties: MessageProperties) {
    this.#store = store;
    this.#properties = properties;
  }

  /** What no batch may be. */
  check(_frame: FrameView, topic: string): Refusal | undefined {
    if (topic.length > MAX_TOPIC_LENGTH) {
      return illegal(`message topic length too long ${topic.length}`);
    }
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) {
      return illegal(`batch request does not support retry group ${topic}`);
    }
    if (this.#properties.special !== 0) {
      return illegal('a batch can be neither delayed nor transactional');
    }
    return undefined;
  }

  /** @param record filled from the request; its body is the batch */
  append(queue: Queue, record: AppendRecord, maxBodyBytes: number): BatchOutcome {
    const { body, bodyStart, bodyEnd } = record;
    const messages: AppendRecord[] = [];
    let position = bodyStart;
    while (position < bodyEnd) {
      const message = this.#element(record, body, position, bodyEnd);
      if (message === undefined || message.bodyEnd - message.bodyStart > maxBodyBytes) {
        return ILLEGAL;
      }
      messages.push(message);
      position += body.readInt32BE(position);
    }
    if (messages.length === 0) return ILLEGAL;
    const status = this.#store.appendAll(queue, messages);
    return {
      status,
      messageCount: messages.length,
      messageIds: status === AppendStatus.ok ? this.#store.appendedIds() : '',
    };
  }

  /** @returns undefined when the element's lengths do not agree */
  #element(
    template: AppendRecord,
    body: Buffer,
    position: number,
    end: number,
  ): AppendRecord | undefined {
    if (end - position < BATCH_ELEMENT_FIXED_BYTES) return undefined;
    const sizeBytes = body.readInt32BE(position);
    const bodyBytes = body.readInt32BE(position + 16);
    if (sizeBytes > end - position || bodyBytes < 0) return undefined;
    const propertiesLengthAt = position + 20 + bodyBytes;
    if (propertiesLengthAt + 2 > position + sizeBytes) return undefined;
    const propertiesBytes = body.readInt16BE(propertiesLengthAt);
    if (sizeBytes !== BATCH_ELEMENT_FIXED_BYTES + bodyBytes + propertiesBytes) return undefined;
    const properties = this.#join(body, propertiesLengthAt + 2, propertiesBytes);
    if (properties.length > MAX_PROPERTIES_BYTES) return undefined;
    const message = template.copy();
    message.flag = body.readInt32BE(position + 12);
    message.bodyStart = position + 20;
    message.bodyEnd = propertiesLengthAt;
    message.properties = properties;
    message.propertiesStart = 0;
    message.propertiesEnd = properties.length;
    message.tagsCode = tagsCodeOf(properties);
    return message;
  }

  /** The element's own properties, then the request's. */
  #join(body: Buffer, start: number, bytes: number): Buffer {
    const common = this.#properties.buffer.subarray(0, this.#properties.length);
    const needsEnd = bytes > 0 && body[start + bytes - 1] !== PROPERTY_END;
    return Buffer.concat([
      body.subarray(start, start + bytes),
      needsEnd ? SEPARATOR : NO_BYTES,
      common,
    ]);
  }
}
const SEPARATOR = Buffer.from([PROPERTY_END]);
const NO_BYTES = Buffer.alloc(0);

function illegal(remark: string): Refusal {
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
}
