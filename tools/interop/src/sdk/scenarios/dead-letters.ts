import type { ReceivedMessage, SendResult } from '@orbitmq/client';
import { check, checkEqual, waitFor } from '../check.ts';
import { type Context, stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const EACH = 5;

/**
 * A message whose retries are used up goes to the group's dead letters, one topic for all topics, can be read there,
 * and handed to a consumer once more.
 */
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
  const sent: SendResult[] = [];
  for (let index = 0; index < 2 * EACH; index++) {
    const message = context.message(index < EACH ? first : second, index);
    sent.push(stored(await producer.send(message)));
  }
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
  // 4.4.0 makes it write-only: whoever wants to read dead letters gives himself the permission.
  await context.createTopic(topic, 1);
  const dead = new Tally(context.run, 2 * EACH);
  await context.consumer(dead, { group: context.group('reader'), topic });
  await context.awaitAll(dead, 2 * EACH);
  dead.verifyExactlyOnce();
  for (const [index, { messageId, offsetMessageId }] of sent.entries()) {
    const letter = dead.message(index);
    checkEqual('its topic', index < EACH ? first : second, letter.properties['RETRY_TOPIC']);
    checkEqual('its id', messageId, letter.messageId);
    checkEqual('its times', 1, letter.reconsumeTimes);
    // 4.4.0 does not keep it.
    const firstId = letter.properties['ORIGIN_MESSAGE_ID'] ?? offsetMessageId;
    checkEqual('its first id', offsetMessageId, firstId);
  }
  await checkHandOver(context, { group, topic: first, letter: dead.message(0) });
};

/** A tool hands a dead letter to a consumer of its group once more. */
async function checkHandOver(
  context: Context,
  {
    group,
    topic,
    letter,
  }: { readonly group: string; readonly topic: string; readonly letter: ReceivedMessage },
): Promise<void> {
  const again = new Tally(context.run, 2 * EACH);
  const { clientId } = await context.consumer(again, { group, topic });
  const [broker = ''] = await context.brokers();
  await waitFor({
    what: 'the consumer among those that are online',
    timeoutMs: TIMEOUT_MS,
    until: async () => {
      const online = await context.groups.consumers(group, broker).catch(() => undefined);
      return online?.connectionSet.some((one) => one.clientId === clientId) === true;
    },
  });
  const asked = {
    consumerGroup: group,
    clientId,
    topic: letter.topic,
    msgId: letter.offsetMessageId,
  };
  const { consumeResult } = await context.groups.consumeDirectly(broker, asked);
  checkEqual('a dead letter handed over', 'CR_SUCCESS', consumeResult);
  checkEqual('deliveries', 1, again.total);
  again.verify((index) => index === 0);
}

async function storedIn(context: Context, topic: string): Promise<number> {
  const offsets = await context.topics.offsets(topic);
  return offsets.reduce((sum, [, { maxOffset }]) => sum + maxOffset, 0);
}
