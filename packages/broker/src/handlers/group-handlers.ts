/** Consumer groups: made, changed, deleted, listed, and who is connected. Source: AdminBrokerProcessor.java. */
import {
  type ClientConnection,
  type DataVersion,
  deleteSubscriptionGroup,
  getAllProducerInfo,
  getAllSubscriptionGroupConfig,
  getConsumerConnectionList,
  getProducerConnectionList,
  getSubscriptionGroupConfig,
  groupNameProblem,
  languageName,
  type ProducerInfo,
  parseSubscriptionGroupConfig,
  parseSubscriptionGroupList,
  printConsumerConnection,
  printProducerConnection,
  printProducerTableInfo,
  printSubscriptionGroupConfig,
  printSubscriptionGroupWrapper,
  ResponseCode,
  type SubscriptionGroupConfig,
  updateAndCreateSubscriptionGroup,
  updateAndCreateSubscriptionGroupList,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import type { ClientInfo } from '../clients/client-info.ts';
import { groupConfig } from '../groups/group-config.ts';
import { PeerVersion } from '../peer-version.ts';

export function registerGroupHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(updateAndCreateSubscriptionGroup, handleUpdateGroup(context));
  server.register(updateAndCreateSubscriptionGroupList, handleUpdateGroupList(context));
  server.register(deleteSubscriptionGroup, handleDeleteGroup(context));
  server.register(getAllSubscriptionGroupConfig, handleAllGroups(context));
  server.register(getSubscriptionGroupConfig, handleGroup(context));
  server.register(getConsumerConnectionList, handleConsumerConnections(context));
  server.register(getProducerConnectionList, handleProducerConnections(context));
  server.register(getAllProducerInfo, handleAllProducers(context));
}

function checkName(group: string): void {
  const problem = groupNameProblem(group);
  if (problem !== undefined) throw new ResponseError(ResponseCode.SYSTEM_ERROR, problem);
}

function handleUpdateGroup({
  groups,
}: BrokerContext): Handler<typeof updateAndCreateSubscriptionGroup> {
  return (_request, { command }) => {
    const body = parseSubscriptionGroupConfig(command.body);
    checkName(body.groupName);
    groups.put(toConfig(body));
  };
}

function handleUpdateGroupList({
  groups,
}: BrokerContext): Handler<typeof updateAndCreateSubscriptionGroupList> {
  return (_request, { command }) => {
    const { groupConfigList } = parseSubscriptionGroupList(command.body);
    for (const body of groupConfigList) checkName(body.groupName);
    for (const body of groupConfigList) groups.put(toConfig(body));
  };
}

/** The request's group; what it leaves out has its default. */
function toConfig(body: SubscriptionGroupConfig): SubscriptionGroupConfig {
  const given = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined),
  ) as Partial<SubscriptionGroupConfig>;
  return groupConfig(body.groupName, given);
}

function handleDeleteGroup(context: BrokerContext): Handler<typeof deleteSubscriptionGroup> {
  return ({ groupName, removeOffset, cleanOffset }) => {
    context.groups.delete(groupName);
    if (removeOffset === true || cleanOffset === true) context.metadata.removeOffsets(groupName);
    context.stats.forgetGroup(groupName);
    context.resets.forgetGroup(groupName);
    context.log.info({ group: groupName }, 'consumer group deleted');
  };
}

/** What a reader of that version gets; 4.x readers do not know what 5.x added. */
function describe(config: SubscriptionGroupConfig, version: number): SubscriptionGroupConfig {
  if (version >= PeerVersion.v5) return config;
  const {
    attributes: _attributes,
    consumeMessageOrderly: _orderly,
    consumeTimeoutMinute: _timeout,
    groupRetryPolicy: _policy,
    groupSysFlag: _flag,
    subscriptionDataSet: _subscriptions,
    ...rest
  } = config;
  return rest;
}

/** A data version as a reader of that version knows it. */
export function describeVersion(dataVersion: DataVersion, version: number): DataVersion {
  const { counter, timestamp } = dataVersion;
  return version >= PeerVersion.v5 ? dataVersion : { counter, timestamp };
}

function handleAllGroups(context: BrokerContext): Handler<typeof getAllSubscriptionGroupConfig> {
  return (_request, { command }) => {
    const table = new Map<string, SubscriptionGroupConfig>();
    for (const config of context.groups.all()) {
      table.set(config.groupName, describe(config, command.version));
    }
    return reply({
      fields: command.version >= PeerVersion.v5 ? { totalGroupNum: table.size } : {},
      body: printSubscriptionGroupWrapper({
        dataVersion: describeVersion(context.metadata.groupsVersion, command.version),
        subscriptionGroupTable: table,
      }),
    });
  };
}

function handleGroup({ groups }: BrokerContext): Handler<typeof getSubscriptionGroupConfig> {
  return ({ group }, { command }) => {
    const config = groups.get(group);
    if (config === undefined) {
      throw new ResponseError(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `No group in this broker: ${group}`,
      );
    }
    return reply({ body: printSubscriptionGroupConfig(describe(config, command.version)) });
  };
}

function describeClient(client: ClientInfo): ClientConnection {
  return {
    clientAddr: client.connection.remoteAddress,
    clientId: client.clientId,
    language: languageName(client.language),
    version: client.version,
  };
}

function handleConsumerConnections({
  consumers,
}: BrokerContext): Handler<typeof getConsumerConnectionList> {
  return ({ consumerGroup }) => {
    const group = consumers.get(consumerGroup);
    if (group === undefined) {
      throw new ResponseError(
        ResponseCode.CONSUMER_NOT_ONLINE,
        `the consumer group[${consumerGroup}] not online`,
      );
    }
    return reply({
      body: printConsumerConnection({
        connectionSet: group.members().map(describeClient),
        consumeFromWhere: group.consumeFromWhere,
        consumeType: group.consumeType,
        messageModel: group.messageModel,
        subscriptionTable: new Map(group.subscriptions().map((data) => [data.topic, data])),
      }),
    });
  };
}

function handleProducerConnections({
  producers,
}: BrokerContext): Handler<typeof getProducerConnectionList> {
  return ({ producerGroup }) => {
    const members = producers.members(producerGroup);
    if (members.length === 0) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `the producer group[${producerGroup}] not exist`,
      );
    }
    return reply({ body: printProducerConnection({ connectionSet: members.map(describeClient) }) });
  };
}

function handleAllProducers({ producers }: BrokerContext): Handler<typeof getAllProducerInfo> {
  return () => {
    const data = new Map<string, ProducerInfo[]>();
    for (const group of producers.groups()) {
      data.set(
        group,
        producers.members(group).map((client) => ({
          clientId: client.clientId,
          language: languageName(client.language),
          lastUpdateTimestamp: client.heartbeatMs,
          remoteIP: `/${client.connection.remoteAddress}`,
          version: client.version,
        })),
      );
    }
    return reply({ body: printProducerTableInfo({ data }) });
  };
}
