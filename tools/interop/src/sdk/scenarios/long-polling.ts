import { checkWithin, sleep, waitFor } from '../check.ts';
import { TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const LIMIT_MS = 1_000;

/** A message that comes while a pull waits is delivered at once. */
export const longPolling: Scenario = async (context) => {
  const count = context.parameter('count', 5);
  const pauseMs = context.parameter('pauseMs', 1_700);
  const topic = await context.topic(4);
  const producer = await context.producer();
  const tally = new Tally(context.run, count + 1);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.sendAll(producer, topic, 0, 1);
  await context.awaitAll(tally, 1);
  let slowestMs = 0;
  for (let index = 1; index <= count; index++) {
    await sleep(pauseMs);
    const startMs = performance.now();
    await context.sendAll(producer, topic, index, index + 1);
    await waitFor({
      what: `message ${index}`,
      timeoutMs: TIMEOUT_MS,
      until: () => tally.distinct === index + 1,
    });
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  context.facts['slowestMs'] = Math.ceil(slowestMs);
  checkWithin('slowest delivery in ms', slowestMs, { low: 0, high: LIMIT_MS });
  tally.verifyExactlyOnce();
};
