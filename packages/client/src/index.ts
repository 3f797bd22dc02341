export { RocketMqError } from '@orbitmq/kernel';
export {
  type AllocationStrategy,
  averagely,
  averagelyByCircle,
} from './allocation.ts';
export type { ClientOptions } from './client-core.ts';
export { ClientErrorCode } from './client-error.ts';
export type { Message, MessageQueue, ReceivedMessage } from './message.ts';
export {
  Producer,
  type ProducerOptions,
  type QueueSelector,
  type SendOptions,
  type SendResult,
  type SendStatus,
} from './producer.ts';
export {
  type ConsumeContext,
  type ConsumeFrom,
  type ConsumeResult,
  type ListenerResult,
  type MessageListener,
  PushConsumer,
  type PushConsumerOptions,
} from './push-consumer.ts';
