/** What brokers ask of a consumer. Source: ClientRemotingProcessor.java. */
import { toError } from '@orbitmq/kernel';
import {
  type CONSUME_RESULTS,
  type ConsumerRunningInfo,
  consumeMessageDirectly,
  decodeRecord,
  getConsumerRunningInfo,
  getConsumerStatusFromClient,
  notifyConsumerIdsChanged,
  parseResetOffsetBody,
  printConsumeMessageDirectlyResult,
  printConsumerRunningInfo,
  printGetConsumerStatusBody,
  ResponseCode,
  resetConsumerClientOffset,
} from '@orbitmq/protocol';
import { reply } from '@orbitmq/remoting';
import type { ClientCore } from './client-core.ts';
import { decompress } from './compression.ts';
import type { Outcome } from './listeners.ts';
import { type MessageQueue, type ReceivedMessage, receivedMessage } from './message.ts';

/** The consumer that brokers ask. */
export interface AskedConsumer {
  readonly group: string;
  readonly isOrderly: boolean;
  onMembersChanged(): void;
  /** How far it is in the queues it holds. */
  offsets(): readonly (readonly [MessageQueue, number])[];
  runningInfo(): Promise<ConsumerRunningInfo>;
  /** Undefined for consumers without listeners. */
  readonly reset?: (targets: readonly (readonly [MessageQueue, number])[]) => Promise<void>;
  /** Gives a message to its listener. Its `undefined` says that the topic has none. */
  readonly consumeDirectly?: (
    message: ReceivedMessage,
  ) => Promise<{ readonly outcome: Outcome; readonly tookMs: number } | undefined>;
}

type ConsumeResultName = (typeof CONSUME_RESULTS)[number];

/** Serves brokers' requests; one that is about another group is answered as Java answers it. */
export function serveBrokers(core: ClientCore, consumer: AskedConsumer): void {
  const { remoting } = core;
  remoting.register(notifyConsumerIdsChanged, ({ consumerGroup }) => {
    if (consumerGroup === consumer.group) consumer.onMembersChanged();
  });
  remoting.register(resetConsumerClientOffset, ({ topic, group }, { command }) => {
    if (group !== consumer.group || consumer.reset === undefined) return;
    const targets = parseResetOffsetBody(command.body).offsetTable.filter(
      ([queue]) => queue.topic === topic,
    );
    core.log.info({ topic, queues: targets.length }, 'a broker resets offsets');
    consumer.reset(targets).catch((error: unknown) => {
      core.log.warn({ topic, err: toError(error) }, 'offsets could not be reset');
    });
  });
  remoting.register(getConsumerStatusFromClient, ({ topic, group }) => {
    const known = group === consumer.group ? consumer.offsets() : [];
    const messageQueueTable = known
      .filter(([queue]) => topic.trim() === '' || queue.topic === topic)
      .map(([queue, offset]) => [plain(queue), offset] as const);
    const body = printGetConsumerStatusBody({
      consumerTable: new Map(),
      messageQueueTable: [...messageQueueTable],
    });
    return reply({ body });
  });
  remoting.register(getConsumerRunningInfo, async ({ consumerGroup, jstackEnable }) => {
    if (consumerGroup !== consumer.group) return noSuchGroup(consumerGroup);
    const info = await consumer.runningInfo();
    const body = printConsumerRunningInfo(jstackEnable === true ? { ...info, jstack: '' } : info);
    return reply({ body });
  });
  remoting.register(consumeMessageDirectly, async ({ consumerGroup, brokerName }, { command }) => {
    const { consumeDirectly } = consumer;
    if (consumerGroup !== consumer.group || consumeDirectly === undefined) {
      return noSuchGroup(consumerGroup);
    }
    const stored = decodeRecord(command.body ?? Buffer.alloc(0), 0);
    const body = await decompress(stored.body, stored.sysFlag);
    const result = await consumeDirectly(receivedMessage(stored, body, brokerName ?? ''));
    return reply({
      body: printConsumeMessageDirectlyResult({
        autoCommit: true,
        order: consumer.isOrderly,
        consumeResult: result === undefined ? 'CR_RETURN_NULL' : resultName(result.outcome),
        remark: result === undefined ? 'the topic has no listener' : result.outcome.error?.stack,
        spentTimeMills: Math.round(result?.tookMs ?? 0),
      }),
    });
  });
}

function resultName({ kind }: Outcome): ConsumeResultName {
  if (kind === 'threw') return 'CR_THROW_EXCEPTION';
  return kind === 'success' ? 'CR_SUCCESS' : 'CR_LATER';
}

function noSuchGroup(group: string) {
  return reply({
    code: ResponseCode.SYSTEM_ERROR,
    remark: `The Consumer Group <${group}> not exist in this consumer`,
  });
}

function plain({ brokerName, queueId, topic }: MessageQueue): MessageQueue {
  return { brokerName, queueId, topic };
}
