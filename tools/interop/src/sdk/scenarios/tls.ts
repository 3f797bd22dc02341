import { runWindowed, stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const MEBIBYTE = 1024 * 1024;
const WINDOW = 16;

/** Everything over TLS, by the parameter `tls`: name server, administration, small and large bodies, consumption. */
export const tls: Scenario = async (context) => {
  const count = context.parameter('count', 100);
  const topic = await context.topic(4);
  const producer = await context.producer({ compressFromBytes: 8 * MEBIBYTE });
  await runWindowed(count, WINDOW, async (index) => {
    const sizeBytes = index % 20 === 19 ? MEBIBYTE : 1 + ((index * 37) % 9_000);
    stored(await producer.send(context.message(topic, index, { sizeBytes })));
  });
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
};
