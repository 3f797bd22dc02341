/** What the requests for lists of topics share. */
import { printTopicList, type QueueData, ResponseCode } from '@orbitmq/protocol';
import { type CustomAnswer, ResponseError, reply } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import type { RouteTable } from '../routes/route-table.ts';

/** @throws {ResponseError} when `enableTopicList` is off */
export function checkTopicListEnabled({ config }: NameServerState): void {
  if (!config.settings.enableTopicList) {
    throw new ResponseError(ResponseCode.SYSTEM_ERROR, 'disable');
  }
}

/** Topics some of whose queues fit. */
export function topicsWhere(
  routes: RouteTable,
  fits: (queues: ReadonlyMap<string, QueueData>) => boolean,
): string[] {
  const topics: string[] = [];
  for (const [topic, queues] of routes.topics) if (fits(queues)) topics.push(topic);
  return topics;
}

export function topicListReply<D>(
  topicList: readonly string[],
  brokerAddr?: string,
): CustomAnswer<D> {
  return reply({ body: printTopicList({ brokerAddr, topicList }) });
}

/** Bits of a topic's system flag. */
const UNIT = 1;
const UNIT_SUBSCRIPTION = 2;

/** Flags of a topic, which all its brokers share. */
export function unitFlagsOf(queues: ReadonlyMap<string, QueueData>): {
  readonly isUnit: boolean;
  readonly hasUnitSubscription: boolean;
} {
  const [first] = queues.values();
  const flags = first?.topicSysFlag ?? 0;
  return { isUnit: (flags & UNIT) !== 0, hasUnitSubscription: (flags & UNIT_SUBSCRIPTION) !== 0 };
}
