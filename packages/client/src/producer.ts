import { RocketMqError } from '@orbitmq/kernel';
import { checkTransactionState, groupNameProblem, unregisterClient } from '@orbitmq/protocol';
import { ClientCore, localIp } from './client-core.ts';
import { ClientErrorCode, invalidArgument } from './client-error.ts';
import { InFlight } from './in-flight.ts';
import type { Message, MessageQueue } from './message.ts';
import { prepareBatch, prepareMessage } from './outgoing.ts';
import {
  PRODUCER_DEFAULTS,
  type ProducerOptions,
  type SendOptions,
  type SendResult,
} from './producer-options.ts';
import { QueueChooser } from './queue-chooser.ts';
import { Sender, type Wish } from './sender.ts';
import { UniqueIds } from './unique-id.ts';

const UNREGISTER_TIMEOUT_MS = 3_000;

/**
 * Sends messages. Sends may run at the same time, up to `maxInFlight`. A send that failed may have been
 * stored all the same: consumers have to expect a message twice.
 *
 * Source: DefaultMQProducer.java, DefaultMQProducerImpl.java.
 */
export class Producer implements AsyncDisposable {
  readonly #options: ProducerOptions;
  readonly #core: ClientCore;
  readonly #ids: UniqueIds;
  readonly #sender: Sender;
  readonly #inFlight: InFlight;
  readonly #limits: { readonly maxMessageBytes: number; readonly compressFromBytes: number };
  readonly #sendTimeoutMs: number;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: ProducerOptions) {
    const problem = groupNameProblem(options.group);
    if (problem !== undefined) throw invalidArgument(`group: ${problem}`);
    this.#options = options;
    this.#core = new ClientCore(options);
    const { random, clock } = this.#core;
    this.#ids = new UniqueIds({ ip: localIp(), pid: process.pid, random, clock });
    const chooser = new QueueChooser({
      random,
      clock,
      avoidsSlowBrokers: options.avoidsSlowBrokers ?? false,
    });
    this.#sender = new Sender(this.#core, chooser, {
      group: options.group,
      retries: options.retries ?? PRODUCER_DEFAULTS.retries,
      attemptTimeoutMs: options.attemptTimeoutMs,
      retriesWhenNotSafe: options.retriesWhenNotSafe ?? false,
      retriedCodes: options.retriedCodes ?? [],
    });
    this.#inFlight = new InFlight(
      options.maxInFlight ?? PRODUCER_DEFAULTS.maxInFlight,
      options.maxInFlightBytes ?? PRODUCER_DEFAULTS.maxInFlightBytes,
    );
    this.#limits = {
      maxMessageBytes: options.maxMessageBytes ?? PRODUCER_DEFAULTS.maxMessageBytes,
      compressFromBytes: options.compressFromBytes ?? PRODUCER_DEFAULTS.compressFromBytes,
    };
    this.#sendTimeoutMs = options.sendTimeoutMs ?? PRODUCER_DEFAULTS.sendTimeoutMs;
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Connects lazily: brokers are met with the first send. Idempotent. */
  start(): Promise<void> {
    this.#starting ??= this.#startOnce();
    return this.#starting;
  }

  /**
   * Sends a message and waits until the broker has it.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, CLIENT_NO_ROUTE, CLIENT_NO_NAME_SERVER, CLIENT_SEND_FAILED
   *   when all attempts failed, CLIENT_BROKER_REFUSED, CLIENT_TOO_MANY_SENDS, CLIENT_NOT_RUNNING
   */
  async send(message: Message, options: SendOptions = {}): Promise<SendResult> {
    this.#checkIsRunning();
    return this.#inFlight.run(bodyBytes([message]), async () => {
      const outgoing = await prepareMessage(message, this.#ids, this.#limits);
      return this.#sender.send(outgoing, wishOf(options, message), this.#timeoutMs(options));
    });
  }

  /** Sends messages of one topic as one: all are stored, or none. @throws as {@link send} */
  async sendBatch(messages: readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    this.#checkIsRunning();
    return this.#inFlight.run(bodyBytes(messages), () => {
      const outgoing = prepareBatch(messages, this.#ids, this.#limits.maxMessageBytes);
      const wish = wishOf(options, messages[0] as Message);
      return this.#sender.send(outgoing, wish, this.#timeoutMs(options));
    });
  }

  /** Sends without an answer: nobody learns whether the message arrived. @throws as {@link send}, but for what a broker would say */
  async sendOneway(message: Message, options: SendOptions = {}): Promise<void> {
    this.#checkIsRunning();
    await this.#inFlight.run(bodyBytes([message]), async () => {
      const outgoing = await prepareMessage(message, this.#ids, this.#limits);
      const wish = wishOf(options, message);
      await this.#sender.sendOneway(outgoing, wish, this.#timeoutMs(options));
    });
  }

  /** Queues that messages of the topic are sent to. @throws {RocketMqError} CLIENT_NO_ROUTE */
  queues(topic: string): Promise<readonly MessageQueue[]> {
    return this.#sender.queues(topic, this.#sendTimeoutMs);
  }

  /** Finishes the sends under way, tells the brokers, and closes all connections. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkIsRunning(): void {
    if (this.#starting !== undefined && this.#closing === undefined) return;
    throw new RocketMqError(
      'the producer is not running: call start() first, and nothing after close()',
      { code: ClientErrorCode.notRunning },
    );
  }

  #timeoutMs({ timeoutMs }: SendOptions): number {
    return timeoutMs ?? this.#sendTimeoutMs;
  }

  async #startOnce(): Promise<void> {
    // A broker may ask about transactions of an earlier life of the group; nobody here knows them.
    this.#core.remoting.register(checkTransactionState, () => undefined);
    this.#core.start(() => ({
      clientID: this.clientId,
      consumerDataSet: [],
      producerDataSet: [{ groupName: this.#options.group }],
    }));
    await this.#core.sendHeartbeats();
  }

  async #closeOnce(): Promise<void> {
    await this.#inFlight.idle();
    if (this.#starting !== undefined) {
      const leaving = { clientID: this.clientId, producerGroup: this.#options.group };
      await this.#core.leaveBrokers(unregisterClient, leaving, UNREGISTER_TIMEOUT_MS);
    }
    await this.#core.close();
  }
}

function wishOf({ queue, selector }: SendOptions, message: Message): Wish | undefined {
  if (queue !== undefined) return () => queue;
  return selector === undefined ? undefined : (queues) => selector(queues, message);
}

function bodyBytes(messages: readonly Message[]): number {
  let sizeBytes = 0;
  for (const { body } of messages) sizeBytes += body?.length ?? 0;
  return sizeBytes;
}
