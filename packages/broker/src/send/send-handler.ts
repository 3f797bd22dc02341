import {
  answerTo,
  DEAD_LETTER_TOPIC_PREFIX,
  encodeHost,
  encodeMessageId,
  type FrameView,
  Permission,
  RETRY_TOPIC_PREFIX,
  type RemotingCommand,
  ResponseCode,
  topicNameProblem,
} from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import { AppendRecord, AppendStatus } from '@orbitmq/store';
import type { BrokerContext } from '../broker-context.ts';
import { FAQ, queueIdIllegalOnSend } from '../remarks.ts';
import type { Topic } from '../topics/topic.ts';
import { BatchAppender } from './batch-appender.ts';
import { hostOf } from './born-host.ts';
import { MessageProperties } from './message-properties.ts';
import type { AnswerFields, MessageRouter, Routed } from './message-router.ts';
import type { MessageWriter, StoredAt } from './message-writer.ts';
import { STORED_CODES } from './send-answer.ts';
import {
  diskBusy,
  messageIllegal,
  type Refusal,
  refuseSend,
  sendQueueFull,
  storeUnavailable,
} from './send-refusal.ts';
import { readSendRequest, SendRequest } from './send-request.ts';

/** Bits of a sysFlag that only the broker sets: where its hosts are IPv6, and inner batches. */
const SYS_FLAG_FROM_CLIENT = ~(0x10 | 0x20);

/**
 * SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE: checks, then the log. One call a message:
 * what it needs of the frame is read in place, and nothing is allocated unless the send is refused
 * or goes another way than straight into its queue.
 *
 * Source: SendMessageProcessor.java, AbstractSendMessageProcessor.java.
 */
export class SendHandler {
  readonly #context: BrokerContext;
  readonly #writer: MessageWriter;
  readonly #router: MessageRouter;
  readonly #batches: BatchAppender;
  readonly #request = new SendRequest();
  readonly #record = new AppendRecord();
  readonly #properties: MessageProperties;
  /** First half of the ids of messages whose answers have fields of their own. */
  readonly #storeHost: Buffer;
  #nextRandomQueue = 0;
  #lastSender: Connection | undefined;
  #lastHost: Buffer = Buffer.alloc(0);

