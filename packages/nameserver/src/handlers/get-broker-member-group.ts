import {
  type getBrokerMemberGroup,
  printGetBrokerMemberGroupResponseBody,
} from '@orbitmq/protocol';
import { type Handler, reply } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** A group that is not there has no members. */
export function handleGetBrokerMemberGroup({
  routes,
}: NameServerState): Handler<typeof getBrokerMemberGroup> {
  return ({ clusterName, brokerName }) => {
    const entry = routes.brokers.get(brokerName);
    const brokerAddrs =
      entry?.cluster === clusterName ? entry.addresses : new Map<number, string>();
    return reply({
      body: printGetBrokerMemberGroupResponseBody({
        brokerMemberGroup: { brokerAddrs, brokerName, cluster: clusterName },
      }),
    });
  };
}
