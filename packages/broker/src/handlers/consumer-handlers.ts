/** Consumers that are connected, asked through the broker. Source: AdminBrokerProcessor.java. */
import {
  consumeMessageDirectly,
  decodeMessageId,
  getConsumerRunningInfo,
  invokeBrokerToGetConsumerStatus,
  printGetConsumerStatusBody,
  printGroupForbidden,
  printQuerySubscriptionResponseBody,
  querySubscriptionByConsumer,
  ResponseCode,
  updateAndGetGroupForbidden,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import {
  askStatus,
  DIRECT_CALL_TIMEOUT_MS,
  directlyCallable,
  relayed,
} from '../clients/client-calls.ts';
import { FORBIDDEN_READ } from '../groups/forbidden.ts';

export function registerConsumerHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(invokeBrokerToGetConsumerStatus, handleStatus(context));
  server.register(getConsumerRunningInfo, handleRunningInfo(context));
  server.register(consumeMessageDirectly, handleConsumeDirectly(context));
  server.register(querySubscriptionByConsumer, handleSubscription(context));
  server.register(updateAndGetGroupForbidden, handleForbidden(context));
}

function handleStatus(context: BrokerContext): Handler<typeof invokeBrokerToGetConsumerStatus> {
  return async ({ topic, group, clientAddr }) => {
    const members = context.consumers.get(group)?.members() ?? [];
    if (members.length === 0) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        `No Any Consumer online in the consumer group: [${group}]`,
      );
    }
    const isForAll = clientAddr === undefined || clientAddr.trim() === '';
    const asked = isForAll ? members : members.filter(({ clientId }) => clientId === clientAddr);
    const consumerTable = await askStatus(asked, { topic, group }, context.log);
    return reply({ body: printGetConsumerStatusBody({ consumerTable, messageQueueTable: [] }) });
  };
}

function handleRunningInfo(context: BrokerContext): Handler<typeof getConsumerRunningInfo> {
  return async (request) => {
    const name = { group: request.consumerGroup, clientId: request.clientId };
    const { connection } = directlyCallable(context.consumers, name);
    const options = { timeoutMs: DIRECT_CALL_TIMEOUT_MS };
    return reply(await relayed(name, connection.invoke(getConsumerRunningInfo, request, options)));
  };
}

/** The message goes to the client as it is stored; the client consumes it outside of its queues. */
function handleConsumeDirectly(context: BrokerContext): Handler<typeof consumeMessageDirectly> {
  return async (request) => {
    const { consumerGroup: group, clientId = '', msgId } = request;
    const name = { group, clientId };
    const { connection } = directlyCallable(context.consumers, name);
    const body = msgId === undefined ? undefined : await recordOf(context, msgId);
    const values = { ...request, brokerName: context.config.brokerName };
    const options = { timeoutMs: DIRECT_CALL_TIMEOUT_MS, body };
    return reply(await relayed(name, connection.invoke(consumeMessageDirectly, values, options)));
  };
}

/** @throws {RocketMqError} MESSAGE_ID_MALFORMED */
async function recordOf({ store }: BrokerContext, messageId: string): Promise<Buffer> {
  const { physicalOffset } = decodeMessageId(messageId);
  const record = await store.recordAtOffset(physicalOffset);
  if (record === undefined) {
    throw new ResponseError(
      ResponseCode.SYSTEM_ERROR,
      `can not find message by the offset, ${physicalOffset}`,
    );
  }
  return record;
}

function handleSubscription({
  consumers,
}: BrokerContext): Handler<typeof querySubscriptionByConsumer> {
  return ({ group, topic }) => {
    const subscriptionData = consumers.get(group)?.subscription(topic)?.data;
    return reply({ body: printQuerySubscriptionResponseBody({ group, subscriptionData, topic }) });
  };
}

/** Sets whether a group may read a topic when the request says so, and tells it. */
function handleForbidden({ metadata }: BrokerContext): Handler<typeof updateAndGetGroupForbidden> {
  return ({ group, topic, readable }) => {
    const mask = metadata.forbiddenMask(group, topic);
    if (readable !== undefined) {
      const wanted = readable ? mask & ~FORBIDDEN_READ : mask | FORBIDDEN_READ;
      if (wanted !== mask) metadata.setForbiddenMask(group, topic, wanted);
    }
    const isReadable = (metadata.forbiddenMask(group, topic) & FORBIDDEN_READ) === 0;
    return reply({ body: printGroupForbidden({ group, readable: isReadable, topic }) });
  };
}
