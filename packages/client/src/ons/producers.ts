/** Producers of the ONS SDK. Source: Producer.java, OrderProducer.java, TransactionProducer.java of its API. */
import {
  javaHashCode,
  type Logger,
  RocketMqError,
  required,
  silentLogger,
  toError,
} from '@orbitmq/kernel';
import { type ClientLogger, guarded, loggerOf } from '../application-calls.ts';
import { checkIsObject } from '../option-checks.ts';
import { Producer as ClientProducer } from '../producer.ts';
import type { ProducerOptions } from '../producer-options.ts';
import type { TransactionState } from '../transactions.ts';
import { fromReceived, type Message } from './message.ts';
import { commonOptions, integerOf, type Properties, textOf } from './properties.ts';

const DEFAULT_GROUP = '__ONS_PRODUCER_DEFAULT_GROUP';
const DEFAULT_TIMEOUT_MS = 5_000;

export interface SendResult {
  readonly messageId: string;
  readonly topic: string;
}

export interface SendCallback {
  onSuccess(result: SendResult): void;
  onException(context: {
    readonly topic: string;
    readonly messageId: string | undefined;
    readonly exception: Error;
  }): void;
}

/** What became of the sender's own work. */
export const TransactionStatus = {
  CommitTransaction: 'CommitTransaction',
  RollbackTransaction: 'RollbackTransaction',
  Unknow: 'Unknow',
} as const;
export type TransactionStatus = (typeof TransactionStatus)[keyof typeof TransactionStatus];

export type LocalTransactionExecuter = (
  message: Message,
  argument: unknown,
) => TransactionStatus | Promise<TransactionStatus>;
export type LocalTransactionChecker = (
  message: Message,
) => TransactionStatus | Promise<TransactionStatus>;

const STATE: Readonly<Record<TransactionStatus, TransactionState>> = {
  CommitTransaction: 'commit',
  RollbackTransaction: 'rollback',
  Unknow: 'unknown',
};

/** Starting, stopping, and what these say. */
abstract class OnsProducer {
  protected readonly producer: ClientProducer;
  protected readonly log: Logger;
  #isStarted = false;
  #isClosed = false;

  constructor(options: ProducerOptions) {
    this.producer = new ClientProducer(options);
    this.log = options.log === undefined ? silentLogger : loggerOf(options.log);
  }

  async start(): Promise<void> {
    await this.producer.start();
    this.#isStarted = true;
  }

  async shutdown(): Promise<void> {
    this.#isClosed = true;
    await this.producer.close();
  }

  isStarted(): boolean {
    return this.#isStarted && !this.#isClosed;
  }

  isClosed(): boolean {
    return this.#isClosed;
  }
}

export class Producer extends OnsProducer {
  constructor(properties: Properties, log?: ClientLogger) {
    super(producerOptions(properties, log));
  }

  /** Sets the message's id. @throws as the client's `Producer.send` */
  async send(message: Message): Promise<SendResult> {
    const { messageId } = await this.producer.send(message.toClientMessage());
    message.msgId = messageId;
    return { messageId, topic: message.topic };
  }

  async sendOneway(message: Message): Promise<void> {
    await this.producer.sendOneway(message.toClientMessage());
  }

  /** Tells the callback how it ended. What the callback throws is logged. */
  sendAsync(message: Message, callback: SendCallback): void {
    const tell = (call: () => void): void => guarded(this.log, 'a send callback failed', call);
    this.send(message).then(
      (result) => tell(() => callback.onSuccess(result)),
      (error: unknown) => {
        const { topic, msgId } = message;
        const exception = toError(error);
        tell(() => callback.onException({ topic, messageId: msgId, exception }));
      },
    );
  }
}

/** Messages with one sharding key go to one queue, in the order they are sent one after the other. */
export class OrderProducer extends OnsProducer {
  constructor(properties: Properties, log?: ClientLogger) {
    super(producerOptions(properties, log));
  }

  async send(message: Message, shardingKey: string): Promise<SendResult> {
    message.setShardingKey(shardingKey);
    const hash = javaHashCode(shardingKey);
    const { messageId } = await this.producer.send(message.toClientMessage(), {
      selector: (queues) => required(queues[Math.abs(hash % queues.length)], 'a queue to send to'),
    });
    message.msgId = messageId;
    return { messageId, topic: message.topic };
  }
}

interface Work {
  readonly message: Message;
  readonly execute: LocalTransactionExecuter;
  readonly argument: unknown;
}

export class TransactionProducer extends OnsProducer {
  constructor(properties: Properties, checker: LocalTransactionChecker, log?: ClientLogger) {
    super({
      ...producerOptions(properties, log),
      transactionListener: {
        executeLocal: async (_message, work, transactionId) => {
          const { message, execute, argument } = work as Work;
          message.msgId = transactionId;
          return STATE[await execute(message, argument)];
        },
        check: async (received) => STATE[await checker(fromReceived(received))],
      },
    });
  }

  /** @throws {RocketMqError} CLIENT_TRANSACTION_ROLLED_BACK, and as the client's `Producer.send` */
  async send(
    message: Message,
    execute: LocalTransactionExecuter,
    argument?: unknown,
  ): Promise<SendResult> {
    const work: Work = { message, execute, argument };
    const { messageId, state } = await this.producer.sendInTransaction(
      message.toClientMessage(),
      work,
    );
    message.msgId = messageId;
    if (state !== 'rollback') return { messageId, topic: message.topic };
    throw new RocketMqError('the local transaction was rolled back', {
      code: 'CLIENT_TRANSACTION_ROLLED_BACK',
      details: { messageId },
    });
  }
}

function producerOptions(properties: Properties, log: ClientLogger | undefined): ProducerOptions {
  checkIsObject('properties', properties);
  const group = textOf(properties, 'GROUP_ID') ?? textOf(properties, 'ProducerId');
  return {
    ...commonOptions(properties, log),
    group: group ?? DEFAULT_GROUP,
    sendTimeoutMs: integerOf(properties, 'SendMsgTimeoutMillis') ?? DEFAULT_TIMEOUT_MS,
  };
}
