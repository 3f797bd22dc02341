import { checkEqual, sleep, waitFor } from '../check.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** A 5.x broker tells with the answer to the next pull; the client then waits for a rebalance. */
const ONLINE_TIMEOUT_MS = 150_000;
const QUIET_MS = 2_000;
/** Consumers commit every 5 s; a reset must not be overtaken by an older commit. */
const COMMITTED_MS = 6_000;

/** An administrator sets a group back in time: once while it is away, once while it consumes. */
export const offsetReset: Scenario = async (context) => {
  const count = context.parameter('count', 100);
  const topic = await context.topic(4);
  const group = context.group('c');
  await context.sendAll(await context.producer(), topic, 0, count);
  const first = new Tally(context.run, count);
  const before = await context.consumer(first, { group, topic });
  await context.awaitAll(first, count);
  first.verifyExactlyOnce();
  await before.close();

  const nothing = new Tally(context.run, count);
  const restarted = await context.consumer(nothing, { group, topic });
  await sleep(QUIET_MS);
  checkEqual('deliveries after a restart', 0, nothing.total);
  await restarted.close();

  // Offline: each queue's offset is set at the broker.
  const [broker = ''] = await context.brokers();
  for (const [queue] of await context.topics.offsets(topic)) {
    await context.groups.setOffset(broker, group, queue, 0);
  }
  const second = new Tally(context.run, count);
  await context.consumer(second, { group, topic });
  await context.awaitAll(second, count);
  second.verifyExactlyOnce();

  // Online, in a group of its own: pulls of members that have left wait at a 5.x broker for up to 20 s, and when
  // they end they take the reset with them.
  const online = context.group('online');
  const third = new Tally(context.run, count);
  await context.consumer(third, { group: online, topic });
  await context.awaitAll(third, count);
  await sleep(COMMITTED_MS);
  // The broker tells the consumers, and answers with what each queue was set to.
  const reset = { topic, group: online, timestamp: 0, isForce: true };
  const offsets = await context.groups.resetOffsets(broker, reset);
  checkEqual('queues reset', 4, offsets.length);
  for (const [{ queueId }, offset] of offsets) checkEqual(`offset of queue ${queueId}`, 0, offset);
  await waitFor({
    what: 'everything a second time',
    timeoutMs: ONLINE_TIMEOUT_MS,
    until: () => third.total >= 2 * count,
    state: () => `got ${third.total}`,
  });
  for (let index = 0; index < count; index++) {
    checkEqual(`deliveries of ${index}`, 2, third.count(index));
  }
};
