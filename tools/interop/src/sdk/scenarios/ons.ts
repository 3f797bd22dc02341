import { ons } from '@orbitmq/client';
import { check, checkEqual, checkWithin, waitFor } from '../check.ts';
import { type Context, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';

/** The first retry comes 10 s after the first delivery. */
const FIRST_RETRY_MS = 10_000;
const RETRY_TOLERANCE_MS = 15_000;
const ORDERED = 20;

interface Delivery {
  readonly atMs: number;
  readonly reconsumeTimes: number;
  readonly msgId: string | undefined;
}

/** Applications written against Aliyun's ONS SDK: keys, listeners' answers, retries, dead letters, order. */
export const onsStyle: Scenario = async (context) => {
  await checkRetry(context);
  await checkOrder(context);
};

function properties(context: Context, group: string): ons.Properties {
  return { GROUP_ID: group, NAMESRV_ADDR: context.nameServers.join(';') };
}

/** What is to be reconsumed comes again with its count and id; the last time makes a dead letter of it. */
async function checkRetry(context: Context): Promise<void> {
  const topic = await context.topic(4);
  const group = context.group('c');
  const deliveries = new Map<string, Delivery[]>();
  const consumer = ons.createConsumer({ ...properties(context, group), MaxReconsumeTimes: 1 });
  context.onClose(() => consumer.shutdown());
  consumer.subscribe(topic, '*', (message) => {
    const key = message.getKey() ?? '';
    const seen = deliveries.get(key) ?? [];
    deliveries.set(key, seen);
    const [reconsumeTimes, msgId] = [message.getReconsumeTimes(), message.getMsgID()];
    seen.push({ atMs: Date.now(), reconsumeTimes, msgId });
    const isAccepted = key === 'accepted' || (key === 'later' && reconsumeTimes === 1);
    return isAccepted ? ons.Action.CommitMessage : ons.Action.ReconsumeLater;
  });
  const producer = ons.createProducer(properties(context, context.group('p')));
  context.onClose(() => producer.shutdown());
  await producer.start();
  const ids = new Map<string, string>();
  for (const key of ['accepted', 'later', 'never']) {
    const message = new ons.Message(topic, 'TagA', `body of ${key}`);
    message.setKey(key);
    const { messageId } = await producer.send(message);
    ids.set(key, messageId);
  }
  await consumer.start();
  const dead = `%DLQ%${group}`;
  await waitFor({
    what: 'two deliveries each, and a dead letter',
    timeoutMs: TIMEOUT_MS,
    until: async () => deliveries.get('never')?.length === 2 && (await context.hasRoute(dead)),
    state: () => JSON.stringify([...deliveries]),
  });
  checkEqual('deliveries of what is accepted', 1, deliveries.get('accepted')?.length);
  for (const key of ['later', 'never']) {
    const [first, second, ...more] = deliveries.get(key) ?? [];
    check(first !== undefined && second !== undefined, `${key} came once`);
    checkEqual(`further deliveries of ${key}`, 0, more.length);
    checkEqual(`counts of ${key}`, [0, 1], [first.reconsumeTimes, second.reconsumeTimes]);
    checkEqual(`ids of ${key}`, [ids.get(key), ids.get(key)], [first.msgId, second.msgId]);
    const high = FIRST_RETRY_MS + RETRY_TOLERANCE_MS;
    checkWithin(`retry of ${key}`, second.atMs - first.atMs, { low: FIRST_RETRY_MS - 500, high });
  }
}

/** Messages of one sharding key come in order. */
async function checkOrder(context: Context): Promise<void> {
  const topic = await context.topic(4);
  const consumer = ons.createOrderedConsumer(properties(context, context.group('ordered')));
  context.onClose(() => consumer.shutdown());
  const seen: string[] = [];
  consumer.subscribe(topic, 'TagA', (message) => {
    seen.push(message.getBody().toString());
    return ons.OrderAction.Success;
  });
  const producer = ons.createOrderProducer(properties(context, context.group('sharded')));
  context.onClose(() => producer.shutdown());
  await producer.start();
  const sent = Array.from({ length: ORDERED }, (_, index) => String(index));
  for (const body of sent) await producer.send(new ons.Message(topic, 'TagA', body), 'one key');
  await consumer.start();
  await waitFor({
    what: 'all ordered messages',
    timeoutMs: TIMEOUT_MS,
    until: () => seen.length >= ORDERED,
    state: () => `got ${seen.length}`,
  });
  checkEqual('their order', sent, seen);
}
