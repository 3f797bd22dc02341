/**
 * SEND_REPLY_MESSAGE: the answer to a request message, handed over to the client that waits for it, and
 * kept in the reply topic if `storeReplyMessageEnable` says so.
 *
 * Source: ReplyMessageProcessor.java.
 */
import { toError } from '@orbitmq/kernel';
import {
  decodeProperties,
  encodeMessageId,
  encodeProperties,
  PropertyName,
  pushReplyMessageToClient,
  ResponseCode,
  type SendHeader,
  sendHeaderOf,
  sendReplyMessage,
  sendReplyMessageV2,
  topicNameProblem,
} from '@orbitmq/protocol';
import {
  type AnswerParts,
  type RemotingServer,
  type RequestContext,
  ResponseError,
  reply,
} from '@orbitmq/remoting';
import { AppendRecord } from '@orbitmq/store';
import type { BrokerContext } from '../broker-context.ts';
import { FAQ, queueIdIllegalOnSend } from '../remarks.ts';
import { hostOf } from '../send/born-host.ts';
import { MAX_PROPERTIES_BYTES } from '../send/message-properties.ts';
import type { MessageWriter } from '../send/message-writer.ts';
import { messageIllegal } from '../send/send-refusal.ts';
import type { Topic } from '../topics/topic.ts';

/** How long the client that waits may take to confirm. Source: Broker2Client.java (callClient). */
const PUSH_TIMEOUT_MS = 10_000;
const NOT_STORED = { msgId: '0', queueId: 0, queueOffset: 0 };

export interface ReplyParts {
  readonly context: BrokerContext;
  readonly writer: MessageWriter;
  /** As `encodeHost` gives it. */
  readonly storeHost: Buffer;
}

export function registerReplyMessageHandlers(server: RemotingServer, parts: ReplyParts): void {
  server.register(sendReplyMessage, async (header, request) =>
    reply(await handleReply(parts, header, request)),
  );
  server.register(sendReplyMessageV2, async (header, request) => {
    const { code, remark, fields } = await handleReply(parts, sendHeaderOf(header), request);
    return reply({ code, remark, fields });
  });
}

/** @throws {ResponseError} when the reply is not one that can be sent */
export async function handleReply(
  parts: ReplyParts,
  header: SendHeader,
  request: RequestContext,
): Promise<AnswerParts<typeof sendReplyMessage>> {
  const { config } = parts.context;
  const topic = checkedTopic(parts, header, request);
  const properties = propertiesOf(parts, header);
  const problem = await push(parts, header, properties, request);
  const stored = config.storeReplyMessageEnable
    ? await store(parts, topic, header, request)
    : NOT_STORED;
  return {
    ...(problem === undefined ? {} : { code: ResponseCode.SYSTEM_ERROR, remark: problem }),
    fields: { ...stored, MSG_REGION: config.regionId, TRACE_ON: config.traceOn },
  };
}

/** @throws {ResponseError} when the reply's header is not one that a message can be sent with */
function checkedTopic(
  { context }: ReplyParts,
  header: SendHeader,
  { connection, command }: RequestContext,
): Topic {
  const { topics, config } = context;
  const problem = topicNameProblem(header.topic);
  if (problem !== undefined) throw new ResponseError(ResponseCode.SYSTEM_ERROR, problem);
  const queues = Math.min(header.defaultTopicQueueNums, config.defaultTopicQueueNums);
  const topic =
    topics.byName(header.topic) ?? topics.createForSend(header.topic, header.defaultTopic, queues);
  if (topic === undefined) {
    throw new ResponseError(
      ResponseCode.TOPIC_NOT_EXIST,
      `topic[${header.topic}] not exist, apply first please!${FAQ}`,
    );
  }
  if (topic.isForbiddenToSend) {
    throw new ResponseError(
      ResponseCode.NO_PERMISSION,
      `Sending message to topic[${topic.name}] is forbidden.`,
    );
  }
  const { readQueueNums, writeQueueNums } = topic.config;
  if (header.queueId >= Math.max(readQueueNums, writeQueueNums)) {
    throw new ResponseError(
      ResponseCode.SYSTEM_ERROR,
      queueIdIllegalOnSend(header.queueId, topic.config, connection.remoteAddress),
    );
  }
  if ((command.body?.length ?? 0) > config.maxMessageSize) throw illegal(config.maxMessageSize);
  return topic;
}

