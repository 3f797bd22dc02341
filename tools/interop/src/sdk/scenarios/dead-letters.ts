import { check, checkEqual, waitFor } from '../check.ts';
import { type Context, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const EACH = 5;

/** A message whose retries are used up goes to the group's dead letters, one topic for all topics, and can be read there. */
export const deadLetters: Scenario = async (context) => {
  const first = await context.topic(4);
  const second = await context.topic(4);
  const group = context.group('c');
  const topic = `%DLQ%${group}`;
  check(!(await context.hasRoute(topic)), 'a dead-letter topic before any dead letter');
  const consumer = context.newConsumer(group, { maxReconsumeTimes: 0 });
  consumer.subscribe(first, '*', () => 'reconsume-later');
  consumer.subscribe(second, '*', () => 'reconsume-later');
  await consumer.start();
  const producer = await context.producer();
  await context.sendAll(producer, first, 0, EACH);
  await context.sendAll(producer, second, EACH, 2 * EACH);
  const timeoutMs = TIMEOUT_MS;
  const until = (): Promise<boolean> => context.hasRoute(topic);
  await waitFor({ what: 'the dead-letter topic', timeoutMs, until });
  const [queue] = (await context.topics.route(topic)).queueDatas;
  checkEqual('dead-letter queues', 1, queue?.readQueueNums);
  await waitFor({
    what: 'all dead letters',
    timeoutMs,
    until: async () => (await storedIn(context, topic)) === 2 * EACH,
  });
  await consumer.close();
  // Brokers make it write-only: whoever wants to read dead letters gives himself the permission.
  await context.createTopic(topic, 1);
  const dead = new Tally(context.run, 2 * EACH);
  await context.consumer(dead, { group: context.group('reader'), topic });
  await context.awaitAll(dead, 2 * EACH);
  dead.verifyExactlyOnce();
  for (let index = 0; index < 2 * EACH; index++) {
    const { properties } = dead.message(index);
    // 4.4.0 does not keep ORIGIN_MESSAGE_ID, which later brokers add.
    checkEqual('its topic', index < EACH ? first : second, properties['RETRY_TOPIC']);
  }
};

async function storedIn(context: Context, topic: string): Promise<number> {
  const offsets = await context.topics.offsets(topic);
  return offsets.reduce((sum, [, { maxOffset }]) => sum + maxOffset, 0);
}