  constructor(context: BrokerContext, writer: MessageWriter, router: MessageRouter) {
    this.#context = context;
    this.#writer = writer;
    this.#router = router;
    const { brokerIP1, listenPort } = context.config;
    this.#storeHost = encodeHost({ ip: brokerIP1, port: listenPort });
    const { brokerClusterName, regionId, traceOn } = context.config;
    this.#properties = new MessageProperties({
      cluster: brokerClusterName,
      regionId,
      isTraceOn: traceOn,
    });
    this.#batches = new BatchAppender(context.store, this.#properties);
  }

  handle(connection: Connection, frame: FrameView): void {
    const refusal = this.#handle(connection, frame);
    if (refusal === undefined || frame.isOneway) return;
    const { regionId, traceOn } = this.#context.config;
    refuseSend(connection, frame, refusal, { regionId, isTraceOn: traceOn });
  }

  #handle(connection: Connection, frame: FrameView): Refusal | undefined {
    const request = this.#request;
    const { config } = this.#context;
    const invalid = readSendRequest(frame, request);
    if (invalid !== undefined) {
      return systemError(`header field ${invalid} is missing or malformed`);
    }
    if (this.#writer.isFull) return sendQueueFull();
    const topic = this.#topicOf(frame);
    if ('code' in topic) return topic;
    if (topic.isForbiddenToSend) {
      return noPermission(`Sending message to topic[${topic.name}] is forbidden.`);
    }
    if (topic.config.order && (config.brokerPermission & Permission.write) === 0) {
      return noPermission(`the broker[${config.brokerIP1}] sending message is forbidden`);
    }
    const { readQueueNums, writeQueueNums } = topic.config;
    if (request.queueId >= Math.max(readQueueNums, writeQueueNums)) {
      return systemError(
        queueIdIllegalOnSend(request.queueId, topic.config, connection.remoteAddress),
      );
    }
    if (request.queueId < 0) request.queueId = this.#anyQueueOf(topic);
    if (!this.#properties.read(frame, request.propertiesField)) {
      return messageIllegal(config.maxMessageSize);
    }
    if (frame.bodyBytes > config.maxMessageSize) return messageIllegal(config.maxMessageSize);
    this.#fillRecord(connection, frame);
    return request.isBatch
      ? this.#appendBatch(connection, frame, topic)
      : this.#append(connection, frame, topic);
  }

  #topicOf(frame: FrameView): Topic | Refusal {
    const { topics, config } = this.#context;
    const request = this.#request;
    const field = request.topicField;
    const start = frame.valueStart(field);
    const known = topics.byBytes(frame.buffer, start, frame.valueEnd(field));
    if (known !== undefined) return known;
    const name = frame.value(field) ?? '';
    const problem = topicNameProblem(name);
    if (problem !== undefined) return systemError(problem);
    const created = topics.createForSend(
      name,
      frame.value(request.defaultTopicField) ?? '',
      Math.min(request.defaultTopicQueueNums, config.defaultTopicQueueNums),
    );
    return (
      created ?? {
        code: ResponseCode.TOPIC_NOT_EXIST,
        remark: `topic[${name}] not exist, apply first please!${FAQ}`,
      }
    );
  }

  #anyQueueOf(topic: Topic): number {
    this.#nextRandomQueue = (this.#nextRandomQueue + 1) % 0x7fff_ffff;
    return this.#nextRandomQueue % Math.max(1, topic.config.writeQueueNums);
  }

  #fillRecord(connection: Connection, frame: FrameView): void {
    const request = this.#request;
    const record = this.#record;
    const properties = this.#properties;
    record.flag = request.flag;
    record.sysFlag = request.sysFlag & SYS_FLAG_FROM_CLIENT;
    record.bornTimestampMs = request.bornTimestamp;
    record.bornHost = this.#bornHostOf(connection);
    record.reconsumeTimes = request.reconsumeTimes;
    record.preparedTransactionOffset = 0;
    record.body = frame.buffer;
    record.bodyStart = frame.bodyStart;
    record.bodyEnd = frame.bodyEnd;
    record.properties = properties.buffer;
    record.propertiesStart = 0;
    record.propertiesEnd = properties.length;
    record.tagsCode = properties.tagsCode;
  }

  /** Requests of one connection come in a row. */
  #bornHostOf(connection: Connection): Buffer {
    if (connection !== this.#lastSender) {
      this.#lastSender = connection;
      this.#lastHost = hostOf(connection);
    }
    return this.#lastHost;
  }

  #append(connection: Connection, frame: FrameView, topic: Topic): Refusal | undefined {
    const request = this.#request;
    const record = this.#record;
    const properties = this.#properties;
    let target = topic;
    let { queueId } = request;
    const isRetry = topic.name.startsWith(RETRY_TOPIC_PREFIX);
    if (properties.special !== 0 || isRetry) {
      const routed = this.#router.route(topic, queueId, record, {
        special: properties.special,
        maxReconsumeTimes: request.maxReconsumeTimes,
        peerVersion: frame.version,
      });
      if ('code' in routed) return routed;
      target = routed.topic;
      queueId = routed.queueId;
      if (routed.answerFields !== undefined) {
        const status = this.#appendAnswered(connection, frame, routed, routed.answerFields);
        return this.#outcome(status, target, queueId, 1);
      }
    }
    const status = this.#writer.append(
      target.queue(queueId),
      record,
      connection,
      frame,
      properties.isWaiting,
      target.name.startsWith(DEAD_LETTER_TOPIC_PREFIX) ? queueId : request.queueId,
    );
    return this.#outcome(status, target, queueId, 1);
  }

  /** The answer carries fields for which its template has no place. */
  // oxlint-disable-next-line max-params -- one call a message: an object would be garbage
  #appendAnswered(
    connection: Connection,
    frame: FrameView,
    { topic, queueId: storedIn }: Routed,
    fields: AnswerFields,
  ): AppendStatus {
    const { opaque, serializeType, isOneway } = frame;
    const { queueId } = this.#request;
    const stored = this.#writer.put(topic.queue(storedIn), this.#record);
    if (!(stored instanceof Promise)) return stored;
    if (!isOneway) {
      const request = { opaque, serializeType };
      void stored.then((at) => this.#answer(connection, request, at, { ...fields, queueId }));
    }
    return AppendStatus.ok;
  }

  // oxlint-disable-next-line max-params -- a request and what became of it
  #answer(
    connection: Connection,
    request: Pick<RemotingCommand, 'opaque' | 'serializeType'>,
    { code, queueOffset, physicalOffset }: StoredAt,
    { queueId, ...fields }: AnswerFields & { readonly queueId: number },
  ): void {
    const { regionId, traceOn } = this.#context.config;
    if (!STORED_CODES.includes(code)) {
      const refusal = storeUnavailable(this.#context.store.diskRatios);
      refuseSend(connection, request, refusal, { regionId, isTraceOn: traceOn });
      return;
    }
    const extFields = {
      MSG_REGION: regionId,
      TRACE_ON: String(traceOn),
      msgId: encodeMessageId(this.#storeHost, physicalOffset),
      queueId: String(queueId),
      queueOffset: String(queueOffset),
      ...fields,
    };
    connection.send(answerTo(request, { code, remark: undefined, extFields, body: undefined }));
  }

  #appendBatch(connection: Connection, frame: FrameView, topic: Topic): Refusal | undefined {
    const { config } = this.#context;
    const request = this.#request;
    const problem = this.#batches.check(this.#record, topic.name);
    if (problem !== undefined) return problem;
    const queue = topic.queue(request.queueId);
    const batch = this.#batches.append(queue, this.#record, config.maxMessageSize);
    if (batch.status === AppendStatus.ok && !frame.isOneway) {
      this.#writer.acknowledgeBatch(
        connection,
        frame,
        this.#properties.isWaiting,
        request.queueId,
        batch.messageIds,
      );
    }
    return this.#outcome(batch.status, topic, request.queueId, batch.messageCount);
  }

  // oxlint-disable-next-line max-params -- one call a message: an object would be garbage
  #outcome(
    status: AppendStatus,
    topic: Topic,
    queueId: number,
    messages: number,
  ): Refusal | undefined {
    if (status === AppendStatus.ok) {
      this.#context.stats.countPut(
        topic.putStats,
        queueId,
        messages,
        this.#context.store.appended.sizeBytes,
      );
      return undefined;
    }
    if (status === AppendStatus.unavailable)
      return storeUnavailable(this.#context.store.diskRatios);
    if (status === AppendStatus.busy) return diskBusy();
    return messageIllegal(this.#context.config.maxMessageSize);
  }
}

function systemError(remark: string): Refusal {
  return { code: ResponseCode.SYSTEM_ERROR, remark };
}

function noPermission(remark: string): Refusal {
  return { code: ResponseCode.NO_PERMISSION, remark };
}
