import type { getSystemTopicListFromNameServer } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { topicListReply } from './topic-lists.ts';

/** Names of clusters and brokers are topics that nobody may make; the address is some broker's to ask for the rest. */
export function handleGetSystemTopicListFromNameServer({
  routes,
}: NameServerState): Handler<typeof getSystemTopicListFromNameServer> {
  return () => {
    const names: string[] = [];
    for (const [cluster, brokerNames] of routes.clusters) names.push(cluster, ...brokerNames);
    const [anyBroker] = routes.brokers.values();
    const [anyAddress] = anyBroker?.addresses.values() ?? [];
    return topicListReply(names, anyAddress);
  };
}
