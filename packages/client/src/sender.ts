/**
 * The way of a message to a broker, with all attempts.
 *
 * Source: DefaultMQProducerImpl.java (sendDefaultImpl, sendKernelImpl).
 */
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import { ResponseCode, SystemTopic, type TopicRouteData } from '@orbitmq/protocol';
import { type RemotingClient, RemotingErrorCode } from '@orbitmq/remoting';
import { delay } from '@orbitmq/runtime';
import { type ClientCore, NEW_TOPIC_QUEUES } from './client-core.ts';
import { ClientErrorCode } from './client-error.ts';
import { settledWithin, within } from './deadline.ts';
import type { MessageQueue } from './message.ts';
import { queueWithout } from './namespace.ts';
import type { Outgoing } from './outgoing.ts';
import type { SendResult } from './producer-options.ts';
import type { QueueChooser } from './queue-chooser.ts';
import { masterAddress, publishQueues } from './routes.ts';
import { attemptOf, type SendHook, WatchedAttempt } from './send-hook.ts';
import { definitionOf, resultOf } from './send-result.ts';

export interface SenderOptions {
  readonly group: string;
  /** Attempts after the first. */
  readonly retries: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly retriesWhenNotSafe: boolean;
  readonly retriedCodes: readonly number[];
  readonly hooks: readonly SendHook[];
}

/** What a sender needs of the client. */
export type SendingCore = Pick<
  ClientCore,
  | 'clock'
  | 'timers'
  | 'log'
  | 'namespace'
  | 'knownRoute'
  | 'publishRoute'
  | 'refreshStaleRoute'
  | 'masterOf'
> & { readonly remoting: Pick<RemotingClient, 'invoke' | 'notify'> };

/** The queue of a message that has a wish; such a message is tried there only. */
export type Wish = (queues: readonly MessageQueue[]) => MessageQueue;

/** Answers after which another broker may do better. Source: DefaultMQProducer.java (retryResponseCodes). */
export const RETRIED_CODES: readonly number[] = [
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.NO_PERMISSION,
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
];

/** Another attempt at the broker that just failed waits so long, times the attempts made. */
const SAME_BROKER_PAUSE_MS = 100;

/** A topic's route and the queues it has for messages. */
interface Destination {
  readonly route: TopicRouteData;
  readonly queues: readonly MessageQueue[];
}

export class Sender {
  readonly #core: SendingCore;
  readonly #chooser: QueueChooser;
  readonly #options: SenderOptions;
  readonly #retriedCodes: ReadonlySet<number>;
  /** Queues of a route are the same for every send. */
  readonly #queues = new WeakMap<TopicRouteData, readonly MessageQueue[]>();

  constructor(core: SendingCore, chooser: QueueChooser, options: SenderOptions) {
    this.#core = core;
    this.#chooser = chooser;
    this.#options = options;
    this.#retriedCodes = new Set([...RETRIED_CODES, ...options.retriedCodes]);
  }

