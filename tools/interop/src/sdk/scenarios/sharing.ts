import { checkEqual, sleep, waitFor } from '../check.ts';
import { TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';
import { queuesOf } from './queues-of.ts';

const QUEUES = 8;
const SURPLUS_MS = 300;

/** Two consumers of a group take half of the queues each; no message goes to both. */
export const sharing: Scenario = async (context) => {
  const count = context.parameter('count', 800);
  const topic = await context.topic(QUEUES);
  const group = context.group('c');
  const first = new Tally(context.run, count);
  const second = new Tally(context.run, count);
  const one = await context.consumer(first, { group, topic });
  const two = await context.consumer(second, { group, topic });
  await waitFor({
    what: 'half of the queues for each',
    timeoutMs: TIMEOUT_MS,
    until: () => queuesOf(one, topic) === QUEUES / 2 && queuesOf(two, topic) === QUEUES / 2,
    state: () => `got ${queuesOf(one, topic)} and ${queuesOf(two, topic)}`,
  });
  await context.sendAll(await context.producer(), topic, 0, count);
  await waitFor({
    what: `${count} messages`,
    timeoutMs: TIMEOUT_MS,
    until: () => first.distinct + second.distinct >= count,
    state: () => `got ${first.distinct} and ${second.distinct}`,
  });
  await sleep(SURPLUS_MS);
  first.verify((index) => second.count(index) === 0);
  second.verify((index) => first.count(index) === 0);
  checkEqual('duplicates', 0, first.duplicates + second.duplicates);
  checkEqual('share of the first', count / 2, first.distinct);
};
