/** Ends of transactions. Source: EndTransactionProcessor.java, AdminBrokerProcessor.java (resumeCheckHalfMessage). */
import {
  decodeMessageId,
  endTransaction,
  type FrameView,
  HeaderFields,
  MessageSysFlag,
  type RequestOf,
  ResponseCode,
  resumeCheckHalfMessage,
  SystemTopic,
} from '@orbitmq/protocol';
import {
  type FrameHandler,
  type Handler,
  type RemotingServer,
  ResponseError,
} from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import type { PutOutcome } from '../send/message-putter.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { HalfMessages } from '../transaction/half-messages.ts';

export function registerTransactionHandlers(
  server: RemotingServer,
  context: BrokerContext,
  halfMessages: HalfMessages,
): void {
  server.registerFrame(endTransaction, handleEndTransaction(halfMessages));
  server.register(resumeCheckHalfMessage, handleResumeCheck(context, halfMessages));
}

/** What is asked of a half message. */
type End = Pick<
  RequestOf<typeof endTransaction>,
  'producerGroup' | 'tranStateTableOffset' | 'commitLogOffset' | 'commitOrRollback'
>;

function handleEndTransaction(halfMessages: HalfMessages): FrameHandler<typeof endTransaction> {
  const fields = new HeaderFields([
    'producerGroup',
    'tranStateTableOffset',
    'commitLogOffset',
    'commitOrRollback',
  ]);
  const read = (frame: FrameView): End => {
    fields.read(frame);
    return {
      producerGroup: fields.text('producerGroup') ?? '',
      tranStateTableOffset: fields.integer('tranStateTableOffset'),
      commitLogOffset: fields.integer('commitLogOffset'),
      commitOrRollback: fields.integer('commitOrRollback'),
    };
  };
  return (frame, decode) => {
    const quick = read(frame);
    const isComplete = Number.isFinite(
      quick.tranStateTableOffset + quick.commitLogOffset + quick.commitOrRollback,
    );
    const end = isComplete ? quick : decode(frame);
    const isCommit = end.commitOrRollback === MessageSysFlag.transactionCommit;
    const isRollback = end.commitOrRollback === MessageSysFlag.transactionRollback;
    // The producer does not know yet: it is asked later.
    if (!isCommit && !isRollback) return undefined;
    const half = halfMessages.inMemory(end.commitLogOffset);
    if (half !== undefined) return settle(halfMessages, half, end);
    return halfMessages
      .atPhysicalOffset(end.commitLogOffset)
      .then((found) => settle(halfMessages, found, end));
  };
}

/** What is read of the half message is read before anything is awaited. */
function settle(
  halfMessages: HalfMessages,
  half: StoredRecord | undefined,
  end: End,
): Promise<undefined> {
  if (half === undefined) throw failure('Find prepared transaction message failed');
  if (!half.isOfProducerGroup(end.producerGroup)) throw failure('The producer group wrong');
  if (half.queueOffset !== end.tranStateTableOffset) {
    throw failure('The transaction state table offset wrong');
  }
  const isCommit = end.commitOrRollback === MessageSysFlag.transactionCommit;
  return halfMessages.settle(half, isCommit).then((outcome) => {
    if (outcome !== 'ok') throw notSettled(outcome);
    return undefined;
  });
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