/** @throws {ResponseError} when they are longer than a record can carry */
function propertiesOf({ context }: ReplyParts, header: SendHeader): Record<string, string> {
  const text = header.properties ?? '';
  if (Buffer.byteLength(text) > MAX_PROPERTIES_BYTES) throw illegal(context.config.maxMessageSize);
  return decodeProperties(text);
}

/** @returns why the client that waits did not get it, in Apache's words; undefined when it did */
async function push(
  { context }: ReplyParts,
  header: SendHeader,
  properties: Readonly<Record<string, string>>,
  { connection, command }: RequestContext,
): Promise<string | undefined> {
  const clientId = properties[PropertyName.replyToClient];
  if (clientId === undefined) return 'reply message properties[REPLY_TO_CLIENT] is null';
  const asker = context.producers.byClientId(clientId)?.connection;
  if (asker === undefined || asker.isClosed) {
    return `push reply message fail, channel of <${clientId}> not found.`;
  }
  const nowMs = context.clock.now();
  const { producerGroup, topic, defaultTopic, defaultTopicQueueNums } = header;
  const { queueId, sysFlag, bornTimestamp, flag, reconsumeTimes, unitMode } = header;
  const pushed = {
    producerGroup,
    topic,
    defaultTopic,
    defaultTopicQueueNums,
    queueId,
    sysFlag,
    bornTimestamp,
    flag,
    reconsumeTimes,
    unitMode,
    properties: encodeProperties({ ...properties, [PropertyName.pushReplyTime]: String(nowMs) }),
    bornHost: connection.remoteAddress,
    storeHost: context.brokerAddress,
    storeTimestamp: nowMs,
  };
  const options = { timeoutMs: PUSH_TIMEOUT_MS, body: command.body };
  try {
    const { code } = await asker.invoke(pushReplyMessageToClient, pushed, options);
    if (code === ResponseCode.SUCCESS) return undefined;
  } catch (error) {
    context.log.warn({ clientId, err: toError(error) }, 'reply could not be handed over');
  }
  return `push reply message to ${clientId}fail.`;
}

/** Failing to keep it is no failure of the reply: whoever waits has it. */
async function store(
  { context, writer, storeHost }: ReplyParts,
  topic: Topic,
  header: SendHeader,
  { connection, command }: RequestContext,
): Promise<typeof NOT_STORED> {
  const queueId = header.queueId < 0 ? 0 : header.queueId;
  const record = new AppendRecord();
  record.flag = header.flag;
  record.sysFlag = header.sysFlag;
  record.bornTimestampMs = header.bornTimestamp;
  record.bornHost = hostOf(connection);
  record.reconsumeTimes = header.reconsumeTimes ?? 0;
  record.body = command.body ?? record.body;
  record.bodyEnd = record.body.length;
  record.properties = Buffer.from(header.properties ?? '');
  record.propertiesEnd = record.properties.length;
  const stored = writer.isFull ? undefined : writer.put(topic.queue(queueId), record);
  if (!(stored instanceof Promise)) {
    context.log.warn({ topic: topic.name, queueId }, 'reply was not kept');
    return NOT_STORED;
  }
  context.stats.countPut(topic.putStats, queueId, 1, context.store.appended.sizeBytes);
  const { physicalOffset, queueOffset } = await stored;
  return { msgId: encodeMessageId(storeHost, physicalOffset), queueId, queueOffset };
}

function illegal(maxMessageSize: number): ResponseError {
  const { code, remark } = messageIllegal(maxMessageSize);
  return new ResponseError(code, remark);
}
