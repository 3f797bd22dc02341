import type { BrokerData, MessageQueue, TopicRouteData } from '@orbitmq/protocol';

/** Id of a broker name's master. */
export const MASTER_ID = 0;
const PERM_READ = 4;
const PERM_WRITE = 2;

/** The master's address, else that of the slave with the lowest id; undefined when there is none. */
export function brokerAddress(broker: BrokerData): string | undefined {
  const master = broker.brokerAddrs.get(MASTER_ID);
  if (master !== undefined) return master;
  const [lowest] = [...broker.brokerAddrs].toSorted(([a], [b]) => a - b);
  return lowest?.[1];
}

/** One address of each broker name of a route. */
export function brokerAddresses(route: TopicRouteData): string[] {
  return route.brokerDatas
    .map((broker) => brokerAddress(broker))
    .filter((address) => address !== undefined);
}

/** Queues that may be written, on brokers that have a master. */
export function writeQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  const withMaster = new Set(
    route.brokerDatas
      .filter(({ brokerAddrs }) => brokerAddrs.has(MASTER_ID))
      .map(({ brokerName }) => brokerName),
  );
  return route.queueDatas
    .filter(({ perm, brokerName }) => (perm & PERM_WRITE) !== 0 && withMaster.has(brokerName))
    .flatMap(({ brokerName, writeQueueNums }) => queuesOf(topic, brokerName, writeQueueNums));
}

/** Queues that may be read. */
export function readQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  return route.queueDatas
    .filter(({ perm }) => (perm & PERM_READ) !== 0)
    .flatMap(({ brokerName, readQueueNums }) => queuesOf(topic, brokerName, readQueueNums));
}

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_unused, queueId) => ({ topic, brokerName, queueId }));
}

/** Orders queues by topic, broker name and queue id, as java's MessageQueue compares. */
export function compareQueues(a: MessageQueue, b: MessageQueue): number {
  return (
    compareText(a.topic, b.topic) ||
    compareText(a.brokerName, b.brokerName) ||
    a.queueId - b.queueId
  );
}

/** Java's `String.compareTo`: by UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
