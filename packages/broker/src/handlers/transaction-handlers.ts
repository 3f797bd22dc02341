/** Ends of transactions. Source: EndTransactionProcessor.java, AdminBrokerProcessor.java (resumeCheckHalfMessage). */
import {
  decodeMessageId,
  endTransaction,
  MessageSysFlag,
  PropertyName,
  ResponseCode,
  resumeCheckHalfMessage,
  SystemTopic,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import type { PutOutcome } from '../send/message-putter.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { HalfMessages } from '../transaction/half-messages.ts';

export function registerTransactionHandlers(
  server: RemotingServer,
  context: BrokerContext,
  halfMessages: HalfMessages,
): void {
  server.register(endTransaction, handleEndTransaction(halfMessages));
  server.register(resumeCheckHalfMessage, handleResumeCheck(context, halfMessages));
}

function handleEndTransaction(halfMessages: HalfMessages): Handler<typeof endTransaction> {
  return async (request) => {
    const isCommit = request.commitOrRollback === MessageSysFlag.transactionCommit;
    const isRollback = request.commitOrRollback === MessageSysFlag.transactionRollback;
    // The producer does not know yet: it is asked later.
    if (!isCommit && !isRollback) return;
    const half = await halfMessages.atPhysicalOffset(request.commitLogOffset);
    if (half === undefined) {
      throw failure('Find prepared transaction message failed');
    }
    if (half.properties[PropertyName.producerGroup] !== request.producerGroup) {
      throw failure('The producer group wrong');
    }
    if (half.queueOffset !== request.tranStateTableOffset) {
      throw failure('The transaction state table offset wrong');
    }
    const outcome = await halfMessages.settle(half, isCommit);
    if (outcome !== 'ok') throw notSettled(outcome);
  };
}

function handleResumeCheck(
  { store }: BrokerContext,
  halfMessages: HalfMessages,
): Handler<typeof resumeCheckHalfMessage> {
  return async ({ msgId }) => {
    const bytes = await store.recordAtOffset(physicalOffsetOf(msgId ?? ''));
    const message = bytes && new StoredRecord(bytes);
    const isHalf =
      message?.topic === SystemTopic.transactionHalf ||
      message?.topic === SystemTopic.transactionCheckMaxTime;
    if (message === undefined || !isHalf || !(await halfMessages.resume(message))) {
      throw failure('Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed.');
    }
  };
}

/** @throws {ResponseError} when it is no message id */
function physicalOffsetOf(messageId: string): number {
  try {
    return decodeMessageId(messageId).physicalOffset;
  } catch (error) {
    throw new ResponseError(
      ResponseCode.SYSTEM_ERROR,
      'Exception was thrown when putting message back to RMQ_SYS_TRANS_HALF_TOPIC.',
      error,
    );
  }
}

function notSettled(outcome: Exclude<PutOutcome, 'ok'>): ResponseError {
  return outcome === 'illegal'
    ? new ResponseError(
        ResponseCode.MESSAGE_ILLEGAL,
        'The message is illegal, maybe msg body or properties length not matched. msg body length limit 128k, msg properties length limit 32k.',
      )
    : new ResponseError(ResponseCode.SERVICE_NOT_AVAILABLE, 'Service not available now.');
}

function failure(remark: string): ResponseError {
  return new ResponseError(ResponseCode.SYSTEM_ERROR, remark);
}
