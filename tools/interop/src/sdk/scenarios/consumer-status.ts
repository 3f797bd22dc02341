import { check, checkEqual, waitFor } from '../check.ts';
import { stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** What an administrator can ask a running consumer through the broker: connection, running info, consume directly. */
export const consumerStatus: Scenario = async (context) => {
  const topic = await context.topic(4);
  const group = context.group('c');
  const tally = new Tally(context.run, 1);
  const consumer = await context.consumer(tally, { group, topic, expression: 'TagA || TagB' });
  const producerGroup = context.group('p');
  const producer = await context.producer({ group: producerGroup, heartbeatMs: 1_000 });
  const sent = stored(await producer.send(context.message(topic, 0)));
  const timeoutMs = TIMEOUT_MS;
  await waitFor({ what: 'the message', timeoutMs, until: () => tally.distinct === 1 });

  const [broker = ''] = await context.brokers();
  const connection = await context.groups.consumers(group, broker);
  const [client] = connection.connectionSet;
  checkEqual('connections', 1, connection.connectionSet.length);
  checkEqual('client id', consumer.clientId, client?.clientId);
  checkEqual('model', 'CLUSTERING', connection.messageModel);
  checkEqual('type', 'CONSUME_PASSIVELY', connection.consumeType);

  const asked = { consumerGroup: group, clientId: consumer.clientId };
  const running = await context.groups.runningInfo(asked, { address: broker });
  const queues = [...running.mqTable].filter(([queue]) => queue.topic === topic);
  checkEqual('queues of the topic', 4, queues.length);
  check(running.statusTable.has(topic), 'no status of the topic');

  const msgId = sent.offsetMessageId;
  const direct = await context.groups.consumeDirectly(broker, { ...asked, msgId, topic });
  checkEqual('consumed directly', 'CR_SUCCESS', direct.consumeResult);
  checkEqual('deliveries', 2, tally.total);

  await waitFor({
    what: 'the producer among those that are online',
    timeoutMs,
    until: async () => {
      const online = await context.groups.producers(producerGroup, topic).catch(() => []);
      return online.length === 1;
    },
  });
};
