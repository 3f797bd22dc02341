/** How queues and client ids are compared, so that every member of a group sorts alike. Source: MessageQueue.java (compareTo). */
import type { MessageQueue } from './message.ts';

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

/** One text for each queue. */
export function queueKey({ topic, brokerName, queueId }: MessageQueue): string {
  return `${topic}@${brokerName}@${queueId}`;
}
