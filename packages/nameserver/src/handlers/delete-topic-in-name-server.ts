import type { deleteTopicInNameServer } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

export function handleDeleteTopicInNameServer({
  routes,
  log,
}: NameServerState): Handler<typeof deleteTopicInNameServer> {
  return ({ topic, clusterName }) => {
    routes.deleteTopic(topic, clusterName === '' ? undefined : clusterName);
    log.info({ topic, clusterName }, 'topic deleted');
  };
}
