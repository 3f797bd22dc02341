import { indexOfBody } from '../body.ts';
import { checkEqual, checkWithin, waitFor } from '../check.ts';
import { stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';

const LEVELS_MS: readonly number[] = [1_000, 5_000, 10_000];
const CLOCK_MS = 50;

/** Delay levels, those of the broker's configuration: a message becomes visible at its level's time, not before, not much later. */
export const delay: Scenario = async (context) => {
  // Level 0 is no delay.
  const levels = [0, ...context.numbers('levelsMs', LEVELS_MS)];
  const slackMs = context.parameter('slackMs', 1_500);
  const each = context.parameter('count', 20);
  const topic = await context.topic(4);
  const arrivals = new Map<number, number>();
  let surplus = 0;
  const consumer = context.newConsumer(context.group('c'));
  consumer.subscribe(topic, '*', ({ body }) => {
    const index = indexOfBody(context.run, body);
    if (index < 0 || arrivals.has(index)) surplus++;
    else arrivals.set(index, Date.now());
  });
  await consumer.start();
  const producer = await context.producer();
  const total = levels.length * each;
  const sentMs: number[] = [];
  for (let index = 0; index < total; index++) {
    const delayLevel = Math.floor(index / each);
    sentMs.push(Date.now());
    const message = context.message(topic, index);
    stored(await producer.send(delayLevel === 0 ? message : { ...message, delayLevel }));
  }
  await waitFor({
    what: `${total} delayed messages`,
    timeoutMs: TIMEOUT_MS,
    until: () => arrivals.size === total,
    state: () => `got ${arrivals.size}`,
  });
  checkEqual('foreign, changed or second messages', 0, surplus);
  let worstMs = 0;
  for (const [index, arrivedMs] of arrivals) {
    const dueMs = (sentMs[index] ?? 0) + (levels[Math.floor(index / each)] ?? 0);
    const bounds = { low: -CLOCK_MS, high: slackMs };
    checkWithin(`lateness in ms of message ${index}`, arrivedMs - dueMs, bounds);
    worstMs = Math.max(worstMs, arrivedMs - dueMs);
  }
  context.facts['worstLatenessMs'] = worstMs;
};
