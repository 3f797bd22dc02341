import { indexOfBody } from '../body.ts';
import { checkWithin, waitFor } from '../check.ts';
import { stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';

const EACH = 5;
const AT_MS = 3_500;
const AFTER_MS = 5_300;
/** Brokers round to their timer's precision, a second. */
const EARLY_MS = 1_050;

/** Arbitrary delivery times, given as a time and as a delay. */
export const timer: Scenario = async (context) => {
  const topic = await context.topic(4);
  const slackMs = context.parameter('slackMs', 2_500);
  const arrivals = new Map<number, number>();
  const consumer = context.newConsumer(context.group('c'));
  consumer.subscribe(topic, '*', ({ body }) => {
    arrivals.set(indexOfBody(context.run, body), Date.now());
  });
  await consumer.start();
  const producer = await context.producer();
  const dueMs: number[] = [];
  for (let index = 0; index < 2 * EACH; index++) {
    const message = context.message(topic, index);
    const isAt = index < EACH;
    const due = Date.now() + (isAt ? AT_MS : AFTER_MS);
    dueMs.push(due);
    const timing = isAt ? { deliverAtMs: due } : { delayMs: AFTER_MS };
    stored(await producer.send({ ...message, ...timing }));
  }
  await waitFor({
    what: 'timed messages',
    timeoutMs: TIMEOUT_MS,
    until: () => arrivals.size === dueMs.length,
    state: () => `got ${[...arrivals.keys()].join(', ')}`,
  });
  let worstMs = 0;
  for (const [index, due] of dueMs.entries()) {
    const lateMs = (arrivals.get(index) ?? 0) - due;
    checkWithin(`lateness in ms of message ${index}`, lateMs, { low: -EARLY_MS, high: slackMs });
    worstMs = Math.max(worstMs, lateMs);
  }
  context.facts['worstLatenessMs'] = worstMs;
};
