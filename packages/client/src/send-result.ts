/** What a broker answers to a send. Source: MQClientAPIImpl.java (processSendResponse). */
import {
  ResponseCode,
  sendBatchMessage,
  sendMessageV2,
  sendReplyMessageV2,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { brokerRefused } from './client-error.ts';
import type { MessageQueue } from './message.ts';
import type { Outgoing } from './outgoing.ts';
import type { SendResult, SendStatus } from './producer-options.ts';

const STATUS_OF_CODE: Readonly<Record<number, SendStatus>> = {
  [ResponseCode.SUCCESS]: 'SEND_OK',
  [ResponseCode.FLUSH_DISK_TIMEOUT]: 'FLUSH_DISK_TIMEOUT',
  [ResponseCode.SLAVE_NOT_AVAILABLE]: 'SLAVE_NOT_AVAILABLE',
  [ResponseCode.FLUSH_SLAVE_TIMEOUT]: 'FLUSH_SLAVE_TIMEOUT',
};
const DEFAULT_REGION = 'DefaultRegion';

/** The request that carries a message; all have the same header. */
export function definitionOf({ kind }: Outgoing): typeof sendMessageV2 {
  if (kind === 'batch') return sendBatchMessage;
  return kind === 'reply' ? sendReplyMessageV2 : sendMessageV2;
}

/** @throws {RocketMqError} CLIENT_BROKER_REFUSED when the message was not stored */
// oxlint-disable-next-line max-params -- the pieces of one result
export function resultOf(
  reply: Reply<typeof sendMessageV2>,
  address: string,
  outgoing: Outgoing,
  queue: MessageQueue,
): SendResult {
  const status = STATUS_OF_CODE[reply.code];
  if (status === undefined) throw brokerRefused(address, reply.code, reply.remark);
  const { fields } = reply;
  return {
    status,
    messageId: outgoing.messageIds.join(','),
    offsetMessageId: fields.msgId,
    queue: { ...queue, queueId: fields.queueId },
    queueOffset: fields.queueOffset,
    recallHandle: fields.recallHandle,
    transactionId: fields.transactionId,
    regionId: fields.MSG_REGION ?? DEFAULT_REGION,
    isTraced: fields.TRACE_ON ?? true,
  };
}
