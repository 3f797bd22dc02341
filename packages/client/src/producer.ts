import { assert, errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import {
  checkTransactionState,
  encodeBatchBody,
  encodeProperties,
  groupNameProblem,
  isForbiddenToSend,
  MessageSysFlag,
  PropertyName,
  RESERVED_PROPERTY_NAMES,
  ResponseCode,
  SystemTopic,
  sendBatchMessage,
  sendMessageV2,
  type TopicRouteData,
  topicNameProblem,
  unregisterClient,
} from '@orbitmq/protocol';
import type { Reply } from '@orbitmq/remoting';
import { ClientCore, type ClientOptions, localIp, NEW_TOPIC_QUEUES } from './client-core.ts';
import { brokerRefused, ClientErrorCode, invalidArgument } from './client-error.ts';
import { compress } from './compression.ts';
import { LatencyFaults } from './latency-faults.ts';
import type { Message, MessageQueue } from './message.ts';
import { QueueRotation } from './queue-rotation.ts';
import { publishQueues } from './routes.ts';
import { UniqueIds } from './unique-id.ts';

export interface ProducerOptions extends ClientOptions {
  readonly group: string;
  /** Time for a send with all its attempts, in milliseconds; 3000 when absent. */
  readonly sendTimeoutMs?: number | undefined;
  /** Further attempts, at other brokers where there are some; 2 when absent. */
  readonly retries?: number | undefined;
  /** Bodies of at least so many bytes are compressed; 4096 when absent. */
  readonly compressFromBytes?: number | undefined;
  /** Largest body before compression, in bytes; 4 MiB when absent. */
  readonly maxMessageBytes?: number | undefined;
  /** Sends that may be under way; one more is refused. 10 000 when absent. */
  readonly maxInFlight?: number | undefined;
  /** Whether brokers that were slow or failed are avoided for a while. */
  readonly avoidsSlowBrokers?: boolean | undefined;
}

/** Chooses the queue of a message. */
export type QueueSelector = (queues: readonly MessageQueue[], message: Message) => MessageQueue;

export interface SendOptions {
  readonly timeoutMs?: number | undefined;
  /** Sends to this queue, without another attempt elsewhere. */
  readonly queue?: MessageQueue | undefined;
  /** Chooses a queue, without another attempt elsewhere. */
  readonly selector?: QueueSelector | undefined;
}

export type SendStatus =
  | 'SEND_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE';

export interface SendResult {
  /** Anything but SEND_OK: the message is stored, but not yet as safe as the broker is configured for. */
  readonly status: SendStatus;
  /** Unique id; those of a batch joined by commas. */
  readonly messageId: string;
  /** Id by place; those of a batch joined by commas. */
  readonly offsetMessageId: string;
  readonly queue: MessageQueue;
  /** Of the first message of a batch. */
  readonly queueOffset: number;
}

const DEFAULTS = {
  sendTimeoutMs: 3_000,
  retries: 2,
  compressFromBytes: 4_096,
  maxMessageBytes: 4_194_304,
  maxInFlight: 10_000,
} as const;
const UNREGISTER_TIMEOUT_MS = 3_000;
const MAX_PROPERTIES_BYTES = 32_767;

const STATUS_OF_CODE: Readonly<Record<number, SendStatus>> = {
  [ResponseCode.SUCCESS]: 'SEND_OK',
  [ResponseCode.FLUSH_DISK_TIMEOUT]: 'FLUSH_DISK_TIMEOUT',
  [ResponseCode.SLAVE_NOT_AVAILABLE]: 'SLAVE_NOT_AVAILABLE',
  [ResponseCode.FLUSH_SLAVE_TIMEOUT]: 'FLUSH_SLAVE_TIMEOUT',
};

/** Answers after which another broker may do better. Source: DefaultMQProducer.java (retryResponseCodes). */
const RETRIED_CODES: ReadonlySet<number> = new Set([
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.NO_PERMISSION,
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
]);

/** A message ready to go out. */
interface Outgoing {
  readonly topic: string;
  readonly body: Buffer;
  readonly properties: string;
  readonly sysFlag: number;
  readonly flag: number;
  readonly messageId: string;
  readonly isBatch: boolean;
}

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
  readonly #faults = new LatencyFaults();
  readonly #rotations = new Map<string, QueueRotation>();
  #inFlight = 0;
  #isStarted = false;
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(options: ProducerOptions) {
    const problem = groupNameProblem(options.group);
    if (problem !== undefined) throw invalidArgument(`group: ${problem}`);
    this.#options = options;
    this.#core = new ClientCore(options);
    const { random, clock } = this.#core;
    this.#ids = new UniqueIds({ ip: localIp(), pid: process.pid, random, clock });
  }

  get clientId(): string {
    return this.#core.clientId;
  }

  /** Connects lazily: brokers are met with the first send. */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    // A broker may ask about transactions of an earlier life of the group; nobody here knows them.
    this.#core.remoting.register(checkTransactionState, () => undefined);
    this.#core.start(() => ({
      clientID: this.clientId,
      consumerDataSet: [],
      producerDataSet: [{ groupName: this.#options.group }],
    }));
    await this.#core.sendHeartbeats();
  }

  /**
   * Sends a message and waits until the broker has it.
   *
   * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT, CLIENT_NO_ROUTE, CLIENT_NO_NAME_SERVER, CLIENT_SEND_FAILED
   *   when all attempts failed, CLIENT_BROKER_REFUSED, CLIENT_TOO_MANY_SENDS, CLIENT_NOT_RUNNING
   */
  async send(message: Message, options: SendOptions = {}): Promise<SendResult> {
    this.#enter();
    try {
      const outgoing = await this.#prepare(message);
      return await this.#sendPrepared(outgoing, message, options);
    } finally {
      this.#leave();
    }
  }

  /** Sends messages of one topic as one: all are stored, or none. @throws as {@link send} */
  async sendBatch(messages: readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    this.#enter();
    try {
      const first = messages[0];
      if (first === undefined) throw invalidArgument('a batch holds at least one message');
      const outgoing = this.#prepareBatch(messages);
      return await this.#sendPrepared(outgoing, first, options);
    } finally {
      this.#leave();
    }
  }

  /** Sends without an answer: nobody learns whether the message arrived. @throws as {@link send}, but for what a broker would say */
  async sendOneway(message: Message, options: SendOptions = {}): Promise<void> {
    this.#enter();
    try {
      const outgoing = await this.#prepare(message);
      const { queues, route } = await this.#queuesOf(message.topic);
      const queue = options.queue ?? options.selector?.(queues, message) ?? this.#pick(queues);
      const address = this.#core.masterOf(route, queue.brokerName);
      await this.#core.remoting.notify(
        address,
        sendMessageV2,
        this.#header(outgoing, queue),
        outgoing.body,
      );
    } finally {
      this.#leave();
    }
  }

  /** Queues that messages of the topic are sent to. @throws {RocketMqError} CLIENT_NO_ROUTE */
  async queues(topic: string): Promise<readonly MessageQueue[]> {
    return (await this.#queuesOf(topic)).queues;
  }

  /** Finishes the sends under way, tells the brokers, and closes all connections. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #enter(): void {
    if (!this.#isStarted || this.#closing !== undefined) {
      throw new RocketMqError(
        'the producer is not running: call start() first, and nothing after close()',
        {
          code: ClientErrorCode.notRunning,
        },
      );
    }
    const limit = this.#options.maxInFlight ?? DEFAULTS.maxInFlight;
    if (this.#inFlight >= limit) {
      throw new RocketMqError(`${limit} sends are under way, wait for some of them`, {
        code: ClientErrorCode.tooManySends,
        isRetryable: true,
        details: { limit },
      });
    }
    this.#inFlight++;
  }

  #leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  async #prepare(message: Message): Promise<Outgoing> {
    const body = this.#checkedBody(message);
    const messageId = this.#ids.next();
    const compressFrom = this.#options.compressFromBytes ?? DEFAULTS.compressFromBytes;
    const isCompressed = body.length >= compressFrom;
    return {
      topic: message.topic,
      body: isCompressed ? await compress(body) : body,
      properties: propertiesText(message, messageId),
      sysFlag: isCompressed ? MessageSysFlag.compressed | MessageSysFlag.zlib : 0,
      flag: message.flag ?? 0,
      messageId,
      isBatch: false,
    };
  }

  #prepareBatch(messages: readonly Message[]): Outgoing {
    const [first] = messages as [Message];
    const messageIds: string[] = [];
    const elements = messages.map((message) => {
      if (message.topic !== first.topic)
        throw invalidArgument('messages of a batch have one topic');
      if ((message.waitsForStore ?? true) !== (first.waitsForStore ?? true)) {
        throw invalidArgument('messages of a batch have one waitsForStore');
      }
      if (message.delayLevel !== undefined) {
        throw invalidArgument('messages of a batch cannot be delayed');
      }
      const messageId = this.#ids.next();
      messageIds.push(messageId);
      return {
        flag: message.flag ?? 0,
        body: this.#checkedBody(message),
        properties: Buffer.from(propertiesText(message, messageId)),
      };
    });
    const body = encodeBatchBody(elements);
    const maxBytes = this.#options.maxMessageBytes ?? DEFAULTS.maxMessageBytes;
    if (body.length > maxBytes) {
      throw invalidArgument(
        `the batch takes ${body.length} bytes, at most ${maxBytes} may be sent`,
      );
    }
    const waits = String(first.waitsForStore ?? true);
    return {
      topic: first.topic,
      body,
      properties: encodeProperties({ [PropertyName.waitStoreOk]: waits }),
      sysFlag: 0,
      flag: 0,
      messageId: messageIds.join(','),
      isBatch: true,
    };
  }

  #checkedBody(message: Message): Buffer {
    const problem = topicNameProblem(message.topic);
    if (problem !== undefined) throw invalidArgument(`topic ${message.topic}: ${problem}`);
    if (isForbiddenToSend(message.topic)) {
      throw invalidArgument(`nobody may send to the system topic ${message.topic}`);
    }
    const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
    const maxBytes = this.#options.maxMessageBytes ?? DEFAULTS.maxMessageBytes;
    if (body.length === 0) throw invalidArgument('body is empty, expected at least one byte');
    if (body.length > maxBytes) {
      throw invalidArgument(`body has ${body.length} bytes, at most ${maxBytes} may be sent`);
    }
    return body;
  }

  async #queuesOf(
    topic: string,
  ): Promise<{ readonly queues: readonly MessageQueue[]; readonly route: TopicRouteData }> {
    const route = await this.#core.publishRoute(topic);
    const queues = route === undefined ? [] : publishQueues(topic, route);
    if (route === undefined || queues.length === 0) {
      throw new RocketMqError(`topic ${topic} has no queue to send to`, {
        code: ClientErrorCode.noRoute,
        details: { topic },
      });
    }
    return { queues, route };
  }

  #pick(queues: readonly MessageQueue[], failedBroker?: string): MessageQueue {
    const topic = (queues[0] as MessageQueue).topic;
    let rotation = this.#rotations.get(topic);
    if (rotation === undefined) {
      rotation = new QueueRotation(this.#core.random.below(0x7fff_ffff));
      this.#rotations.set(topic, rotation);
    }
    const nowMs = this.#core.clock.monotonicMs();
    const avoids = this.#options.avoidsSlowBrokers === true;
    const picked = rotation.pick(queues, failedBroker, (brokerName) => {
      return !avoids || this.#faults.isAvailable(brokerName, nowMs);
    });
    assert(picked !== undefined, 'a route to send to has queues');
    return picked;
  }

  async #sendPrepared(
    outgoing: Outgoing,
    message: Message,
    options: SendOptions,
  ): Promise<SendResult> {
    const { clock } = this.#core;
    const timeoutMs = options.timeoutMs ?? this.#options.sendTimeoutMs ?? DEFAULTS.sendTimeoutMs;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const isPinned = options.queue !== undefined || options.selector !== undefined;
    const attempts = isPinned ? 1 : 1 + (this.#options.retries ?? DEFAULTS.retries);
    let failure: unknown;
    let failedBroker: string | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { queues, route } = await this.#queuesOf(message.topic);
      const queue =
        options.queue ?? options.selector?.(queues, message) ?? this.#pick(queues, failedBroker);
      const restMs = deadlineMs - clock.monotonicMs();
      if (restMs <= 0) break;
      try {
        return await this.#attempt(outgoing, queue, route, restMs);
      } catch (error) {
        if (!isWorthAnotherAttempt(error)) throw error;
        failure = error;
        failedBroker = queue.brokerName;
        this.#core.log.debug(
          { topic: message.topic, err: toError(error) },
          'a send attempt failed',
        );
      }
    }
    throw new RocketMqError(
      `the message for topic ${message.topic} could not be sent within ${timeoutMs} ms and ${attempts} attempts`,
      {
        code: ClientErrorCode.sendFailed,
        isRetryable: true,
        details: { topic: message.topic, attempts, timeoutMs, lastCode: errorCode(failure) },
        cause: failure,
      },
    );
  }

  // oxlint-disable-next-line max-params -- the pieces of one attempt
  async #attempt(
    outgoing: Outgoing,
    queue: MessageQueue,
    route: TopicRouteData,
    timeoutMs: number,
  ): Promise<SendResult> {
    const { clock, remoting } = this.#core;
    const startedMs = clock.monotonicMs();
    try {
      const address = this.#core.masterOf(route, queue.brokerName);
      const definition = outgoing.isBatch ? sendBatchMessage : sendMessageV2;
      const reply = await remoting.invoke(address, definition, this.#header(outgoing, queue), {
        timeoutMs,
        body: outgoing.body,
      });
      const result = this.#resultOf(reply, address, outgoing, queue);
      this.#faults.note(queue.brokerName, clock.monotonicMs() - startedMs, clock.monotonicMs());
      // The first send created the topic: its own route is to replace the template's.
      if (this.#core.knownRoute(outgoing.topic) === undefined) this.#learnRoute(outgoing.topic);
      return result;
    } catch (error) {
      this.#faults.note(queue.brokerName, 'failed', clock.monotonicMs());
      throw error;
    }
  }

  #learnRoute(topic: string): void {
    this.#core.refreshRoute(topic).catch((error: unknown) => {
      this.#core.log.debug({ topic, err: toError(error) }, 'route could not be refreshed');
    });
  }

  // oxlint-disable-next-line max-params -- the pieces of one result
  #resultOf(
    reply: Reply<typeof sendMessageV2>,
    address: string,
    outgoing: Outgoing,
    queue: MessageQueue,
  ): SendResult {
    const status = STATUS_OF_CODE[reply.code];
    if (status === undefined) throw brokerRefused(address, reply.code, reply.remark);
    const { msgId, queueId, queueOffset } = reply.fields;
    return {
      status,
      messageId: outgoing.messageId,
      offsetMessageId: msgId,
      queue: { ...queue, queueId },
      queueOffset,
    };
  }

  #header(outgoing: Outgoing, queue: MessageQueue) {
    return {
      a: this.#options.group,
      b: outgoing.topic,
      c: SystemTopic.autoCreateTemplate,
      d: NEW_TOPIC_QUEUES,
      e: queue.queueId,
      f: outgoing.sysFlag,
      g: this.#core.clock.now(),
      h: outgoing.flag,
      i: outgoing.properties,
      j: 0,
      k: false,
      m: outgoing.isBatch,
      n: queue.brokerName,
    };
  }

  async #closeOnce(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    if (this.#isStarted)
      await this.#core.leaveBrokers(
        unregisterClient,
        {
          clientID: this.clientId,
          producerGroup: this.#options.group,
        },
        UNREGISTER_TIMEOUT_MS,
      );
    await this.#core.close();
  }
}

/** Failures of the connection, and answers after which another broker may do better. */
function isWorthAnotherAttempt(error: unknown): boolean {
  if (!(error instanceof RocketMqError)) return false;
  if (error.code === ClientErrorCode.brokerRefused) {
    return RETRIED_CODES.has(Number(error.details['responseCode']));
  }
  return error.code.startsWith('REMOTING_') || error.code === ClientErrorCode.brokerNotFound;
}

function propertiesText(message: Message, messageId: string): string {
  const { keys, tags, properties = {}, delayLevel, waitsForStore = true } = message;
  for (const [name, value] of Object.entries(properties)) {
    if (RESERVED_PROPERTY_NAMES.has(name)) {
      throw invalidArgument(`property ${name} is reserved: choose another name`);
    }
    if (name.trim() === '' || value.trim() === '') {
      throw invalidArgument(`property ${JSON.stringify(name)} has a blank name or value`);
    }
  }
  const text = encodeProperties({
    ...properties,
    [PropertyName.keys]: typeof keys === 'string' || keys === undefined ? keys : keys.join(' '),
    [PropertyName.tags]: tags,
    [PropertyName.delayLevel]: delayLevel === undefined ? undefined : String(delayLevel),
    [PropertyName.uniqueKey]: messageId,
    [PropertyName.waitStoreOk]: String(waitsForStore),
  });
  if (Buffer.byteLength(text) > MAX_PROPERTIES_BYTES) {
    throw invalidArgument(`the properties take more than ${MAX_PROPERTIES_BYTES} bytes`);
  }
  return text;
}
