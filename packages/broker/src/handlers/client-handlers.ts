/** Clients announce themselves, leave, and ask who else is there. Source: ClientManageProcessor.java, ConsumerManageProcessor.java. */

import { toError } from '@orbitmq/kernel';
import {
  checkClientConfig,
  getConsumerListByGroup,
  heartBeat,
  parseCheckClientRequestBody,
  parseHeartbeatData,
  printConsumerIdList,
  ResponseCode,
  unregisterClient,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import type { ClientInfo } from '../clients/client-info.ts';
import { HeartbeatGroups } from '../clients/heartbeat-groups.ts';
import { isTagExpression, toSubscription } from '../clients/subscription.ts';

export function registerClientHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(heartBeat, handleHeartBeat(context));
  server.register(unregisterClient, handleUnregisterClient(context));
  server.register(getConsumerListByGroup, handleConsumerList(context));
  server.register(checkClientConfig, handleCheckClientConfig(context));
}

/** No client's id is longer; it is kept with each of the client's groups. */
const MAX_CLIENT_ID_LENGTH = 1_024;

function handleHeartBeat(context: BrokerContext): Handler<typeof heartBeat> {
  const groups = new HeartbeatGroups(context);
  return async (_request, { connection, command }) => {
    const data = parseHeartbeatData(command.body);
    if (data.clientID.length > MAX_CLIENT_ID_LENGTH) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `clientID has ${data.clientID.length} characters, at most ${MAX_CLIENT_ID_LENGTH}`,
      );
    }
    const client: ClientInfo = {
      clientId: data.clientID,
      language: command.language,
      version: command.version,
      connection,
      heartbeatMs: context.clock.now(),
      seenMs: context.clock.monotonicMs(),
    };
    for (const { groupName } of data.producerDataSet) {
      context.producers.register(groupName, client);
    }
    let hasChanged = false;
    for (const consumer of data.consumerDataSet) {
      hasChanged = context.consumers.register(consumer, client, data.withoutSub) || hasChanged;
    }
    // The consumer asks for the route of its retry topic as soon as it is answered.
    const makesTopics = groups.ensure(data.consumerDataSet.map(({ groupName }) => groupName));
    if ((await makesTopics) === true) await context.registerNow();
    return {
      IS_SUPPORT_HEART_BEAT_V2: true,
      IS_SUB_CHANGE: hasChanged || data.withoutSub !== true,
    };
  };
}

function handleUnregisterClient({
  consumers,
  producers,
}: BrokerContext): Handler<typeof unregisterClient> {
  return ({ producerGroup, consumerGroup }, { connection }) => {
    if (producerGroup !== undefined) producers.unregister(producerGroup, connection);
    if (consumerGroup !== undefined) consumers.unregister(consumerGroup, connection);
  };
}

function handleConsumerList({ consumers }: BrokerContext): Handler<typeof getConsumerListByGroup> {
  return ({ consumerGroup }) => {
    const group = consumers.get(consumerGroup);
    if (group === undefined) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `no consumer for this group, ${consumerGroup}`,
      );
    }
    return reply({ body: printConsumerIdList({ consumerIdList: [...group.clientIds()] }) });
  };
}

function handleCheckClientConfig({ config }: BrokerContext): Handler<typeof checkClientConfig> {
  return (_request, { command }) => {
    const { subscriptionData } = parseCheckClientRequestBody(command.body);
    if (subscriptionData === undefined || isTagExpression(subscriptionData.expressionType)) return;
    if (!config.enablePropertyFilter) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `The broker does not support consumer to filter message by ${subscriptionData.expressionType}`,
      );
    }
    try {
      toSubscription(subscriptionData);
    } catch (error) {
      throw new ResponseError(
        ResponseCode.SUBSCRIPTION_PARSE_FAILED,
        toError(error).message,
        error,
      );
    }
  };
}
