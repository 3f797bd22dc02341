/** Offsets of queues and of consumers. Source: AdminBrokerProcessor.java, ConsumerManageProcessor.java. */
import {
  getAllConsumerOffset,
  getAllDelayOffset,
  getEarliestMsgStoreTime,
  getMaxOffset,
  getMinOffset,
  printConsumerOffsetSerializeWrapper,
  printDelayOffsetSerializeWrapper,
  queryConsumerOffset,
  ResponseCode,
  searchOffsetByTimestamp,
  updateConsumerOffset,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { Queue } from '@orbitmq/store';
import type { BrokerContext } from '../broker-context.ts';
import { PeerVersion } from '../peer-version.ts';

export function registerOffsetHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(getMaxOffset, handleGetMaxOffset(context));
  server.register(getMinOffset, handleGetMinOffset(context));
  server.register(searchOffsetByTimestamp, handleSearchOffset(context));
  server.register(getEarliestMsgStoreTime, handleEarliestStoreTime(context));
  server.register(queryConsumerOffset, handleQueryConsumerOffset(context));
  server.register(updateConsumerOffset, handleUpdateConsumerOffset(context));
  server.register(getAllConsumerOffset, handleAllConsumerOffsets(context));
  server.register(getAllDelayOffset, handleAllDelayOffsets(context));
}

type QueueSource = Pick<BrokerContext, 'topics'>;

/** A queue of a topic that exists; asking for any other makes nothing. */
function findQueue({ topics }: QueueSource, name: string, queueId: number): Queue | undefined {
  const topic = topics.byName(name);
  if (topic === undefined) return undefined;
  const { readQueueNums, writeQueueNums } = topic.config;
  const isInRange = queueId >= 0 && queueId < Math.max(readQueueNums, writeQueueNums);
  return isInRange ? topic.queue(queueId) : undefined;
}

function handleGetMaxOffset(context: QueueSource): Handler<typeof getMaxOffset> {
  return ({ topic, queueId }) => ({ offset: findQueue(context, topic, queueId)?.maxOffset ?? 0 });
}

function handleGetMinOffset(context: QueueSource): Handler<typeof getMinOffset> {
  return ({ topic, queueId }) => ({ offset: findQueue(context, topic, queueId)?.minOffset ?? 0 });
}

function handleSearchOffset(
  context: Pick<BrokerContext, 'topics' | 'store'>,
): Handler<typeof searchOffsetByTimestamp> {
  return async ({ topic, queueId, timestamp, boundaryType }) => {
    const queue = findQueue(context, topic, queueId);
    if (queue === undefined) return { offset: 0 };
    const boundary = boundaryType?.toLowerCase() === 'upper' ? 'upper' : 'lower';
    return { offset: await context.store.offsetByTime(queue, timestamp, boundary) };
  };
}

function handleEarliestStoreTime(
  context: Pick<BrokerContext, 'topics' | 'store'>,
): Handler<typeof getEarliestMsgStoreTime> {
  return async ({ topic, queueId }) => {
    const queue = findQueue(context, topic, queueId);
    if (queue === undefined) return { timestamp: -1 };
    return { timestamp: (await context.store.storeTimeAt(queue, queue.minOffset)) ?? -1 };
  };
}

/** The remark that old consumers look for. */
const NEW_GROUP_REMARK = 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first';

/**
 * A group without an offset starts at 0 when the queue still holds its first message in memory, so
 * that a new group does not miss what was sent just before it started.
 */
function handleQueryConsumerOffset(context: BrokerContext): Handler<typeof queryConsumerOffset> {
  return ({ consumerGroup, topic, queueId, setZeroIfNotFound }) => {
    const known = context.metadata.consumerOffset(topic, consumerGroup, queueId);
    // A negative offset that somebody committed is none.
    if (known !== undefined && known >= 0) return { offset: known };
    if (setZeroIfNotFound === false) {
      throw new ResponseError(
        ResponseCode.QUERY_NOT_FOUND,
        'Not found, do not set to zero, maybe this group boot first',
      );
    }
    const queue = findQueue(context, topic, queueId);
    if (queue === undefined || (queue.minOffset <= 0 && context.store.isInMemory(queue, 0))) {
      return { offset: 0 };
    }
    throw new ResponseError(ResponseCode.QUERY_NOT_FOUND, NEW_GROUP_REMARK);
  };
}

/** Neither topics nor groups have longer names; what a peer names is kept. */
const MAX_NAME_LENGTH = 255;

function handleUpdateConsumerOffset(context: BrokerContext): Handler<typeof updateConsumerOffset> {
  return ({ consumerGroup, topic, queueId, commitOffset }) => {
    if (topic.length > MAX_NAME_LENGTH || consumerGroup.length > MAX_NAME_LENGTH) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `topic or consumerGroup is longer than ${MAX_NAME_LENGTH} characters`,
      );
    }
    if (!context.resets.isEmpty && context.resets.has(topic, consumerGroup, queueId)) {
      return reply({ remark: 'Offset has been previously reset' });
    }
    context.metadata.commitConsumerOffset(topic, consumerGroup, queueId, commitOffset);
    return undefined;
  };
}

/** All offsets of all groups, for slaves and for tools that export them; 5.x readers know of versions. */
function handleAllConsumerOffsets({
  metadata,
}: BrokerContext): Handler<typeof getAllConsumerOffset> {
  return (_request, { command }) => {
    const offsetTable = new Map<string, ReadonlyMap<number, number>>();
    const groupTopicMap = new Map<string, string[]>();
    for (const { topic, group, offsets } of metadata.consumerOffsets()) {
      offsetTable.set(`${topic}@${group}`, offsets);
      const topics = groupTopicMap.get(group);
      if (topics === undefined) groupTopicMap.set(group, [topic]);
      else topics.push(topic);
    }
    const isV5 = command.version >= PeerVersion.v5;
    return reply({
      body: printConsumerOffsetSerializeWrapper({
        ...(isV5 ? { dataVersion: metadata.consumerOffsetsVersion, groupTopicMap } : {}),
        offsetTable,
      }),
    });
  };
}

function handleAllDelayOffsets({ metadata }: BrokerContext): Handler<typeof getAllDelayOffset> {
  return (_request, { command }) => {
    const isV5 = command.version >= PeerVersion.v5;
    return reply({
      body: printDelayOffsetSerializeWrapper({
        ...(isV5 ? { dataVersion: metadata.delayOffsetsVersion } : {}),
        offsetTable: metadata.delayOffsets(),
      }),
    });
  };
}
