import { RocketMqError } from '@orbitmq/kernel';
import {
  checkTransactionState,
  groupNameProblem,
  recallMessage,
  unregisterClient,
} from '@orbitmq/protocol';
import { atOnce } from './application-calls.ts';
import { ClientCore, localIp } from './client-core.ts';
import { ClientErrorCode, invalidArgument } from './client-error.ts';
import { checkClientOptions } from './client-options.ts';
import { settledWithin } from './deadline.ts';
import { InFlight } from './in-flight.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Message, MessageQueue } from './message.ts';
import { queueWithout, withNamespace, withoutNamespace } from './namespace.ts';
import {
  checkIsFunction,
  checkIsList,
  checkIsObject,
  checkIsQueue,
  checkIsText,
  duration,
} from './option-checks.ts';
import { isDelayed, type OutgoingSettings, prepareBatch, prepareMessage } from './outgoing.ts';
import {
  type ProducerOptions,
  producerSettings,
  type SendOptions,
  type SendResult,
} from './producer-options.ts';
import { QueueChooser } from './queue-chooser.ts';
import { decodeRecallHandle } from './recall-handle.ts';
import { type ReplyMessage, Requests } from './requests.ts';
import { masterAddresses } from './routes.ts';
import { Sender, type Wish } from './sender.ts';
import { sendTraces } from './trace-hooks.ts';
import { TraceQueue } from './trace-queue.ts';
import { type TransactionResult, Transactions } from './transactions.ts';
import { UniqueIds } from './unique-id.ts';

/** Sends end in their own time; what a transaction's listener does may take for ever. */
const MAX_DRAIN_MS = 30_000;
const UNREGISTER_TIMEOUT_MS = 3_000;

/**
 * Sends messages. Sends may run at the same time, up to `maxInFlight`. A send that failed may have been
 * stored all the same: consumers have to expect a message twice.
 *
 * Source: DefaultMQProducer.java, DefaultMQProducerImpl.java.
 */
