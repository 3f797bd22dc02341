/** How a group's queues are divided among its members. Source: AllocateMessageQueueAveragely.java and its like. */
import type { MessageQueue } from './message.ts';

/** Gets sorted queues and sorted client ids; every member comes to the same division. */
export type AllocationStrategy = (
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
  clientId: string,
) => readonly MessageQueue[];

/** Consecutive queues, as evenly as possible. Apache's `AVG`. */
export const averagely: AllocationStrategy = (queues, clientIds, clientId) => {
  const index = clientIds.indexOf(clientId);
  if (index < 0) return [];
  const share = Math.floor(queues.length / clientIds.length);
  const rest = queues.length % clientIds.length;
  const start = index * share + Math.min(index, rest);
  return queues.slice(start, start + share + (index < rest ? 1 : 0));
};

/** One queue after the other around the members. Apache's `AVG_BY_CIRCLE`. */
export const averagelyByCircle: AllocationStrategy = (queues, clientIds, clientId) => {
  const index = clientIds.indexOf(clientId);
  if (index < 0) return [];
  return queues.filter((_queue, position) => position % clientIds.length === index);
};

/** By topic, broker name, queue id; code units, as Java compares text. */
export function compareQueues(left: MessageQueue, right: MessageQueue): number {
  return (
    compareText(left.topic, right.topic) ||
    compareText(left.brokerName, right.brokerName) ||
    left.queueId - right.queueId
  );
}

export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function queueKey({ topic, brokerName, queueId }: MessageQueue): string {
  return `${topic}@${brokerName}@${queueId}`;
}
