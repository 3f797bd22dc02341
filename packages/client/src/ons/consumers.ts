/** Consumers of the ONS SDK. Source: Consumer.java, OrderConsumer.java, BatchConsumer.java of its API. */
import type { ClientLogger } from '../application-calls.ts';
import { invalidArgument } from '../client-error.ts';
import type { ConsumeContext } from '../listeners.ts';
import { checkIsObject, oneOf } from '../option-checks.ts';
import { PushConsumer } from '../push-consumer.ts';
import type { PushConsumerOptions } from '../push-options.ts';
import type { FilterExpression } from '../subscriptions.ts';
import { fromReceived, type Message } from './message.ts';
import { commonOptions, integerOf, type Properties, textOf } from './properties.ts';

/** What a listener says; anything else, and what it throws, means `ReconsumeLater`. */
export const Action = {
  CommitMessage: 'CommitMessage',
  ReconsumeLater: 'ReconsumeLater',
} as const;
export type Action = (typeof Action)[keyof typeof Action];

/** What an ordered listener says; anything else, and what it throws, means `Suspend`. */
export const OrderAction = { Success: 'Success', Suspend: 'Suspend' } as const;
export type OrderAction = (typeof OrderAction)[keyof typeof OrderAction];

type Listens<Content, Answer> = (
  content: Content,
  context: ConsumeContext,
) => Answer | undefined | Promise<Answer | undefined>;
export type MessageListener = Listens<Message, Action>;
export type MessageOrderListener = Listens<Message, OrderAction>;
export type BatchMessageListener = Listens<readonly Message[], Action>;

const MILLISECONDS_A_MINUTE = 60_000;
const MEBIBYTE = 1_048_576;

/** Starting, stopping, and what these say. */
abstract class OnsConsumer {
  protected readonly consumer: PushConsumer;
  #isStarted = false;
  #isClosed = false;

  constructor(options: PushConsumerOptions) {
    this.consumer = new PushConsumer(options);
  }

  async start(): Promise<void> {
    await this.consumer.start();
    this.#isStarted = true;
  }

  async shutdown(): Promise<void> {
    this.#isClosed = true;
    await this.consumer.close();
  }

  isStarted(): boolean {
    return this.#isStarted && !this.#isClosed;
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  unsubscribe(topic: string): void {
    this.consumer.unsubscribe(topic);
  }
}

/** One message at a time goes to its topic's listener. */
export class Consumer extends OnsConsumer {
  constructor(properties: Properties, log?: ClientLogger) {
    super(consumerOptions(properties, log));
  }

  /** @param expression tags, as in `a || b`; everything when it is null or `*` */
  subscribe(topic: string, expression: FilterExpression | null, listener: MessageListener): void {
    this.consumer.subscribe(topic, expression ?? '*', async (message, context) => {
      const action = await listener(fromReceived(message), context);
      return action === Action.CommitMessage ? 'success' : 'reconsume-later';
    });
  }
}

/** A queue's messages come one after the other; one that fails comes again before those behind it. */
export class OrderConsumer extends OnsConsumer {
  constructor(properties: Properties, log?: ClientLogger) {
    super({ ...consumerOptions(properties, log), isOrderly: true });
  }

  subscribe(
    topic: string,
    expression: FilterExpression | null,
    listener: MessageOrderListener,
  ): void {
    this.consumer.subscribe(topic, expression ?? '*', async (message, context) => {
      const action = await listener(fromReceived(message), context);
      return action === OrderAction.Success ? 'success' : 'reconsume-later';
    });
  }
}

/** Up to `ConsumeMessageBatchMaxSize` messages come together, and are done with, or not, together. */
export class BatchConsumer extends OnsConsumer {
  readonly #batchSize: number;

  constructor(properties: Properties, log?: ClientLogger) {
    super(consumerOptions(properties, log));
    this.#batchSize = integerOf(properties, 'ConsumeMessageBatchMaxSize') ?? 1;
  }

  subscribe(
    topic: string,
    expression: FilterExpression | null,
    listener: BatchMessageListener,
  ): void {
    const size = this.#batchSize;
    this.consumer.subscribeBatch(topic, expression ?? '*', size, async (messages, context) => {
      const action = await listener(messages.map(fromReceived), context);
      return action === Action.CommitMessage ? 'success' : 'reconsume-later';
    });
  }
}

function consumerOptions(
  properties: Properties,
  log: ClientLogger | undefined,
): PushConsumerOptions {
  checkIsObject('properties', properties);
  const group = textOf(properties, 'GROUP_ID') ?? textOf(properties, 'ConsumerId');
  if (group === undefined) throw invalidArgument('GROUP_ID is missing');
  const consumeTimeout = integerOf(properties, 'ConsumeTimeout');
  const cachedMiB = integerOf(properties, 'MaxCachedMessageSizeInMiB');
  const model = textOf(properties, 'MessageModel') ?? 'CLUSTERING';
  oneOf('MessageModel', model, ['CLUSTERING', 'BROADCASTING']);
  return {
    ...commonOptions(properties, log),
    group,
    messageModel: model === 'BROADCASTING' ? 'broadcasting' : 'clustering',
    concurrency: integerOf(properties, 'ConsumeThreadNums'),
    maxReconsumeTimes: integerOf(properties, 'MaxReconsumeTimes'),
    consumeTimeoutMs:
      consumeTimeout === undefined ? undefined : consumeTimeout * MILLISECONDS_A_MINUTE,
    suspendMs: integerOf(properties, 'SuspendTimeMillis'),
    maxPendingMessagesInTotal: integerOf(properties, 'MaxCachedMessageAmount') ?? 5_000,
    maxPendingBytesInTotal: (cachedMiB ?? 512) * MEBIBYTE,
  };
}
