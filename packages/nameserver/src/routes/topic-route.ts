/**
 * The answer to "where is this topic", and what 5.x changes in it: a slave in its master's place and
 * the asker's zone.
 *
 * Source: RouteInfoManager.java (pickupTopicRouteData), ZoneRouteRPCHook.java.
 */
import {
  type BrokerData,
  Permission,
  type QueueData,
  SYSTEM_TOPIC_PREFIX,
  type TopicRouteData,
} from '@orbitmq/protocol';
import { brokerDataOf, minIdOf, type RouteTable } from './route-table.ts';

/** Through this topic a broker of 5.x asks older name servers for its group's members, whose true ids it wants. */
const SYNC_BROKER_MEMBER_PREFIX = `${SYSTEM_TOPIC_PREFIX}SYNC_BROKER_MEMBER_`;

export interface RouteView {
  /** `supportActingMaster`. */
  readonly supportsActingMaster: boolean;
  /** Zone to which the answer is limited. */
  readonly zoneName?: string | undefined;
}

/** @returns undefined when no broker that serves the topic is there */
export function topicRouteOf(
  table: RouteTable,
  topic: string,
  view: RouteView,
): TopicRouteData | undefined {
  const queues = table.topics.get(topic);
  if (queues === undefined) return undefined;
  const found: TopicRouteData = {
    brokerDatas: brokerDatasOf(table, queues.keys()),
    filterServerTable: new Map(),
    queueDatas: [...queues.values()],
    topicQueueMappingByBroker: table.mappingsOf(topic),
  };
  if (found.brokerDatas.length === 0) return undefined;
  const mayAct = view.supportsActingMaster && !topic.startsWith(SYNC_BROKER_MEMBER_PREFIX);
  const acted = mayAct ? withActingMasters(found) : found;
  const limited = view.zoneName === undefined ? acted : limitedToZone(acted, view.zoneName);
  return { ...limited, filterServerTable: filterServersOf(table, limited.brokerDatas) };
}

function brokerDatasOf(table: RouteTable, brokerNames: Iterable<string>): BrokerData[] {
  const datas: BrokerData[] = [];
  for (const brokerName of brokerNames) {
    const entry = table.brokers.get(brokerName);
    if (entry !== undefined) datas.push(brokerDataOf(entry));
  }
  return datas;
}

function filterServersOf(
  table: RouteTable,
  brokers: readonly BrokerData[],
): Map<string, readonly string[]> {
  const servers = new Map<string, readonly string[]>();
  for (const { brokerAddrs } of brokers) {
    for (const address of brokerAddrs.values()) {
      const ofBroker = table.filterServersOf(address);
      if (ofBroker.length > 0) servers.set(address, ofBroker);
    }
  }
  return servers;
}

/** Where the master is gone and nothing can be written, the smallest slave stands at id 0 and is read from. */
function withActingMasters(route: TopicRouteData): TopicRouteData {
  const brokerDatas = route.brokerDatas.map((broker) => {
    const queue = route.queueDatas.find(({ brokerName }) => brokerName === broker.brokerName);
    return isWithoutMaster(broker, queue) ? withActingMaster(broker) : broker;
  });
  return { ...route, brokerDatas };
}

function isWithoutMaster(broker: BrokerData, queue: QueueData | undefined): boolean {
  return (
    broker.enableActingMaster === true &&
    broker.brokerAddrs.size > 0 &&
    !broker.brokerAddrs.has(0) &&
    queue !== undefined &&
    (queue.perm & Permission.write) === 0
  );
}

function withActingMaster(broker: BrokerData): BrokerData {
  const minId = minIdOf(broker.brokerAddrs);
  const entries = Array.from(
    broker.brokerAddrs,
    ([id, address]) => [id === minId ? 0 : id, address] as const,
  );
  return { ...broker, brokerAddrs: new Map(entries) };
}

function limitedToZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const isNear = (broker: BrokerData): boolean =>
    !broker.brokerAddrs.has(0) || broker.zoneName?.toLowerCase() === zoneName.toLowerCase();
  const brokerDatas = route.brokerDatas.filter(isNear);
  const names = new Set(brokerDatas.map(({ brokerName }) => brokerName));
  const queueDatas = route.queueDatas.filter(({ brokerName }) => names.has(brokerName));
  return { ...route, brokerDatas, queueDatas };
}
