/**
 * Request and reply: a message that somebody answers, and the answer's way back through the broker to the
 * one client that asked.
 *
 * Source: DefaultMQProducerImpl.java (request), ClientRemotingProcessor.java (receiveReplyMessage),
 * MessageUtil.java (createReplyMessage).
 */
import { randomUUID } from 'node:crypto';
import { RocketMqError, toError } from '@orbitmq/kernel';
import {
  decodeProperties,
  PropertyName,
  pushReplyMessageToClient,
  REPLY_TOPIC_POSTFIX,
  ResponseCode,
  type TopicRouteData,
} from '@orbitmq/protocol';
import { reply } from '@orbitmq/remoting';
import type { ClientCore } from './client-core.ts';
import { ClientErrorCode, invalidArgument, notRunning } from './client-error.ts';
import { decompress } from './compression.ts';
import type { Message, ReceivedMessage } from './message.ts';
import { checkIsObject } from './option-checks.ts';
import type { SystemProperties } from './outgoing.ts';
import { masterAddresses } from './routes.ts';

/** The answer to a request message. */
export interface ReplyMessage {
  readonly body: Buffer;
  readonly tags: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  /** When it was made, and when the broker had it; milliseconds since the epoch. */
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
}

/** Where an answer goes; made by {@link createReply}. */
export interface ReplyAddress {
  readonly correlationId: string;
  /** Client id of who asked. */
  readonly clientId: string;
  /** How long who asked waits, in milliseconds. */
  readonly timeToLiveMs: string;
}

interface Waiting {
  readonly resolve: (message: ReplyMessage) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The answer to a request message, to be sent with any producer.
 *
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when the message is no request, or came through a broker
 *   that does not say what its cluster is called
 */
export function createReply(
  request: Pick<ReceivedMessage, 'properties'>,
  body: Buffer | string,
  properties?: Readonly<Record<string, string>>,
): Message {
  checkIsObject('the properties of the request', request?.properties);
  const cluster = request.properties[PropertyName.cluster];
  const correlationId = request.properties[PropertyName.correlationId];
  const clientId = request.properties[PropertyName.replyToClient];
  const timeToLiveMs = request.properties[PropertyName.timeToLive];
  if (correlationId === undefined || clientId === undefined || timeToLiveMs === undefined) {
    throw invalidArgument('the message is no request: it says not whom to answer');
  }
  if (cluster === undefined) {
    throw invalidArgument("the request lacks the property CLUSTER, the broker's cluster");
  }
  const replyTo = { correlationId, clientId, timeToLiveMs };
  return { topic: replyTopicOf(cluster), body, properties, replyTo };
}

/** Topic through which answers go in a cluster. */
function replyTopicOf(cluster: string): string {
  return `${cluster}_${REPLY_TOPIC_POSTFIX}`;
}

/** What makes a message an answer. */
export function replyProperties(to: ReplyAddress): SystemProperties {
  return {
    [PropertyName.messageType]: 'reply',
    [PropertyName.correlationId]: to.correlationId,
    [PropertyName.replyToClient]: to.clientId,
    [PropertyName.timeToLive]: to.timeToLiveMs,
  };
}

/** Requests that wait for their answers; as many as the producer lets be under way. */
export class Requests {
  readonly #core: ClientCore;
  readonly #waiting = new Map<string, Waiting>();

  constructor(core: ClientCore) {
    this.#core = core;
    core.remoting.register(pushReplyMessageToClient, async (header, { command }) => {
      try {
        const body = await decompress(command.body ?? Buffer.alloc(0), header.sysFlag);
        const properties = decodeProperties(header.properties ?? '');
        properties[PropertyName.arriveTime] = String(core.clock.now());
        const { bornTimestamp, storeTimestamp } = header;
        const tags = properties[PropertyName.tags];
        const correlationId = properties[PropertyName.correlationId] ?? '';
        // An answer that nobody waits for any more is taken all the same, as Apache does.
        this.#waiting
          .get(correlationId)
          ?.resolve({ body, tags, properties, bornTimestamp, storeTimestamp });
        return undefined;
      } catch (error) {
        core.log.warn({ err: toError(error) }, 'an answer could not be read');
        return reply({ code: ResponseCode.SYSTEM_ERROR, remark: 'process reply message fail' });
      }
    });
  }

  /**
   * Brokers hand an answer only to who has a heartbeat with them: all of the topic's, and all that take
   * answers, are told who we are. Never rejects.
   */
  async introduce(route: TopicRouteData): Promise<void> {
    const clusters = new Set(route.brokerDatas.map(({ cluster }) => cluster));
    const addresses = new Set(masterAddresses(route));
    for (const cluster of clusters) {
      if (cluster === undefined) continue;
      const topic = replyTopicOf(cluster);
      try {
        const replyRoute = await this.#core.route(topic);
        if (replyRoute === undefined) continue;
        for (const address of masterAddresses(replyRoute)) addresses.add(address);
      } catch (error) {
        this.#core.log.warn({ topic, err: toError(error) }, 'route of answers not found');
      }
    }
    await this.#core.greet([...addresses]);
  }

  /**
   * Sends a request by `send` and waits for the answer.
   *
   * @param timeoutMs for both together
   * @throws {RocketMqError} CLIENT_REPLY_TIMEOUT, and whatever `send` throws
   */
  async ask(
    timeoutMs: number,
    send: (properties: SystemProperties) => Promise<unknown>,
  ): Promise<ReplyMessage> {
    const correlationId = randomUUID();
    try {
      return await new Promise<ReplyMessage>((resolve, reject) => {
        const timer = this.#core.timers.after(timeoutMs, () => reject(noReply(timeoutMs)));
        const waiting: Waiting = {
          resolve: (message) => {
            timer.cancel();
            resolve(message);
          },
          reject: (error) => {
            timer.cancel();
            reject(error);
          },
        };
        this.#waiting.set(correlationId, waiting);
        send({
          [PropertyName.correlationId]: correlationId,
          [PropertyName.replyToClient]: this.#core.clientId,
          // Whoever answers reads an integer.
          [PropertyName.timeToLive]: String(Math.ceil(timeoutMs)),
        }).catch(waiting.reject);
      });
    } finally {
      this.#waiting.delete(correlationId);
    }
  }

  /** Those that wait still, perhaps for a day, fail now: no answer can come any more. */
  close(): void {
    for (const { reject } of this.#waiting.values()) reject(notRunning());
  }
}

function noReply(timeoutMs: number): RocketMqError {
  return new RocketMqError(`nobody answered the request within ${timeoutMs} ms`, {
    code: ClientErrorCode.replyTimeout,
    isRetryable: true,
    details: { timeoutMs },
  });
}
