import { indexOfBody } from '../body.ts';
import { checkEqual, checkWithin, waitFor } from '../check.ts';
import type { Scenario } from '../scenario.ts';

/** Milliseconds of the levels 3, 4 and 5 of the default delays. */
const DELAYS_MS: readonly number[] = [10_000, 30_000, 60_000];
/** A delivery comes late by what a busy machine and the queue's next rebalance cost, never early. */
const FIRST_SLACK_MS = 5_000;
const CLOCK_MS = 100;

interface Delivery {
  readonly times: number;
  readonly messageId: string;
  readonly topic: string;
  readonly atMs: number;
}

/** A listener that says later, throws or rejects gets its message again at 10 s, 30 s ... */
export const retry: Scenario = async (context) => {
  const delays = DELAYS_MS.slice(0, context.parameter('levels', 2));
  const topic = await context.topic(4);
  const deliveries = new Map<number, Delivery[]>();
  const consumer = context.newConsumer(context.group('c'));
  consumer.subscribe(topic, '*', (message) => {
    const { reconsumeTimes: times, messageId } = message;
    const index = indexOfBody(context.run, message.body);
    const seen = deliveries.get(index) ?? [];
    deliveries.set(index, seen);
    seen.push({ times, messageId, topic: message.topic, atMs: Date.now() });
    if (times >= delays.length) return 'success';
    if (index === 1) throw new Error('on purpose');
    if (index === 2) return Promise.reject(new Error('on purpose, later'));
    return 'reconsume-later';
  });
  await consumer.start();
  await context.sendAll(await context.producer(), topic, 0, 3);
  const timeoutMs = delays.reduce((sum, delay) => sum + delay, 60_000);
  await waitFor({
    what: 'all retries',
    timeoutMs,
    until: () => [0, 1, 2].every((index) => deliveries.get(index)?.length === delays.length + 1),
    state: () => JSON.stringify([...deliveries]),
  });
  checkEqual('messages', 3, deliveries.size);
  for (const seen of deliveries.values()) checkDeliveries(seen, topic, delays);
};

function checkDeliveries(
  seen: readonly Delivery[],
  topic: string,
  delays: readonly number[],
): void {
  for (const [i, delivery] of seen.entries()) {
    checkEqual('reconsume times', i, delivery.times);
    checkEqual('message id', seen[0]?.messageId, delivery.messageId);
    checkEqual('topic', topic, delivery.topic);
    const before = seen[i - 1];
    const due = delays[i - 1];
    if (before === undefined || due === undefined) continue;
    const bounds = { low: due - CLOCK_MS, high: due + FIRST_SLACK_MS };
    checkWithin(`retry ${i} in ms`, delivery.atMs - before.atMs, bounds);
  }
}
