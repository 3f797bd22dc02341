import { type ClusterInfo, getBrokerClusterInfo, parseClusterInfo } from '@orbitmq/protocol';
import type { AdminCalls } from './calls.ts';
import { MASTER_ID } from './routes.ts';

/** A broker process as name servers know it. */
export interface BrokerProcess {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
}

/** What clusters there are, and who is in them. */
export class ClusterAdmin {
  readonly #calls: AdminCalls;

  constructor(calls: AdminCalls) {
    this.#calls = calls;
  }

  /** GET_BROKER_CLUSTER_INFO: all clusters. */
  async info(): Promise<ClusterInfo> {
    const reply = await this.#calls.callAnyNameServer(getBrokerClusterInfo, {});
    return parseClusterInfo(reply.body);
  }

  /** Every broker process, clusters in the answer's order, broker names sorted, ids ascending. */
  async brokers(): Promise<BrokerProcess[]> {
    return brokersOf(await this.info());
  }

  /** Addresses of a cluster's masters; undefined when no cluster has that name. */
  async masters(clusterName: string): Promise<string[] | undefined> {
    const info = await this.info();
    return info.clusterAddrTable.has(clusterName)
      ? brokersOf(info)
          .filter((broker) => broker.clusterName === clusterName && broker.brokerId === MASTER_ID)
          .map(({ address }) => address)
      : undefined;
  }
}

export function brokersOf(info: ClusterInfo): BrokerProcess[] {
  return [...info.clusterAddrTable].flatMap(([clusterName, brokerNames]) =>
    brokerNames
      .toSorted()
      .flatMap((brokerName) =>
        [...(info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? [])]
          .toSorted(([a], [b]) => a - b)
          .map(([brokerId, address]) => ({ clusterName, brokerName, brokerId, address })),
      ),
  );
}
