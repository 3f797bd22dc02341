import type { getTopicsByCluster } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { checkTopicListEnabled, topicListReply, topicsWhere } from './topic-lists.ts';

export function handleGetTopicsByCluster(
  state: NameServerState,
): Handler<typeof getTopicsByCluster> {
  const { routes } = state;
  return ({ cluster }) => {
    checkTopicListEnabled(state);
    const names = routes.clusters.get(cluster) ?? new Set<string>();
    return topicListReply(
      topicsWhere(routes, (queues) => [...queues.keys()].some((name) => names.has(name))),
    );
  };
}
