/** Gives messages back to the brokers, which deliver them again later. Source: DefaultMQPushConsumerImpl.java (sendMessageBack). */
import { toError } from '@orbitmq/kernel';
import {
  consumerSendMsgBack,
  encodeProperties,
  MessageSysFlag,
  PropertyName,
  retryTopicOf,
  SystemTopic,
  sendMessageV2,
} from '@orbitmq/protocol';
import type { ClientCore } from './client-core.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { publishQueues } from './routes.ts';

const CALL_TIMEOUT_MS = 5_000;
/** Group of the producer that every Java client has inside. */
const INNER_PRODUCER_GROUP = 'CLIENT_INNER_PRODUCER';
const FIRST_RETRY_LEVEL = 3;
export const DEAD_LETTER_LEVEL = -1;

export interface SendBackOptions {
  readonly group: string;
  /** Times a message comes again before it is dead. */
  readonly maxReconsumeTimes: number;
}

export class SendBack {
  readonly #core: ClientCore;
  readonly #options: SendBackOptions;
  #rotation: number;

  constructor(core: ClientCore, options: SendBackOptions) {
    this.#core = core;
    this.#options = options;
    this.#rotation = core.random.below(1_000);
  }

  /**
   * Tells the message's broker that it is to come again; when that fails, sends a copy to the group's retry
   * topic, on any broker. A broker that failed after it had stored the message delivers it twice.
   *
   * @param delayLevel as in `ReconsumeLater`
   * @returns whether one of both worked
   */
  async send(message: ReceivedMessage, delayLevel: number): Promise<boolean> {
    return (await this.#tellBroker(message, delayLevel)) || this.sendCopy(message, delayLevel);
  }

  /**
   * Sends a copy to the group's retry topic. A broker makes it a dead letter when the message was tried as
   * often as it may. Never rejects.
   */
  async sendCopy(message: ReceivedMessage, delayLevel = 0): Promise<boolean> {
    const topic = retryTopicOf(this.#options.group);
    try {
      const route = await this.#core.route(topic);
      const queues = route === undefined ? [] : publishQueues(topic, route);
      for (let attempt = 0; attempt < queues.length; attempt++) {
        const queue = queues[this.#rotation++ % queues.length] as MessageQueue;
        if (await this.#sendTo(queue, message, delayLevel)) return true;
      }
      const fields = { topic, queues: queues.length };
      this.#core.log.warn(fields, 'no broker took a message that is to come again');
    } catch (error) {
      this.#core.log.warn({ topic, err: toError(error) }, 'a message could not be sent again');
    }
    return false;
  }

  async #tellBroker(message: ReceivedMessage, delayLevel: number): Promise<boolean> {
    const { group, maxReconsumeTimes } = this.#options;
    const { queue, stored } = message;
    try {
      await this.#core.call(
        await this.#core.masterAddressOf(queue),
        consumerSendMsgBack,
        {
          offset: stored.physicalOffset,
          group,
          delayLevel,
          originMsgId: stored.offsetMessageId,
          originTopic: message.topic,
          unitMode: false,
          maxReconsumeTimes,
          bname: queue.brokerName,
        },
        { timeoutMs: CALL_TIMEOUT_MS },
      );
      return true;
    } catch (error) {
      const { topic, messageId } = message;
      this.#core.log.warn({ topic, messageId, err: toError(error) }, 'send-back failed');
      return false;
    }
  }

  async #sendTo(
    queue: MessageQueue,
    message: ReceivedMessage,
    delayLevel: number,
  ): Promise<boolean> {
    const { stored } = message;
    const reconsumeTimes = message.reconsumeTimes + 1;
    // More often than never: the broker makes it a dead letter at once.
    const max = delayLevel === DEAD_LETTER_LEVEL ? 0 : this.#options.maxReconsumeTimes;
    const header = {
      a: INNER_PRODUCER_GROUP,
      b: queue.topic,
      c: SystemTopic.autoCreateTemplate,
      d: 1,
      e: queue.queueId,
      f: stored.sysFlag & (MessageSysFlag.compressed | MessageSysFlag.compressionMask),
      g: stored.bornTimestamp,
      h: stored.flag,
      i: retryProperties(message, reconsumeTimes, max, delayLevel),
      j: reconsumeTimes,
      k: false,
      l: max,
      m: false,
      n: queue.brokerName,
    };
    try {
      const address = await this.#core.masterAddressOf(queue);
      const options = { timeoutMs: CALL_TIMEOUT_MS, body: stored.body };
      await this.#core.call(address, sendMessageV2, header, options);
      return true;
    } catch (error) {
      const { topic, brokerName } = queue;
      this.#core.log.warn({ topic, brokerName, err: toError(error) }, 'a copy was not taken');
      return false;
    }
  }
}

function retryProperties(
  message: ReceivedMessage,
  reconsumeTimes: number,
  maxReconsumeTimes: number,
  delayLevel: number,
): string {
  const { properties, offsetMessageId } = message.stored;
  const level = delayLevel > 0 ? delayLevel : FIRST_RETRY_LEVEL + reconsumeTimes - 1;
  return encodeProperties({
    ...properties,
    [PropertyName.retryTopic]: message.topic,
    [PropertyName.originMessageId]: properties[PropertyName.originMessageId] ?? offsetMessageId,
    [PropertyName.reconsumeTime]: String(reconsumeTimes),
    [PropertyName.maxReconsumeTimes]: String(maxReconsumeTimes),
    [PropertyName.delayLevel]: delayLevel < 0 ? undefined : String(level),
    [PropertyName.transactionPrepared]: undefined,
  });
}