  /**
   * Sends until a broker has the message, attempts or time are over, or a failure is final.
   *
   * @param timeoutMs for everything together
   * @throws {RocketMqError} CLIENT_NO_ROUTE, CLIENT_NO_NAME_SERVER, CLIENT_SEND_FAILED, CLIENT_BROKER_REFUSED
   */
  async send(outgoing: Outgoing, wish: Wish | undefined, timeoutMs: number): Promise<SendResult> {
    const { clock } = this.#core;
    const { topic } = outgoing;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const attempts = wish === undefined ? 1 + this.#options.retries : 1;
    let made = 0;
    let failure: unknown;
    let failedBroker: string | undefined;
    let unsafe: SendResult | undefined;
    while (made < attempts) {
      const { queues, route } = await this.#destination(topic, deadlineMs);
      const queue = wish?.(queues) ?? this.#chooser.choose(queues, failedBroker);
      if (queue.brokerName === failedBroker) await this.#pause(made, deadlineMs);
      const restMs = deadlineMs - clock.monotonicMs();
      if (restMs <= 0) break;
      made++;
      try {
        const limitMs = made === attempts ? restMs : (this.#options.attemptTimeoutMs ?? restMs);
        const attemptMs = Math.min(limitMs, restMs);
        const result = await this.#attempt(outgoing, queue, route, attemptMs);
        if (result.status === 'SEND_OK' || !this.#options.retriesWhenNotSafe) return result;
        unsafe = result;
      } catch (error) {
        if (!this.#isWorthAnotherAttempt(error)) {
          if (unsafe !== undefined) return unsafe;
          throw error;
        }
        failure = error;
        this.#core.log.debug({ topic, err: toError(error) }, 'a send attempt failed');
        await this.#reconsiderRoute(error, outgoing, queues, deadlineMs);
      }
      failedBroker = queue.brokerName;
    }
    if (unsafe !== undefined) return unsafe;
    throw sendFailed(topic, made, timeoutMs, failure);
  }

  /** Sends once, without an answer. @throws as {@link send}, but for what a broker would say */
  async sendOneway(outgoing: Outgoing, wish: Wish | undefined, timeoutMs: number): Promise<void> {
    const { clock, remoting, timers } = this.#core;
    const { topic } = outgoing;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const { queues, route } = await this.#destination(topic, deadlineMs);
    const queue = wish?.(queues) ?? this.#chooser.choose(queues, undefined);
    const address = await this.#address(topic, route, queue.brokerName, deadlineMs);
    const header = this.#header(outgoing, queue);
    const watched = this.#watch(outgoing, queue, address);
    const startedMs = clock.monotonicMs();
    let error: unknown;
    try {
      // A connection that is made too late carries the message all the same: nobody learns that either.
      await within(
        timers,
        this.#restMs(deadlineMs),
        remoting.notify(address, definitionOf(outgoing), header, outgoing.body),
        () => sendFailed(topic, 1, timeoutMs, undefined),
      );
    } catch (failure) {
      error = failure;
      throw failure;
    } finally {
      watched?.end({ result: undefined, error, tookMs: clock.monotonicMs() - startedMs });
    }
  }

  /** Where messages of the topic go. @throws {RocketMqError} CLIENT_NO_ROUTE, CLIENT_NO_NAME_SERVER */
  async queues(topic: string, timeoutMs: number): Promise<readonly MessageQueue[]> {
    const deadlineMs = this.#core.clock.monotonicMs() + timeoutMs;
    return (await this.#destination(topic, deadlineMs)).queues;
  }

  /** The address of a broker that has the topic. @throws {RocketMqError} as {@link queues}, CLIENT_BROKER_NOT_FOUND */
  async addressOf(topic: string, brokerName: string, timeoutMs: number): Promise<string> {
    const deadlineMs = this.#core.clock.monotonicMs() + timeoutMs;
    const { route } = await this.#destination(topic, deadlineMs);
    return this.#address(topic, route, brokerName, deadlineMs);
  }

  #restMs(deadlineMs: number): number {
    return Math.max(0, deadlineMs - this.#core.clock.monotonicMs());
  }

  async #destination(topic: string, deadlineMs: number): Promise<Destination> {
    const route =
      this.#core.knownRoute(topic) ??
      (await this.#inTime(topic, deadlineMs, this.#core.publishRoute(topic)));
    let queues: readonly MessageQueue[] = [];
    if (route !== undefined) {
      queues = this.#queues.get(route) ?? publishQueues(topic, route);
      this.#queues.set(route, queues);
    }
    if (route === undefined || queues.length === 0) {
      throw new RocketMqError(`topic ${topic} has no queue to send to`, {
        code: ClientErrorCode.noRoute,
        isRetryable: true,
        details: { topic },
      });
    }
    return { route, queues };
  }

  #inTime<T>(topic: string, deadlineMs: number, promise: Promise<T>): Promise<T> {
    return within(this.#core.timers, this.#restMs(deadlineMs), promise, () => {
      return new RocketMqError(`no name server said in time where topic ${topic} is`, {
        code: ClientErrorCode.noNameServer,
        isRetryable: true,
        details: { topic },
      });
    });
  }

  // oxlint-disable-next-line max-params -- the pieces of one attempt
  async #attempt(
    outgoing: Outgoing,
    queue: MessageQueue,
    route: TopicRouteData,
    limitMs: number,
  ): Promise<SendResult> {
    const { clock, remoting } = this.#core;
    const startedMs = clock.monotonicMs();
    const deadlineMs = startedMs + limitMs;
    let watched: WatchedAttempt | undefined;
    try {
      const address =
        masterAddress(route, queue.brokerName) ??
        (await this.#address(outgoing.topic, route, queue.brokerName, deadlineMs));
      watched = this.#watch(outgoing, queue, address);
      const header = this.#header(outgoing, queue);
      const reply = await remoting.invoke(address, definitionOf(outgoing), header, {
        timeoutMs: this.#restMs(deadlineMs),
        body: outgoing.body,
      });
      const result = resultOf(reply, address, outgoing, queueWithout(queue, this.#core.namespace));
      const tookMs = clock.monotonicMs() - startedMs;
      watched?.end({ result, error: undefined, tookMs });
      this.#chooser.note(queue.brokerName, tookMs);
      // The first send created the topic: its own route is to replace the template's.
      if (this.#core.knownRoute(outgoing.topic) === undefined) {
        void this.#core.refreshStaleRoute(outgoing.topic);
      }
      return result;
    } catch (error) {
      watched?.end({ result: undefined, error, tookMs: clock.monotonicMs() - startedMs });
      if (this.#isWorthAnotherAttempt(error)) this.#chooser.note(queue.brokerName, 'failed');
      throw error;
    }
  }

  /** Tells the hooks about an attempt; without hooks that costs nothing. */
  #watch(outgoing: Outgoing, queue: MessageQueue, address: string): WatchedAttempt | undefined {
    const { hooks, group } = this.#options;
    if (hooks.length === 0) return undefined;
    const { log, namespace } = this.#core;
    const attempt = attemptOf(group, outgoing, queue, address, namespace);
    return new WatchedAttempt(hooks, log, attempt);
  }

  /**
   * The broker's address; a route that knows none may be stale.
   *
   * @throws {RocketMqError} CLIENT_BROKER_NOT_FOUND, also when no name server says in time where it is
   */
  // oxlint-disable-next-line max-params -- what is looked for, where, and for how long
  async #address(
    topic: string,
    route: TopicRouteData,
    brokerName: string,
    deadlineMs: number,
  ): Promise<string> {
    const address = masterAddress(route, brokerName);
    if (address !== undefined) return address;
    const refreshing = this.#core.refreshStaleRoute(topic);
    await settledWithin(this.#core.timers, this.#restMs(deadlineMs), refreshing);
    return this.#core.masterOf(this.#core.knownRoute(topic) ?? route, brokerName);
  }

  /** A failure may mean that brokers have moved: the next attempt shall know, when it has nowhere else to go. */
  async #reconsiderRoute(
    error: unknown,
    { topic }: Outgoing,
    queues: readonly MessageQueue[],
    deadlineMs: number,
  ): Promise<void> {
    if (!isSignOfStaleRoute(error)) return;
    const refreshing = this.#core.refreshStaleRoute(topic);
    if (new Set(queues.map(({ brokerName }) => brokerName)).size > 1) return;
    await settledWithin(this.#core.timers, this.#restMs(deadlineMs), refreshing);
  }

  async #pause(made: number, deadlineMs: number): Promise<void> {
    const pauseMs = Math.min(made * SAME_BROKER_PAUSE_MS, this.#restMs(deadlineMs));
    await delay(this.#core.timers, pauseMs);
  }

  /** Failures of the connection, and answers after which another broker may do better. */
  #isWorthAnotherAttempt(error: unknown): boolean {
    if (!(error instanceof RocketMqError)) return false;
    if (error.code === ClientErrorCode.brokerRefused) {
      return this.#retriedCodes.has(Number(error.details['responseCode']));
    }
    if (error.code === RemotingErrorCode.closed) return false;
    return error.code.startsWith('REMOTING_') || error.code === ClientErrorCode.brokerNotFound;
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
      m: outgoing.kind === 'batch',
      n: queue.brokerName,
    };
  }
}

function isSignOfStaleRoute(error: unknown): boolean {
  const code = errorCode(error);
  if (code === RemotingErrorCode.connectFailed || code === ClientErrorCode.brokerNotFound) {
    return true;
  }
  if (!(error instanceof RocketMqError) || code !== ClientErrorCode.brokerRefused) return false;
  const responseCode = error.details['responseCode'];
  return (
    responseCode === ResponseCode.TOPIC_NOT_EXIST || responseCode === ResponseCode.NO_PERMISSION
  );
}

function sendFailed(topic: string, made: number, timeoutMs: number, cause: unknown): RocketMqError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new RocketMqError(
    `the message for topic ${topic} could not be sent within ${Math.round(timeoutMs)} ms and ${made} attempts${why}`,
    {
      code: ClientErrorCode.sendFailed,
      isRetryable: true,
      details: { topic, attempts: made, timeoutMs, lastCode: errorCode(cause) },
      cause,
    },
  );
}
