import { parseTopicRouteData, type registerTopicInNameServer } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** Queues of brokers that are not registered are left out. */
export function handleRegisterTopicInNameServer({
  routes,
}: NameServerState): Handler<typeof registerTopicInNameServer> {
  return ({ topic }, { command }) => {
    routes.registerTopic(topic, parseTopicRouteData(command.body).queueDatas);
  };
}
