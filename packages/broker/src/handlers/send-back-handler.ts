/**
 * CONSUMER_SEND_MSG_BACK: a message that was not consumed comes again later, or goes to the group's dead
 * letters when it came often enough.
 *
 * Source: AbstractSendMessageProcessor.java (consumerSendMsgBack).
 */
import {
  consumerSendMsgBack,
  deadLetterTopicOf,
  decodeRecord,
  Permission,
  PropertyName,
  ResponseCode,
  retryTopicOf,
  type StoredMessage,
  SystemTopic,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import { FAQ } from '../remarks.ts';
import type { DelayLevels } from '../schedule/delay-levels.ts';
import type { MessagePutter, OwnMessage } from '../send/message-putter.ts';
import { deadSendBackKey, StatsName } from '../stats/broker-stats.ts';

/** First version whose senders state a group's maximum of attempts themselves. */
const VERSION_WITH_MAX_RECONSUME_TIMES = 121;
/** Level of the first retry: 10 s. */
const FIRST_LEVEL = 3;
const READ_WRITE = Permission.read | Permission.write;

export interface SendBackParts {
  readonly context: BrokerContext;
  readonly putter: MessagePutter;
  readonly levels: DelayLevels;
}

export function registerSendBackHandler(server: RemotingServer, parts: SendBackParts): void {
  server.register(consumerSendMsgBack, handleSendBack(parts));
}

export function handleSendBack(parts: SendBackParts): Handler<typeof consumerSendMsgBack> {
  const { context, putter } = parts;
  return async (request, { command }) => {
    const { group, delayLevel, maxReconsumeTimes } = request;
    const config = context.groups.get(group);
    if (config === undefined) {
      throw new ResponseError(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `subscription group not exist, ${group} ${FAQ}`,
      );
    }
    if ((context.config.brokerPermission & Permission.write) === 0) {
      throw new ResponseError(
        ResponseCode.NO_PERMISSION,
        `the broker[${context.config.brokerIP1}] sending message is forbidden`,
      );
    }
    // A group that wants no retries loses what it does not consume, as it was configured.
    if (config.retryQueueNums <= 0) return;
    const retryTopic = retryTopicOf(group);
    if (!context.topics.ensure(retryTopic, config.retryQueueNums, READ_WRITE).isWritable) {
      throw new ResponseError(
        ResponseCode.NO_PERMISSION,
        `the topic[${retryTopic}] sending message is forbidden`,
      );
    }
    const record = await context.store.recordAtOffset(request.offset);
    if (record === undefined) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `look message by offset failed, ${request.offset}`,
      );
    }
    const isStated =
      command.version >= VERSION_WITH_MAX_RECONSUME_TIMES && maxReconsumeTimes !== undefined;
    const max = isStated ? maxReconsumeTimes : config.retryMaxTimes;
    const message = decodeRecord(record, 0);
    const isDead = message.reconsumeTimes >= max || delayLevel < 0;
    const outcome = await putter.put(
      isDead
        ? toDeadLetters(parts, group, message)
        : toRetry(parts, message, { group, delayLevel, queues: config.retryQueueNums }),
    );
    if (outcome !== 'ok') throw new ResponseError(ResponseCode.SYSTEM_ERROR, statusText(outcome));
    const key = `${topicOfOrigin(context, message)}@${group}`;
    context.stats.count(StatsName.sendBackPutNums, key);
    if (!isDead) return;
    context.stats.count(StatsName.sendBackToDeadLetters, deadSendBackKey(key));
    context.stats.count(StatsName.deadLetterPutNums, key);
  };
}

/** What its sender wrote there counts if it is a topic: statistics of others would be forgotten with nothing. */
function topicOfOrigin({ topics }: BrokerContext, message: StoredMessage): string {
  const named = message.properties[PropertyName.retryTopic];
  return named !== undefined && topics.byName(named) !== undefined ? named : message.topic;
}

function toDeadLetters(
  { context }: SendBackParts,
  group: string,
  message: StoredMessage,
): OwnMessage {
  const topic = deadLetterTopicOf(group);
  context.topics.ensure(topic, 1, READ_WRITE);
  return { ...keptOf(message), topic, queueId: 0 };
}

/** Through the delay topic: the message waits there as long as its level says. */
function toRetry(
  { context, levels }: SendBackParts,
  message: StoredMessage,
  retry: { readonly group: string; readonly delayLevel: number; readonly queues: number },
): OwnMessage {
  const topic = retryTopicOf(retry.group);
  context.topics.ensure(SystemTopic.schedule, levels.max, READ_WRITE);
  const wanted = retry.delayLevel > 0 ? retry.delayLevel : FIRST_LEVEL + message.reconsumeTimes;
  const level = levels.clamp(wanted);
  const kept = keptOf(message);
  return {
    ...kept,
    topic: SystemTopic.schedule,
    queueId: level - 1,
    tagsCode: context.clock.now() + levels.delayMs(level),
    properties: {
      ...kept.properties,
      [PropertyName.delayLevel]: String(level),
      [PropertyName.realTopic]: topic,
      [PropertyName.realQueueId]: String(message.reconsumeTimes % retry.queues),
    },
  };
}

/** What the message keeps over all its attempts: its body as it is stored, its ids and where it came from. */
function keptOf(message: StoredMessage): Omit<OwnMessage, 'topic' | 'queueId'> {
  const { flag, sysFlag, bornTimestamp, bornHost, body } = message;
  const { [PropertyName.delayLevel]: _delay, ...properties } = message.properties;
  return {
    flag,
    sysFlag,
    bornTimestamp,
    bornHost,
    body,
    reconsumeTimes: message.reconsumeTimes + 1,
    preparedTransactionOffset: 0,
    properties: {
      ...properties,
      [PropertyName.retryTopic]: message.properties[PropertyName.retryTopic] ?? message.topic,
      [PropertyName.originMessageId]:
        message.properties[PropertyName.originMessageId] ?? message.offsetMessageId,
    },
  };
}

function statusText(outcome: 'illegal' | 'failed'): string {
  return outcome === 'illegal' ? 'MESSAGE_ILLEGAL' : 'SERVICE_NOT_AVAILABLE';
}
