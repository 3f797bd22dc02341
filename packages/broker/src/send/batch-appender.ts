/**
 * Batches: the body holds messages of its own (see protocol's `encodeBatchBody`); each is stored as an
 * ordinary record with its own properties, all or none. The request's properties are left out, as 5.x does:
 * 4.9 adds them, and 5.x clients put an id of the batch there, which then hides the messages' own.
 *
 * Source: CommitLog.java (MessageExtBatchEncoder), SendMessageProcessor.java.
 */
import {
  BATCH_ELEMENT_FIXED_BYTES,
  MAX_TOPIC_LENGTH,
  MessageSysFlag,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
} from '@orbitmq/protocol';
import { type AppendRecord, AppendStatus, type MessageStore, type Queue } from '@orbitmq/store';
import { type MessageProperties, tagsCodeOf } from './message-properties.ts';
import type { Refusal } from './send-refusal.ts';

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
  check({ sysFlag }: AppendRecord, topic: string): Refusal | undefined {
    if (topic.length > MAX_TOPIC_LENGTH) {
      return illegal(`message topic length too long ${topic.length}`);
    }
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) {
      return illegal(`batch request does not support retry group ${topic}`);
    }
    if (this.#properties.special !== 0 || (sysFlag & MessageSysFlag.transactionMask) !== 0) {
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
    if (propertiesBytes < 0) return undefined;
    if (sizeBytes !== BATCH_ELEMENT_FIXED_BYTES + bodyBytes + propertiesBytes) return undefined;
    const propertiesStart = propertiesLengthAt + 2;
    const propertiesEnd = propertiesStart + propertiesBytes;
    const properties = body.subarray(propertiesStart, propertiesEnd);
    // Recovery could not tell such a record from a torn one.
    if (properties.includes(0)) return undefined;
    const message = template.copy();
    message.flag = body.readInt32BE(position + 12);
    message.bodyStart = position + 20;
    message.bodyEnd = propertiesLengthAt;
    message.properties = body;
    message.propertiesStart = propertiesStart;
    message.propertiesEnd = propertiesEnd;
    message.tagsCode = tagsCodeOf(properties);
    return message;
  }
}

function illegal(remark: string): Refusal {
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
}
