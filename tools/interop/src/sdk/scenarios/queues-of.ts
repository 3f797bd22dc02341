import type { PushConsumer } from '@orbitmq/client';

/** How many queues of a topic a consumer holds now. */
export function queuesOf(consumer: PushConsumer, topic: string): number {
  return consumer.assignedQueues.filter((queue) => queue.topic === topic).length;
}
