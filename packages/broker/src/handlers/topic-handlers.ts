/** Topics: made, changed, deleted, listed. Source: AdminBrokerProcessor.java. */
import {
  deleteTopicInBroker,
  getAllTopicConfig,
  getSystemTopicListFromBroker,
  getTopicConfig,
  getTopicStatsInfo,
  isSystemTopic,
  type MessageQueue,
  parseCreateTopicListRequestBody,
  printTopicConfig,
  printTopicConfigSerializeWrapper,
  printTopicList,
  printTopicStatsTable,
  ResponseCode,
  type TopicConfig,
  type TopicOffset,
  topicNameProblem,
  updateAndCreateTopic,
  updateAndCreateTopicList,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import { PeerVersion } from '../peer-version.ts';
import { StatsName } from '../stats/broker-stats.ts';
import { topicConfig } from '../topics/topic-config.ts';
import { describeVersion } from './group-handlers.ts';

export function registerTopicHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(updateAndCreateTopic, handleUpdateTopic(context));
  server.register(updateAndCreateTopicList, handleUpdateTopicList(context));
  server.register(deleteTopicInBroker, handleDeleteTopic(context));
  server.register(getAllTopicConfig, handleAllTopicConfig(context));
  server.register(getTopicConfig, handleTopicConfig(context));
  server.register(getTopicStatsInfo, handleTopicStats(context));
  server.register(getSystemTopicListFromBroker, handleSystemTopics(context));
}

function checkName(topic: string, context: BrokerContext): void {
  const problem = topicNameProblem(topic);
  if (problem !== undefined) throw new ResponseError(ResponseCode.SYSTEM_ERROR, problem);
  const { brokerClusterName, brokerName } = context.config;
  if (isSystemTopic(topic) || topic === brokerClusterName || topic === brokerName) {
    throw new ResponseError(
      ResponseCode.SYSTEM_ERROR,
      `The topic[${topic}] is conflict with system topic.`,
    );
  }
}

/** Statistics and routes go through all queues of a topic, whoever asks; Apache knows no bound. */
const MAX_QUEUES_PER_TOPIC = 65_536;

function checkQueues(topic: string, counts: readonly number[]): void {
  if (counts.every((count) => count >= 0 && count <= MAX_QUEUES_PER_TOPIC)) return;
  throw new ResponseError(
    ResponseCode.SYSTEM_ERROR,
    `topic[${topic}] is to have ${counts.join(' and ')} queues to read and to write, expected 0 to ${MAX_QUEUES_PER_TOPIC}`,
  );
}

function handleUpdateTopic(context: BrokerContext): Handler<typeof updateAndCreateTopic> {
  return async (request) => {
    checkName(request.topic, context);
    checkQueues(request.topic, [request.readQueueNums, request.writeQueueNums]);
    const known = context.topics.byName(request.topic)?.config;
    context.topics.put(
      topicConfig(request.topic, {
        readQueueNums: request.readQueueNums,
        writeQueueNums: request.writeQueueNums,
        perm: request.perm,
        topicFilterType: request.topicFilterType,
        topicSysFlag: request.topicSysFlag ?? 0,
        order: request.order,
        attributes: changeAttributes(known?.attributes ?? {}, request.attributes ?? ''),
      }),
    );
    // Whoever made a topic expects to find its route.
    await context.registerNow();
  };
}

/** Applies `+key=value,-key`. */
function changeAttributes(
  known: Readonly<Record<string, string>>,
  changes: string,
): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = { ...known };
  for (const change of changes.split(',').filter((piece) => piece.trim() !== '')) {
    const [key = '', value] = change.trim().slice(1).split('=');
    if (change.trim().startsWith('+') && value !== undefined) attributes[key] = value;
    else if (change.trim().startsWith('-')) delete attributes[key];
    else {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `attributes: ${JSON.stringify(change)} is no change, expected +key=value or -key`,
      );
    }
  }
  return attributes;
}

