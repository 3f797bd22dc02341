import { checkEqual } from '../check.ts';
import { runWindowed, stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const WINDOW = 64;

/** 64 sends at a time: each is answered once, and each arrives. */
export const asynchronous: Scenario = async (context) => {
  const count = context.parameter('count', 2_000);
  const topic = await context.topic(4);
  const producer = await context.producer();
  const ids = new Set<string>();
  await runWindowed(count, WINDOW, async (index) => {
    const { messageId } = stored(await producer.send(context.message(topic, index)));
    ids.add(messageId);
  });
  checkEqual('distinct message ids', count, ids.size);
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
};
