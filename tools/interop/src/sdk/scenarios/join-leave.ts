import { sleep, waitFor } from '../check.ts';
import { TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';
import { queuesOf } from './queues-of.ts';

const QUEUES = 8;
const LIMIT = 1_000_000;
const PAUSE_MS = 2;

/** A second consumer joins while messages flow, and leaves again: nothing is lost. */
export const joinLeave: Scenario = async (context) => {
  const stayMs = context.parameter('stayMs', 3_000);
  const topic = await context.topic(QUEUES);
  const group = context.group('c');
  const staying = new Tally(context.run, LIMIT, false);
  const visiting = new Tally(context.run, LIMIT, false);
  const one = await context.consumer(staying, { group, topic });
  const producer = await context.producer();
  const sender = { sent: 0, isOn: true };
  const sending = (async () => {
    for (; sender.isOn && sender.sent < LIMIT; sender.sent++) {
      await context.sendAll(producer, topic, sender.sent, sender.sent + 1);
      await sleep(PAUSE_MS);
    }
  })();
  // Whoever waits below would only say that messages are missing.
  const failure = sending.then(() => new Promise<never>(() => {}));
  const until = (what: string, condition: () => boolean): Promise<void> =>
    Promise.race([waitFor({ what, timeoutMs: TIMEOUT_MS, until: condition }), failure]);
  await until('first messages', () => staying.distinct > 50);
  const two = await context.consumer(visiting, { group, topic });
  await until('messages for who joins', () => visiting.distinct > 50);
  await until('half for who stays', () => queuesOf(one, topic) === QUEUES / 2);
  await sleep(stayMs);
  await two.close();
  await until('all queues for who stays', () => queuesOf(one, topic) === QUEUES);
  await sleep(stayMs / 3);
  sender.isOn = false;
  await sending;
  const count = sender.sent;
  await waitFor({
    what: `${count} messages`,
    timeoutMs: TIMEOUT_MS,
    until: () => union(staying, visiting, count) === count,
    state: () => `got ${union(staying, visiting, count)}`,
  });
  staying.verifyIntact();
  visiting.verifyIntact();
  context.facts['messages'] = count;
  context.facts['duplicates'] = staying.total + visiting.total - count;
};

function union(one: Tally, two: Tally, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) {
    if (one.count(index) + two.count(index) > 0) sum++;
  }
  return sum;
}
