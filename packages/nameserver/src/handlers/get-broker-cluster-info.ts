import { type getBrokerClusterInfo, printClusterInfo } from '@orbitmq/protocol';
import { type Handler, reply } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { brokerDataOf } from '../routes/route-table.ts';

export function handleGetBrokerClusterInfo({
  routes,
}: NameServerState): Handler<typeof getBrokerClusterInfo> {
  return () => {
    const brokers = Array.from(
      routes.brokers,
      ([name, entry]) => [name, brokerDataOf(entry)] as const,
    );
    const clusters = Array.from(routes.clusters, ([name, names]) => [name, [...names]] as const);
    return reply({
      body: printClusterInfo({
        brokerAddrTable: new Map(brokers),
        clusterAddrTable: new Map(clusters),
      }),
    });
  };
}
