import { check, checkEqual, sleep, waitFor } from '../check.ts';
import { stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';
import { queuesOf } from './queues-of.ts';

const SURPLUS_MS = 300;

/**
 * Our consumer shares a group with another client's (`member` of its judge): each holds half of the queues, no
 * message goes to both and none to neither; when the other leaves, all queues are ours.
 */
export const mixedGroup: Scenario = async (context) => {
  const count = context.parameter('count', 800);
  const queues = context.parameter('queues', 8);
  const [topic, reports] = [context.text('topic'), context.text('reports')];
  await context.createTopic(topic, queues);
  await context.createTopic(reports, 1);
  const run = context.text('run');
  const said = new Map<string, string>();
  const listener = context.newConsumer(context.group('reports'));
  listener.subscribe(reports, '*', ({ tags = '', body }) => {
    said.set(tags, body.toString());
  });
  await listener.start();
  const mine = new Tally(run, count);
  const consumer = await context.consumer(mine, { group: context.text('group'), topic });
  const timeoutMs = TIMEOUT_MS;
  await waitFor({ what: 'the other member', timeoutMs, until: () => said.has('joined') });
  await waitFor({
    what: 'half of the queues',
    timeoutMs,
    until: () => queuesOf(consumer, topic) === queues / 2,
    state: () => `got ${queuesOf(consumer, topic)}`,
  });
  const producer = await context.producer();
  const targets = await producer.queues(topic);
  for (let index = 0; index < count; index++) {
    const message = context.message(topic, index, { run });
    stored(await producer.send(message, { queue: targets[index % targets.length] }));
  }
  await context.awaitAll(mine, count / 2);
  await waitFor({ what: "the other's messages", timeoutMs, until: () => said.has('taken') });
  await waitFor({
    what: 'all queues after the other left',
    timeoutMs,
    until: () => queuesOf(consumer, topic) === queues,
    state: () => `got ${queuesOf(consumer, topic)}`,
  });
  await sleep(SURPLUS_MS);
  const theirs = new Set((said.get('taken') ?? '').split(',').map(Number));
  checkEqual('messages of the other', count / 2, theirs.size);
  mine.verify((index) => !theirs.has(index));
  check(mine.duplicates === 0, `${mine.duplicates} duplicates`);
};
