import { indexOfBody } from '../body.ts';
import { check, checkEqual, checkWithin, waitFor } from '../check.ts';
import { type Context, stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const BAD = 0;
const BEHIND = 1;
const FIRSTS = [2, 3];
const OTHERS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
const REST_MS = 1_000;
const EARLY_MS = 50;
const LATE_MS = 2_000;

interface Delivery {
  readonly times: number;
  readonly messageId: string;
  readonly atMs: number;
}

/**
 * An orderly listener refuses a message: it comes again every second, its queue waits and no other, and after the last
 * try it is a dead letter and the queue goes on.
 */
export const orderRetry: Scenario = async (context) => {
  const max = context.parameter('max', 2);
  const topic = await context.topic(2);
  const group = context.group('c');
  const deliveries = new Map<number, Delivery[]>();
  const consumer = context.newConsumer(group, { isOrderly: true, maxReconsumeTimes: max });
  consumer.subscribe(topic, '*', ({ body, reconsumeTimes: times, messageId }) => {
    const index = indexOfBody(context.run, body);
    const seen = deliveries.get(index) ?? [];
    deliveries.set(index, seen);
    seen.push({ times, messageId, atMs: Date.now() });
    return index === BAD ? 'reconsume-later' : 'success';
  });
  await consumer.start();
  const state = (): string => JSON.stringify([...deliveries]);
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    await waitFor({ what, timeoutMs: TIMEOUT_MS, until: isSo, state });
  };
  const producer = await context.producer();
  const [first, second] = await producer.queues(topic);
  const send = async (index: number, queue: typeof first): Promise<void> => {
    stored(await producer.send(context.message(topic, index), { queue }));
  };
  // Once through each queue, so that the consumer holds both.
  for (const index of FIRSTS) await send(index, index === 2 ? first : second);
  await until('both queues', () => deliveries.size === FIRSTS.length);
  for (const index of [BAD, BEHIND]) await send(index, first);
  await until('the refused message', () => deliveries.has(BAD));
  for (const index of OTHERS) await send(index, second);
  await until('what is behind it', () => deliveries.has(BEHIND));
  const tries = deliveries.get(BAD) ?? [];
  checkTries(tries, max);
  const lastMs = tries.at(-1)?.atMs ?? 0;
  const atMs = (index: number): number => deliveries.get(index)?.[0]?.atMs ?? Infinity;
  check(atMs(BEHIND) >= lastMs, 'what is behind the refused message overtook it');
  for (const index of OTHERS) {
    check(atMs(index) < lastMs, `message ${index} of the other queue waited`);
  }
  await checkDeadLetter(context, topic, group);
  checkEqual('tries in the end', max + 1, deliveries.get(BAD)?.length);
};

function checkTries(tries: readonly Delivery[], max: number): void {
  checkEqual('tries', max + 1, tries.length);
  for (const [number, { times, messageId, atMs }] of tries.entries()) {
    checkEqual(`times of try ${number}`, number, times);
    checkEqual(`id of try ${number}`, tries[0]?.messageId, messageId);
    const before = tries[number - 1];
    if (before === undefined) continue;
    const bounds = { low: REST_MS - EARLY_MS, high: REST_MS + LATE_MS };
    checkWithin(`ms before try ${number}`, atMs - before.atMs, bounds);
  }
}

async function checkDeadLetter(context: Context, topic: string, group: string): Promise<void> {
  const deadLetters = `%DLQ%${group}`;
  const until = (): Promise<boolean> => context.hasRoute(deadLetters);
  await waitFor({ what: 'the dead-letter topic', timeoutMs: TIMEOUT_MS, until });
  // 4.4.0 makes it write-only: whoever wants to read dead letters gives himself the permission.
  await context.createTopic(deadLetters, 1);
  const dead = new Tally(context.run, 1);
  await context.consumer(dead, { group: context.group('reader'), topic: deadLetters });
  // Brokers of 4.9 keep the delay that a dead letter of this kind is sent with: level 5, a minute.
  const isThere = (): boolean => dead.total === 1;
  await waitFor({ what: 'the dead letter', timeoutMs: 2 * TIMEOUT_MS, until: isThere });
  dead.verifyExactlyOnce();
  checkEqual('its topic', topic, dead.message(BAD).properties['RETRY_TOPIC']);
}
