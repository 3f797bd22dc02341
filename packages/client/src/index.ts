export { RocketMqError } from '@orbitmq/kernel';
export {
  type AllocationStrategy,
  averagely,
  averagelyByCircle,
} from './allocation.ts';
export type { ClientOptions } from './client-core.ts';
export { ClientErrorCode } from './client-error.ts';
export type { Message, MessageQueue, ReceivedMessage } from './message.ts';
export { splitIntoBatches } from './outgoing.ts';
export { Producer } from './producer.ts';
export type {
  ProducerOptions,
  QueueSelector,
  SendOptions,
  SendResult,
  SendStatus,
} from './producer-options.ts';
export {
  type ConsumeContext,
  type ConsumeFrom,
  type ConsumeResult,
  type ListenerResult,
  type MessageListener,
  PushConsumer,
  type PushConsumerOptions,
} from './push-consumer.ts';
export { decodeRecallHandle, type RecallHandle } from './recall-handle.ts';
export { createReply, type ReplyAddress, type ReplyMessage } from './requests.ts';
export { RETRIED_CODES } from './sender.ts';
export type {
  TransactionListener,
  TransactionResult,
  TransactionState,
} from './transactions.ts';
