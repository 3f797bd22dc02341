import type { ConsumeFrom, Producer, PushConsumer } from '@orbitmq/client';
import { check, checkEqual, sleep, waitFor } from '../check.ts';
import { type Context, stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const BODY_BYTES = 1_000;
const PART = 40;
const QUEUES = 4;
const APART_MS = 500;
/** An official broker that finds a file in use looks again after two minutes (`redeleteHangedFileInterval`). */
const REMOVAL_TIMEOUT_MS = 150_000;

interface Place {
  readonly queueId: number;
  readonly queueOffset: number;
}

/**
 * Where a new group begins on a topic whose first messages are gone: at the first that is left, at a time, or behind
 * the last one.
 */
export const fromWhereAged: Scenario = async (context) => {
  const old = context.parameter('count', 1_600);
  const topic = await context.topic(QUEUES);
  const producer = await context.producer();
  const places: Place[] = [];
  const send = (to: number): Promise<void> => sendUpTo({ context, producer, topic, places, to });
  await send(old);
  for (const broker of await context.brokers()) {
    await context.brokersAdmin.deleteExpiredCommitLog(broker);
  }
  await waitFor({
    what: 'the first messages to be gone',
    timeoutMs: REMOVAL_TIMEOUT_MS,
    until: async () => (await minOffsets(context, topic)).every((offset) => offset > 0),
  });
  const [before, after, last] = [old + PART, old + 2 * PART, old + 3 * PART];
  await send(before);
  await sleep(APART_MS);
  const timestampMs = Date.now();
  await sleep(APART_MS);
  await send(after);

  const start = async (name: string, consumeFrom: ConsumeFrom): Promise<[Tally, PushConsumer]> => {
    const tally = new Tally(context.run, last);
    const names = { group: context.group(name), topic };
    return [tally, await context.consumer(tally, names, { consumeFrom })];
  };
  const [atTime] = await start('time', { timestampMs });
  const [fromFirst] = await start('first', 'first');
  const [fromLast, behind] = await start('last', 'last');
  await waitFor({
    what: 'queues of the last group',
    timeoutMs: TIMEOUT_MS,
    until: () => behind.assignedQueues.filter((queue) => queue.topic === topic).length === QUEUES,
  });
  // Its queues have asked where to begin.
  await sleep(APART_MS);
  await context.awaitAll(atTime, PART);
  await send(last);

  // Brokers of 4.9 may begin a message earlier in each queue: with the one that is nearest to the time.
  const isLastBefore = (index: number): boolean =>
    !places.slice(index + 1, before).some(({ queueId }) => queueId === places[index]?.queueId);
  await checkArrived(context, atTime, (index) => {
    return index >= before || (atTime.count(index) > 0 && isLastBefore(index));
  });
  await checkArrived(context, fromLast, (index) => index >= after);
  const minimum = await minOffsets(context, topic);
  const isLeft = (index: number): boolean => {
    const place = places[index];
    return place !== undefined && place.queueOffset >= (minimum[place.queueId] ?? 0);
  };
  check(!isLeft(0) && isLeft(old), 'nothing is gone, or all');
  await checkArrived(context, fromFirst, isLeft);
};

async function sendUpTo(options: {
  readonly context: Context;
  readonly producer: Producer;
  readonly topic: string;
  readonly places: Place[];
  readonly to: number;
}): Promise<void> {
  const { context, producer, topic, places, to } = options;
  while (places.length < to) {
    const message = context.message(topic, places.length, { sizeBytes: BODY_BYTES });
    const { queue, queueOffset } = stored(await producer.send(message));
    places.push({ queueId: queue.queueId, queueOffset });
  }
}

async function checkArrived(
  context: Context,
  tally: Tally,
  isExpected: (index: number) => boolean,
): Promise<void> {
  const all = Array.from({ length: tally.size }, (_, index) => index);
  await context.awaitAll(tally, all.filter(isExpected).length);
  tally.verify(isExpected);
  checkEqual('duplicates', 0, tally.duplicates);
}

/** By queue. */
async function minOffsets(context: Context, topic: string): Promise<readonly number[]> {
  const minimum: number[] = Array.from({ length: QUEUES }, () => 0);
  for (const [{ queueId }, { minOffset }] of await context.topics.offsets(topic)) {
    minimum[queueId] = minOffset;
  }
  return minimum;
}