function handleUpdateTopicList(context: BrokerContext): Handler<typeof updateAndCreateTopicList> {
  return (_request, { command }) => {
    const { topicConfigList } = parseCreateTopicListRequestBody(command.body);
    for (const { topicName, readQueueNums, writeQueueNums } of topicConfigList) {
      checkName(topicName, context);
      checkQueues(topicName, [readQueueNums, writeQueueNums]);
    }
    for (const config of topicConfigList) {
      context.topics.put({ ...config, attributes: config.attributes ?? {} });
    }
  };
}

function handleDeleteTopic(context: BrokerContext): Handler<typeof deleteTopicInBroker> {
  return async ({ topic }) => {
    checkName(topic, context);
    // For good before the queues begin again at 0, where a group would pass over what comes first: the
    // deletion of the topic syncs it along.
    context.metadata.removeTopicOffsets(topic);
    await context.metadata.flush();
    context.topics.delete(topic);
    context.stats.forgetTopic(topic);
    context.resets.forgetTopic(topic);
    await context.store.deleteTopic(topic);
    context.log.info({ topic }, 'topic deleted');
  };
}

/** What a reader of that version gets; 4.x readers do not know what 5.x added. */
function describe(config: TopicConfig, version: number): TopicConfig {
  if (version >= PeerVersion.v5) return config;
  const { attributes: _, ...rest } = config;
  return rest;
}

function handleAllTopicConfig(context: BrokerContext): Handler<typeof getAllTopicConfig> {
  return (_request, { command }) => {
    const table = new Map<string, TopicConfig>();
    for (const config of context.metadata.topics()) {
      table.set(config.topicName, describe(config, command.version));
    }
    return reply({
      fields: command.version >= PeerVersion.v5 ? { totalTopicNum: table.size } : {},
      body: printTopicConfigSerializeWrapper({
        dataVersion: describeVersion(context.metadata.topicsVersion, command.version),
        topicConfigTable: table,
      }),
    });
  };
}

function handleTopicConfig(context: BrokerContext): Handler<typeof getTopicConfig> {
  return ({ topic }, { command }) => {
    const config = context.topics.byName(topic)?.config;
    if (config === undefined) {
      throw new ResponseError(
        ResponseCode.TOPIC_NOT_EXIST,
        `No topic in this broker. topic: ${topic}`,
      );
    }
    return reply({ body: printTopicConfig(describe(config, command.version)) });
  };
}

function handleTopicStats(context: BrokerContext): Handler<typeof getTopicStatsInfo> {
  return async ({ topic: name }, { command }) => {
    const topic = context.topics.byName(name);
    if (topic === undefined) {
      throw new ResponseError(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist`);
    }
    const { brokerName } = context.config;
    const { readQueueNums, writeQueueNums } = topic.config;
    const offsetTable: [MessageQueue, TopicOffset][] = [];
    for (let queueId = 0; queueId < Math.max(readQueueNums, writeQueueNums); queueId++) {
      const queue = topic.queue(queueId);
      const { minOffset, maxOffset } = queue;
      const lastUpdateTimestamp =
        maxOffset > 0 ? ((await context.store.storeTimeAt(queue, maxOffset - 1)) ?? 0) : 0;
      offsetTable.push([
        { brokerName, queueId, topic: name },
        { lastUpdateTimestamp, maxOffset, minOffset: Math.max(0, minOffset) },
      ]);
    }
    if (command.version < PeerVersion.v5)
      return reply({ body: printTopicStatsTable({ offsetTable }) });
    const topicPutTps = context.stats.find(StatsName.topicPutNums, name)?.lastMinute().tps ?? 0;
    return reply({ body: printTopicStatsTable({ offsetTable, topicPutTps }) });
  };
}

function handleSystemTopics(context: BrokerContext): Handler<typeof getSystemTopicListFromBroker> {
  return () => {
    const { brokerClusterName, brokerName } = context.config;
    const topicList: string[] = [];
    for (const topic of context.topics.all()) {
      const isSystem =
        isSystemTopic(topic.name) || topic.name === brokerClusterName || topic.name === brokerName;
      if (isSystem) topicList.push(topic.name);
    }
    return reply({ body: printTopicList({ topicList }) });
  };
}