export class Producer implements AsyncDisposable {
  readonly #core: ClientCore;
  readonly #ids: UniqueIds;
  readonly #sender: Sender;
  readonly #inFlight: InFlight;
  readonly #settings: OutgoingSettings;
  readonly #traces: TraceQueue | undefined;
  /** With its namespace. */
  readonly #group: string;
  readonly #sendTimeoutMs: number;
  readonly #transactions: Transactions | undefined;
  readonly #requests: Requests;
  readonly #life = new Lifecycle({ start: () => this.#start(), close: () => this.#close() });

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: ProducerOptions) {
    checkClientOptions(options);
    this.#core = new ClientCore(options);
    const { random, clock, namespace } = this.#core;
    this.#group = withNamespace(options.group, namespace);
    const problem = groupNameProblem(this.#group);
    if (problem !== undefined) throw invalidArgument(`group: ${problem}`);
    const settings = producerSettings(options);
    this.#ids = new UniqueIds({ ip: localIp(), pid: process.pid, random, clock });
    const { avoidsSlowBrokers } = settings;
    const chooser = new QueueChooser({ random, clock, avoidsSlowBrokers });
    const hooks = [...settings.sendHooks];
    if (options.trace !== undefined && options.trace !== false) {
      const traceOptions = options.trace === true ? {} : options.trace;
      this.#traces = new TraceQueue(this.#core, `${options.group}-PRODUCE`, traceOptions);
      hooks.push(sendTraces(this.#traces, clock));
    }
    this.#sender = new Sender(this.#core, chooser, {
      group: this.#group,
      retries: settings.retries,
      attemptTimeoutMs: settings.attemptTimeoutMs,
      retriesWhenNotSafe: settings.retriesWhenNotSafe,
      retriedCodes: settings.retriedCodes,
      hooks,
    });
    this.#inFlight = new InFlight(settings.maxInFlight, settings.maxInFlightBytes);
    this.#settings = { ...settings, namespace };
    this.#sendTimeoutMs = settings.sendTimeoutMs;
    const { transactionListener } = options;
    this.#requests = new Requests(this.#core);
    if (transactionListener !== undefined) {
      this.#transactions = new Transactions(this.#core, {
        group: this.#group,
        listener: transactionListener,
        hooks,
      });
    } else {
      // A broker may ask about transactions of an earlier life of the group; nobody here knows them.
      this.#core.remoting.register(checkTransactionState, () => undefined);
    }
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Connects lazily: brokers are met with the first send. Idempotent. @throws {RocketMqError} CLIENT_NOT_RUNNING after `close()` */
  start(): Promise<void> {
    return this.#life.start();
  }

  /**
   * Sends a message and waits until the broker has it.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, CLIENT_NO_ROUTE, CLIENT_NO_NAME_SERVER, CLIENT_SEND_FAILED
   *   when all attempts failed, CLIENT_BROKER_REFUSED, CLIENT_TOO_MANY_SENDS, CLIENT_NOT_RUNNING
   */
  async send(message: Message, options: SendOptions = {}): Promise<SendResult> {
    this.#admit(options, message);
    return this.#inFlight.run(bodyBytes([message]), async () => {
      const outgoing = await prepareMessage(message, this.#ids, this.#settings);
      return this.#sender.send(outgoing, this.#wishOf(options, message), this.#timeoutMs(options));
    });
  }

  /** Sends messages of one topic as one: all are stored, or none. @throws as {@link send} */
  async sendBatch(messages: readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    checkIsList('messages', messages, checkIsObject);
    this.#admit(options, ...messages);
    return this.#inFlight.run(bodyBytes(messages), () => {
      const outgoing = prepareBatch(messages, this.#ids, this.#settings);
      const wish = this.#wishOf(options, messages[0] as Message);
      return this.#sender.send(outgoing, wish, this.#timeoutMs(options));
    });
  }

  /** Sends without an answer: nobody learns whether the message arrived. @throws as {@link send}, but for what a broker would say */
  async sendOneway(message: Message, options: SendOptions = {}): Promise<void> {
    this.#admit(options, message);
    await this.#inFlight.run(bodyBytes([message]), async () => {
      const outgoing = await prepareMessage(message, this.#ids, this.#settings);
      const wish = this.#wishOf(options, message);
      await this.#sender.sendOneway(outgoing, wish, this.#timeoutMs(options));
    });
  }

  /**
   * Stores a message that nobody sees, does the sender's own work by the `transactionListener`, and then lets
   * the message be seen, or discards it.
   *
   * @param argument passed to `executeLocal`
   * @throws as {@link send}; a transaction that could not be ended does not throw: the broker asks about it
   */
  async sendInTransaction(
    message: Message,
    argument?: unknown,
    options: SendOptions = {},
  ): Promise<TransactionResult> {
    this.#admit(options, message);
    const transactions = this.#transactions;
    if (transactions === undefined) {
      throw invalidArgument('transactions need the option transactionListener');
    }
    if (isDelayed(message)) throw invalidArgument('a message of a transaction cannot be delayed');
    return this.#inFlight.run(bodyBytes([message]), async () => {
      const { halfProperties } = transactions;
      const outgoing = await prepareMessage(message, this.#ids, this.#settings, halfProperties);
      const deadlineMs = this.#core.clock.monotonicMs() + this.#timeoutMs(options);
      // Brokers ask only those about transactions whose heartbeat they have.
      await this.#greetBrokersOf(outgoing.topic, this.#timeoutMs(options));
      const restMs = deadlineMs - this.#core.clock.monotonicMs();
      const result = await this.#sender.send(outgoing, this.#wishOf(options, message), restMs);
      return {
        ...result,
        state: await transactions.finish({
          message,
          topic: outgoing.topic,
          result,
          argument,
          limitMs: this.#timeoutMs(options),
        }),
      };
    });
  }

  /**
   * Sends a message that somebody answers with `createReply`, and waits for the answer.
   *
   * @throws as {@link send}, and CLIENT_REPLY_TIMEOUT
   */
  async request(message: Message, options: SendOptions = {}): Promise<ReplyMessage> {
    this.#admit(options, message);
    return this.#inFlight.run(bodyBytes([message]), async () => {
      const timeoutMs = this.#timeoutMs(options);
      const deadlineMs = this.#core.clock.monotonicMs() + timeoutMs;
      return this.#requests.ask(timeoutMs, async (properties) => {
        const outgoing = await prepareMessage(message, this.#ids, this.#settings, properties);
        const route = await this.#core.publishRoute(outgoing.topic);
        if (route !== undefined) await this.#requests.introduce(route);
        const restMs = deadlineMs - this.#core.clock.monotonicMs();
        return this.#sender.send(outgoing, this.#wishOf(options, message), restMs);
      });
    });
  }

  /**
   * Takes a timer message back that was not delivered yet.
   *
   * @param recallHandle from the {@link SendResult}
   * @returns the message's unique id
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, CLIENT_NO_ROUTE, CLIENT_BROKER_REFUSED
   */
  async recall(topic: string, recallHandle: string, options: SendOptions = {}): Promise<string> {
    this.#admit(options);
    checkIsText('topic', topic);
    const { brokerName } = decodeRecallHandle(recallHandle);
    return this.#inFlight.run(0, async () => {
      const limitMs = this.#timeoutMs(options);
      const { clock } = this.#core;
      const deadlineMs = clock.monotonicMs() + limitMs;
      const inNamespace = withNamespace(topic, this.#core.namespace);
      const address = await this.#sender.addressOf(inNamespace, brokerName, limitMs);
      const producerGroup = this.#group;
      const values = { producerGroup, topic: inNamespace, recallHandle, bname: brokerName };
      const timeoutMs = Math.max(0, deadlineMs - clock.monotonicMs());
      const { fields } = await this.#core.call(address, recallMessage, values, { timeoutMs });
      return fields.msgId;
    });
  }

  /** Queues that messages of the topic are sent to. @throws {RocketMqError} CLIENT_NO_ROUTE */
  async queues(topic: string): Promise<readonly MessageQueue[]> {
    checkIsText('topic', topic);
    const inNamespace = withNamespace(topic, this.#core.namespace);
    return this.#bare(await this.#sender.queues(inNamespace, this.#sendTimeoutMs));
  }

  /** Finishes what is under way, for at most 30 s, tells the brokers, and closes all connections. Idempotent. */
  close(): Promise<void> {
    return this.#life.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What every call begins with. @throws {RocketMqError} CLIENT_NOT_RUNNING, CLIENT_INVALID_ARGUMENT */
  #admit(options: SendOptions, ...messages: readonly Message[]): void {
    if (!this.#life.isOpen) {
      throw new RocketMqError(
        'the producer is not running: call start() first, and nothing after close()',
        { code: ClientErrorCode.notRunning },
      );
    }
    checkIsObject('options', options);
    for (const message of messages) checkIsObject('message', message);
  }

  /** What stands in the way is left for the send to meet. Never rejects. */
  #greetBrokersOf(topic: string, limitMs: number): Promise<void> {
    const greeting = this.#core.publishRoute(topic).then((route) => {
      return route === undefined ? undefined : this.#core.greet(masterAddresses(route));
    });
    return settledWithin(this.#core.timers, limitMs, greeting);
  }

  #wishOf({ queue, selector }: SendOptions, message: Message): Wish | undefined {
    if (queue !== undefined) {
      checkIsQueue('queue', queue);
      this.#checkIsOf(message, queue);
      return () => queue;
    }
    if (selector === undefined) return undefined;
    checkIsFunction('selector', selector);
    return (queues) => {
      const chosen = atOnce('selector', selector(this.#bare(queues), message));
      // Anywhere else the message would be out of order.
      checkIsQueue('selector', chosen);
      this.#checkIsOf(message, chosen);
      return chosen;
    };
  }

  /** A queue of another topic would name a place that means nothing in this one. */
  #checkIsOf({ topic }: Message, queue: MessageQueue): void {
    const { namespace } = this.#core;
    if (withoutNamespace(queue.topic, namespace) === withoutNamespace(topic, namespace)) return;
    throw invalidArgument(`queue is one of topic ${queue.topic}, expected one of ${topic}`);
  }

  #bare(queues: readonly MessageQueue[]): readonly MessageQueue[] {
    const { namespace } = this.#core;
    return namespace === undefined ? queues : queues.map((queue) => queueWithout(queue, namespace));
  }

  #timeoutMs({ timeoutMs }: SendOptions): number {
    return timeoutMs === undefined ? this.#sendTimeoutMs : duration('timeoutMs', timeoutMs);
  }

  async #start(): Promise<void> {
    this.#core.start(() => ({
      clientID: this.clientId,
      consumerDataSet: [],
      producerDataSet: [{ groupName: this.#group }],
    }));
    await this.#core.sendHeartbeats();
  }

  async #close(): Promise<void> {
    const { timers } = this.#core;
    await settledWithin(timers, MAX_DRAIN_MS, this.#inFlight.idle());
    this.#requests.close();
    await settledWithin(timers, MAX_DRAIN_MS, this.#transactions?.drain() ?? Promise.resolve());
    await this.#traces?.close();
    if (this.#life.wasStarted) {
      const leaving = { clientID: this.clientId, producerGroup: this.#group };
      await this.#core.leaveBrokers(unregisterClient, leaving, UNREGISTER_TIMEOUT_MS);
    }
    await this.#core.close();
  }
}

function bodyBytes(messages: readonly Message[]): number {
  let sizeBytes = 0;
  for (const { body } of messages) sizeBytes += body?.length ?? 0;
  return sizeBytes;
}
