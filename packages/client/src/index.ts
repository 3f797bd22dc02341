export type { Credentials } from '@orbitmq/auth';
export { RocketMqError } from '@orbitmq/kernel';
export type { StoredMessage } from '@orbitmq/protocol';
export type { TlsClientSettings } from '@orbitmq/remoting';
export {
  type AllocationStrategy,
  averagely,
  averagelyByCircle,
  configured,
  inMachineRooms,
  type MachineRooms,
  nearby,
} from './allocation.ts';
export type { ClientLogger } from './application-calls.ts';
export { ClientErrorCode } from './client-error.ts';
export type { ClientOptions } from './client-options.ts';
export type { Compression } from './compression.ts';
export { byConsistentHash } from './consistent-hash.ts';
export type { ConsumedBatch, ConsumeEnd, ConsumeHook } from './consume-hook.ts';
export type {
  BatchListener,
  ConsumeContext,
  ConsumeResult,
  ListenerResult,
  MessageListener,
  ReconsumeLater,
} from './listeners.ts';
export { LitePullConsumer, type SeekTarget } from './lite-pull-consumer.ts';
export type { LitePullConsumerOptions } from './lite-pull-options.ts';
export { copyToSend, type Message, type MessageQueue, type ReceivedMessage } from './message.ts';
export * as ons from './ons/index.ts';
export { splitIntoBatches } from './outgoing.ts';
export { Producer } from './producer.ts';
export type {
  ProducerOptions,
  QueueSelector,
  SendOptions,
  SendResult,
  SendStatus,
} from './producer-options.ts';
export { PushConsumer } from './push-consumer.ts';
export type { MessageModel, PushConsumerOptions } from './push-options.ts';
export { decodeRecallHandle, type RecallHandle } from './recall-handle.ts';
export { createReply, type ReplyAddress, type ReplyMessage } from './requests.ts';
export type { SendAttempt, SendEnd, SendHook, TransactionEnd } from './send-hook.ts';
export { RETRIED_CODES } from './sender.ts';
export type { ConsumeFrom } from './start-offset.ts';
export type { FilterExpression } from './subscriptions.ts';
export type { QueuesListener } from './topic-watch.ts';
export type { TraceOptions } from './trace-queue.ts';

export type {
  TransactionListener,
  TransactionResult,
  TransactionState,
} from './transactions.ts';
