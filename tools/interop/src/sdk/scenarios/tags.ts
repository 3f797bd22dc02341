import { checkEqual } from '../check.ts';
import { stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** "Aa" and "BB" have the same Java hash code: only the client's second look keeps them apart. */
const TAGS = ['TagA', 'TagB', 'TagC', 'Aa', 'BB'] as const;

/** Each group gets the tags it asked for, also where two tags have the same hash code. */
export const tags: Scenario = async (context) => {
  const count = context.parameter('count', 250);
  const topic = await context.topic(4);
  const producer = await context.producer();
  for (let index = 0; index < count; index++) {
    const tag = TAGS[index % TAGS.length];
    stored(await producer.send({ ...context.message(topic, index), tags: tag }));
  }
  const two = new Tally(context.run, count);
  const all = new Tally(context.run, count);
  const collision = new Tally(context.run, count);
  await context.consumer(two, { group: context.group('two'), topic, expression: 'TagA || TagC' });
  await context.consumer(all, { group: context.group('all'), topic });
  await context.consumer(collision, { group: context.group('same'), topic, expression: 'Aa' });
  await context.awaitAll(all, count);
  await context.awaitAll(two, (count / TAGS.length) * 2);
  await context.awaitAll(collision, count / TAGS.length);
  all.verifyExactlyOnce();
  two.verify((index) => index % TAGS.length === 0 || index % TAGS.length === 2);
  collision.verify((index) => index % TAGS.length === 3);
  checkEqual('duplicates', 0, two.duplicates + collision.duplicates);
};
