/**
 * The surface of Aliyun's ONS SDK on this client's classes, for applications written against it:
 *
 *   const producer = ons.createProducer({ GROUP_ID: 'GID_orders', NAMESRV_ADDR: '127.0.0.1:9876' });
 *   await producer.start();
 *   const message = new ons.Message('Orders', 'created', 'hello');
 *   message.setKey('order-1');
 *   await producer.send(message);
 */
import type { ClientLogger } from '../application-calls.ts';
import { BatchConsumer, Consumer, OrderConsumer } from './consumers.ts';
import {
  type LocalTransactionChecker,
  OrderProducer,
  Producer,
  TransactionProducer,
} from './producers.ts';
import type { Properties } from './properties.ts';

export {
  Action,
  BatchConsumer,
  type BatchMessageListener,
  Consumer,
  type MessageListener,
  type MessageOrderListener,
  OrderAction,
  OrderConsumer,
} from './consumers.ts';
export { Message } from './message.ts';
export {
  type LocalTransactionChecker,
  type LocalTransactionExecuter,
  OrderProducer,
  Producer,
  type SendCallback,
  type SendResult,
  TransactionProducer,
  TransactionStatus,
} from './producers.ts';
export { type Properties, PropertyKeyConst } from './properties.ts';

export function createProducer(properties: Properties, log?: ClientLogger): Producer {
  return new Producer(properties, log);
}

export function createOrderProducer(properties: Properties, log?: ClientLogger): OrderProducer {
  return new OrderProducer(properties, log);
}

export function createTransactionProducer(
  properties: Properties,
  checker: LocalTransactionChecker,
  log?: ClientLogger,
): TransactionProducer {
  return new TransactionProducer(properties, checker, log);
}

export function createConsumer(properties: Properties, log?: ClientLogger): Consumer {
  return new Consumer(properties, log);
}

export function createOrderedConsumer(properties: Properties, log?: ClientLogger): OrderConsumer {
  return new OrderConsumer(properties, log);
}

export function createBatchConsumer(properties: Properties, log?: ClientLogger): BatchConsumer {
  return new BatchConsumer(properties, log);
}
