import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** One-way sends: nobody answers, all arrive. */
export const oneWay: Scenario = async (context) => {
  const count = context.parameter('count', 500);
  const topic = await context.topic(4);
  const producer = await context.producer();
  for (let index = 0; index < count; index++) {
    await producer.sendOneway(context.message(topic, index));
  }
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
};
