/** How far consumers are and what was counted. Source: AdminBrokerProcessor.java. */
import {
  type ConsumeStats,
  getBrokerConsumeStats,
  getConsumeStats,
  type MessageQueue,
  type OffsetWrapper,
  printBrokerStatsData,
  printConsumeStats,
  printConsumeStatsList,
  printGroupList,
  printTopicList,
  queryTopicConsumeByWho,
  queryTopicsByConsumer,
  ResponseCode,
  viewBrokerStatsData,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import { PeerVersion } from '../peer-version.ts';
import { StatsName } from '../stats/broker-stats.ts';

export function registerStatsHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(getConsumeStats, handleConsumeStats(context));
  server.register(getBrokerConsumeStats, handleBrokerConsumeStats(context));
  server.register(queryTopicConsumeByWho, handleConsumeByWho(context));
  server.register(queryTopicsByConsumer, handleTopicsByConsumer(context));
  server.register(viewBrokerStatsData, handleStatsData(context));
}

/** Queues in one answer: more than a frame holds, whatever topics a peer lists. */
const MAX_ANSWERED_QUEUES = 200_000;

/** @throws {ResponseError} when an answer would have more queues */
function checkAnswered(queues: number): void {
  if (queues <= MAX_ANSWERED_QUEUES) return;
  throw new ResponseError(
    ResponseCode.SYSTEM_ERROR,
    `more than ${MAX_ANSWERED_QUEUES} queues are asked for: ask for fewer topics at a time`,
  );
}

function handleConsumeStats(context: BrokerContext): Handler<typeof getConsumeStats> {
  return async ({ consumerGroup, topic, topicList }, { command }) => {
    const isV5 = command.version >= PeerVersion.v5;
    const online = context.consumers.get(consumerGroup);
    const listed = [...new Set(topicList?.split(';'))].filter((name) => name !== '');
    const isListed = listed.length > 0;
    let topics = context.metadata.topicsOfGroup(consumerGroup);
    if (isListed) topics = listed;
    else if (topic !== undefined && topic !== '') topics = [topic];
    const offsetTable: [MessageQueue, OffsetWrapper][] = [];
    let consumeTps = 0;
    for (const name of topics) {
      // A topic that the group does not subscribe to any more is not its concern.
      const isForeign =
        !isListed && online !== undefined && online.subscription(name) === undefined;
      if (isForeign) continue;
      for (const entry of await offsetsOf(context, consumerGroup, name, isV5)) {
        offsetTable.push(entry);
      }
      checkAnswered(offsetTable.length);
      const counted = context.stats.find(StatsName.groupGetNums, `${name}@${consumerGroup}`);
      consumeTps += counted?.lastMinute().tps ?? 0;
    }
    return reply({ body: printConsumeStats({ consumeTps, offsetTable }) });
  };
}

async function offsetsOf(
  context: BrokerContext,
  group: string,
  name: string,
  isV5: boolean,
): Promise<[MessageQueue, OffsetWrapper][]> {
  const topic = context.topics.byName(name);
  if (topic === undefined) return [];
  const { brokerName } = context.config;
  const entries: [MessageQueue, OffsetWrapper][] = [];
  for (let queueId = 0; queueId < topic.config.readQueueNums; queueId++) {
    const queue = topic.queue(queueId);
    const pulled = context.stats.pulledOffset(name, group, queueId) ?? 0;
    const committed = context.metadata.consumerOffset(name, group, queueId) ?? 0;
    const consumerOffset = Math.max(0, committed);
    const lastTimestamp =
      consumerOffset > 0 ? ((await context.store.storeTimeAt(queue, consumerOffset - 1)) ?? 0) : 0;
    entries.push([
      { brokerName, queueId, topic: name },
      {
        brokerOffset: Math.max(0, queue.maxOffset),
        consumerOffset,
        lastTimestamp,
        ...(isV5 ? { pullOffset: Math.max(consumerOffset, pulled) } : {}),
      },
    ]);
  }
  return entries;
}

function handleBrokerConsumeStats(context: BrokerContext): Handler<typeof getBrokerConsumeStats> {
  return async ({ isOrder }, { command }) => {
    const isV5 = command.version >= PeerVersion.v5;
    const consumeStatsList: Map<string, ConsumeStats[]>[] = [];
    let totalDiff = 0;
    let totalInflightDiff = 0;
    let queues = 0;
    for (const { groupName } of context.groups.all()) {
      const perTopic: ConsumeStats[] = [];
      for (const name of context.metadata.topicsOfGroup(groupName)) {
        const topic = context.topics.byName(name);
        if (topic === undefined || (isOrder && !topic.config.order)) continue;
        const offsetTable = await offsetsOf(context, groupName, name, isV5);
        queues += offsetTable.length;
        checkAnswered(queues);
        for (const [
          ,
          { brokerOffset, consumerOffset, pullOffset = consumerOffset },
        ] of offsetTable) {
          totalDiff += brokerOffset - consumerOffset;
          totalInflightDiff += pullOffset - consumerOffset;
        }
        const counted = context.stats.find(StatsName.groupGetNums, `${name}@${groupName}`);
        perTopic.push({ consumeTps: counted?.lastMinute().tps ?? 0, offsetTable });
      }
      consumeStatsList.push(new Map([[groupName, perTopic]]));
    }
    const { brokerAddress: brokerAddr } = context;
    const inflight = isV5 ? { totalInflightDiff } : {};
    return reply({
      body: printConsumeStatsList({ brokerAddr, consumeStatsList, totalDiff, ...inflight }),
    });
  };
}

function handleConsumeByWho(context: BrokerContext): Handler<typeof queryTopicConsumeByWho> {
  return ({ topic }) => {
    const groups = new Set([
      ...context.consumers.subscribersOf(topic),
      ...context.metadata.groupsOfTopic(topic),
    ]);
    return reply({ body: printGroupList({ groupList: [...groups] }) });
  };
}

function handleTopicsByConsumer(context: BrokerContext): Handler<typeof queryTopicsByConsumer> {
  return ({ group }) =>
    reply({
      body: printTopicList({
        brokerAddr: context.brokerAddress,
        topicList: context.metadata.topicsOfGroup(group),
      }),
    });
}

function handleStatsData({ stats }: BrokerContext): Handler<typeof viewBrokerStatsData> {
  return ({ statsName, statsKey }) => {
    const item = stats.find(statsName, statsKey);
    if (item === undefined) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `The stats <${statsName}> <${statsKey}> not exist`,
      );
    }
    return reply({
      body: printBrokerStatsData({
        statsDay: item.lastDay(),
        statsHour: item.lastHour(),
        statsMinute: item.lastMinute(),
      }),
    });
  };
}
