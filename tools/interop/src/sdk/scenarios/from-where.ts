import type { ConsumeFrom } from '@orbitmq/client';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const HALF_AN_HOUR_MS = 30 * 60_000;

/**
 * Where a new group begins. On a topic whose first message is still there and in memory, brokers answer 0
 * for a group without progress: it then begins at the first message whatever it asked for.
 */
export const fromWhere: Scenario = async (context) => {
  const count = context.parameter('count', 40);
  const topic = await context.topic(4);
  await context.sendAll(await context.producer(), topic, 0, count);
  const wheres: readonly (readonly [string, ConsumeFrom])[] = [
    ['first', 'first'],
    ['last', 'last'],
    ['time', { timestampMs: Date.now() - HALF_AN_HOUR_MS }],
  ];
  for (const [name, consumeFrom] of wheres) {
    const tally = new Tally(context.run, count);
    await context.consumer(tally, { group: context.group(name), topic }, { consumeFrom });
    await context.awaitAll(tally, count);
    tally.verifyExactlyOnce();
  }
};
