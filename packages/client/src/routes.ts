/** What a topic's route says. Source: MQClientInstance.java (topicRouteData2TopicPublishInfo and its like). */
import { Permission, type TopicRouteData } from '@orbitmq/protocol';
import type { MessageQueue } from './message.ts';
import { compareText } from './queue-order.ts';

const MASTER = 0;

/** Queues to send to: those of brokers that have a master, or the fixed ones of an order topic. */
export function publishQueues(topic: string, route: TopicRouteData): readonly MessageQueue[] {
  if (route.orderTopicConf !== undefined && route.orderTopicConf !== '') {
    return route.orderTopicConf
      .split(';')
      .filter((part) => part !== '')
      .flatMap((part) => {
        const [brokerName = '', count] = part.split(':');
        return queuesOf(topic, brokerName, Number(count));
      });
  }
  return sortedQueueDatas(route)
    .filter(({ perm, brokerName }) => {
      return (perm & Permission.write) !== 0 && masterAddress(route, brokerName) !== undefined;
    })
    .flatMap(({ brokerName, writeQueueNums }) => queuesOf(topic, brokerName, writeQueueNums));
}

/** Queues to consume. */
export function subscribeQueues(topic: string, route: TopicRouteData): readonly MessageQueue[] {
  return sortedQueueDatas(route)
    .filter(({ perm }) => (perm & Permission.read) !== 0)
    .flatMap(({ brokerName, readQueueNums }) => queuesOf(topic, brokerName, readQueueNums));
}

export function masterAddress(route: TopicRouteData, brokerName: string): string | undefined {
  return addressesOf(route, brokerName)?.get(MASTER);
}

/** Where to read a broker's queues: at the suggested one, else at any. */
export function readAddress(
  route: TopicRouteData,
  brokerName: string,
  brokerId: number,
): string | undefined {
  const addresses = addressesOf(route, brokerName);
  return addresses?.get(brokerId) ?? addresses?.get(MASTER) ?? addresses?.values().next().value;
}

/** One address of each broker name: its master, or any of its slaves without one. */
export function representatives(route: TopicRouteData): readonly string[] {
  return route.brokerDatas.flatMap(
    ({ brokerName }) => readAddress(route, brokerName, MASTER) ?? [],
  );
}

/** All addresses of a route. */
export function allAddresses(route: TopicRouteData): readonly string[] {
  return route.brokerDatas.flatMap(({ brokerAddrs }) => [...brokerAddrs.values()]);
}

/** The masters' addresses of a route. */
export function masterAddresses(route: TopicRouteData): readonly string[] {
  return route.brokerDatas.flatMap(({ brokerAddrs }) => brokerAddrs.get(MASTER) ?? []);
}

/** The template's route as that of a topic that is still to be created. */
export function routeForNewTopic(template: TopicRouteData, queueNums: number): TopicRouteData {
  return {
    ...template,
    queueDatas: template.queueDatas.map((data) => {
      const queues = Math.min(queueNums, data.readQueueNums);
      return { ...data, readQueueNums: queues, writeQueueNums: queues };
    }),
  };
}

function addressesOf(
  route: TopicRouteData,
  brokerName: string,
): ReadonlyMap<number, string> | undefined {
  return route.brokerDatas.find((data) => data.brokerName === brokerName)?.brokerAddrs;
}

function sortedQueueDatas(route: TopicRouteData) {
  return route.queueDatas.toSorted((left, right) => compareText(left.brokerName, right.brokerName));
}

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => ({ topic, brokerName, queueId }));
}
