import { checkEqual } from '../check.ts';
import { runWindowed, stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const WINDOW = 64;
const SIZE_BYTES = 256;

/** Many messages each way, 64 sends at a time while a consumer takes them; every body is compared. */
export const volume: Scenario = async (context) => {
  const count = context.parameter('count', 100_000);
  const topic = await context.topic(8);
  const tally = new Tally(context.run, count, false);
  await context.consumer(tally, { group: context.group('c'), topic });
  const producer = await context.producer();
  const startMs = performance.now();
  await runWindowed(count, WINDOW, async (index) => {
    stored(await producer.send(context.message(topic, index, { sizeBytes: SIZE_BYTES })));
  });
  context.facts['sendMs'] = Math.round(performance.now() - startMs);
  await context.awaitAll(tally, count);
  context.facts['allMs'] = Math.round(performance.now() - startMs);
  context.facts['duplicates'] = tally.duplicates;
  tally.verify(() => true);
  checkEqual('duplicates', 0, tally.duplicates);
};
