import { LitePullConsumer, type ReceivedMessage } from '@orbitmq/client';
import { check, checkEqual, checkWithin, waitFor } from '../check.ts';
import { type Context, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const POLL_MS = 500;
const QUIET_POLLS = 6;
const LATE = 8;

/** The lite pull consumer: subscribe and commit, assign, seek and pause, and as an iterator. */
export const litePull: Scenario = async (context) => {
  const count = context.parameter('count', 100);
  const topic = await context.topic(4);
  await context.sendAll(await context.producer(), topic, 0, count);
  await checkSubscribed(context, topic, count);
  await checkAssigned(context, topic, count);
  await checkIterator(context, topic, count);
};

function newConsumer(context: Context, suffix: string): LitePullConsumer {
  const consumer = new LitePullConsumer({
    nameServers: context.nameServers,
    group: context.group(suffix),
    consumeFrom: 'first',
    commitsAutomatically: false,
  });
  context.onClose(() => consumer.close());
  return consumer;
}

async function pollInto(consumer: LitePullConsumer, tally: Tally, count: number): Promise<void> {
  await waitFor({
    what: `${count} polled messages`,
    timeoutMs: TIMEOUT_MS,
    until: async () => {
      for (const message of await consumer.poll(POLL_MS)) tally.add(message);
      return tally.distinct >= count;
    },
    state: () => `got ${tally.distinct}`,
  });
}

async function pollOften(consumer: LitePullConsumer, polls: number): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  for (let poll = 0; poll < polls; poll++) messages.push(...(await consumer.poll(POLL_MS)));
  return messages;
}

async function checkSubscribed(context: Context, topic: string, count: number): Promise<void> {
  const consumer = newConsumer(context, 'subscribed');
  consumer.subscribe(topic, '*');
  await consumer.start();
  const tally = new Tally(context.run, count);
  await pollInto(consumer, tally, count);
  tally.verifyExactlyOnce();
  await consumer.commit();
  await consumer.close();
  const next = newConsumer(context, 'subscribed');
  next.subscribe(topic, '*');
  await next.start();
  const again = await pollOften(next, QUIET_POLLS);
  await next.close();
  checkEqual('messages after a commit', 0, again.length);
}

async function checkAssigned(context: Context, topic: string, count: number): Promise<void> {
  const consumer = newConsumer(context, 'assigned');
  await consumer.start();
  const queues = await consumer.fetchMessageQueues(topic);
  const [one] = queues;
  check(one !== undefined && queues.length === 4, `expected 4 queues, got ${queues.length}`);
  consumer.assign(queues);
  await waitFor({
    what: 'the assigned queues',
    timeoutMs: TIMEOUT_MS,
    until: () => consumer.assignedQueues.length === queues.length,
  });
  for (const queue of queues) await consumer.seek(queue, 'begin');
  const tally = new Tally(context.run, count);
  await pollInto(consumer, tally, count);
  tally.verifyExactlyOnce();
  await consumer.seek(one, 0);
  await pollInto(consumer, new Tally(context.run, count), count / queues.length);
  consumer.pause(queues);
  await context.sendAll(await context.producer(), topic, 0, LATE);
  const paused = await pollOften(consumer, 4);
  // A pull that already waited at the broker may still bring its message: at most one a queue.
  checkWithin('messages while paused', paused.length, { low: 0, high: queues.length });
  consumer.resume(queues);
  const resumed = new Tally(context.run, count);
  for (const message of paused) resumed.add(message);
  await pollInto(consumer, resumed, LATE);
  checkEqual('messages after resuming', LATE, resumed.total);
}

async function checkIterator(context: Context, topic: string, count: number): Promise<void> {
  const consumer = newConsumer(context, 'iterated');
  consumer.subscribe(topic);
  await consumer.start();
  const tally = new Tally(context.run, count);
  for await (const messages of consumer) {
    for (const message of messages) tally.add(message);
    // The first messages were sent a second time by what was checked before.
    if (tally.total === count + LATE) break;
  }
  tally.verify(() => true);
}
