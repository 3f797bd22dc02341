/** Messages by where they are. Source: QueryMessageProcessor.java, AdminBrokerProcessor.queryConsumeQueue. */
import {
  type ConsumeQueueData,
  printQueryConsumeQueueResponseBody,
  queryConsumeQueue,
  ResponseCode,
  viewMessageById,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';

/** Entries of one answer, whatever is asked for. */
const MAX_QUEUE_ENTRIES = 1_000;

export function registerMessageHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(viewMessageById, handleViewMessage(context));
  server.register(queryConsumeQueue, handleQueryConsumeQueue(context));
}

function handleViewMessage({ store }: BrokerContext): Handler<typeof viewMessageById> {
  return async ({ offset }) => {
    const record = await store.recordAtOffset(offset);
    if (record === undefined) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `can not find message by the offset, ${offset}`,
      );
    }
    return reply({ body: record });
  };
}

function handleQueryConsumeQueue(context: BrokerContext): Handler<typeof queryConsumeQueue> {
  return async ({ topic: name, queueId, index, count, consumerGroup }) => {
    const topic = context.topics.byName(name);
    const queues =
      topic === undefined ? 0 : Math.max(topic.config.readQueueNums, topic.config.writeQueueNums);
    if (topic === undefined || queueId < 0 || queueId >= queues) {
      throw new ResponseError(ResponseCode.SYSTEM_ERROR, `${queueId}@${name} is not exist!`);
    }
    const queue = topic.queue(queueId);
    if (index < queue.minOffset || index >= queue.maxOffset) {
      return reply({ remark: `Index ${index} of ${queueId}@${name} is not exist!` });
    }
    const group = consumerGroup === undefined ? undefined : context.consumers.get(consumerGroup);
    const subscription = group?.subscription(name);
    const queueData: ConsumeQueueData[] = [];
    const end = Math.min(queue.maxOffset, index + Math.min(count, MAX_QUEUE_ENTRIES));
    for (let offset = index; offset < end; offset++) {
      const entry = await context.store.entryAt(queue, offset);
      if (entry === undefined) break;
      queueData.push({
        physicOffset: entry.physicalOffset,
        physicSize: entry.sizeBytes,
        tagsCode: entry.tagsCode,
        eval: subscription?.filter?.matchesTagsCode(entry.tagsCode) ?? subscription !== undefined,
      });
    }
    return reply({
      body: printQueryConsumeQueueResponseBody({
        ...(consumerGroup === undefined
          ? {}
          : { filterData: filterText(consumerGroup, name, group) }),
        minQueueIndex: queue.minOffset,
        maxQueueIndex: queue.maxOffset,
        queueData,
        ...(subscription === undefined ? {} : { subscriptionData: subscription.data }),
      }),
    });
  };
}

function filterText(group: string, topic: string, online: unknown): string {
  return online === undefined ? `${group}@${topic} is not online!` : 'null';
}
