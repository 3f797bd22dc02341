import { checkEqual, sleep } from '../check.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const BEFORE = 40;
const AFTER = 20;
/**
 * A pull that waits at the broker when the consumer is suspended may bring what comes meanwhile: it waits for 15 s, and
 * brokers look every 5 s whose time is over.
 */
const HELD_PULL_MS = 21_500;
const SURPLUS_MS = 3_000;

/** A suspended consumer gets nothing and goes on where it was; of a topic it left it gets nothing more. */
export const suspend: Scenario = async (context) => {
  const kept = await context.topic(4);
  const left = await context.topic(4);
  const ofKept = new Tally(context.run, BEFORE + AFTER);
  const ofLeft = new Tally(context.run, BEFORE + AFTER);
  const consumer = context.newConsumer(context.group('c'));
  consumer.subscribe(kept, '*', (message) => void ofKept.add(message));
  consumer.subscribe(left, '*', (message) => void ofLeft.add(message));
  await consumer.start();
  const producer = await context.producer();
  for (const topic of [kept, left]) await context.sendAll(producer, topic, 0, BEFORE);
  await context.awaitAll(ofKept, BEFORE);
  await context.awaitAll(ofLeft, BEFORE);
  consumer.unsubscribe(left);
  consumer.suspend();
  await sleep(HELD_PULL_MS);
  for (const topic of [kept, left]) await context.sendAll(producer, topic, BEFORE, BEFORE + AFTER);
  await sleep(SURPLUS_MS);
  checkEqual('messages while suspended', BEFORE, ofKept.total);
  consumer.resume();
  await context.awaitAll(ofKept, BEFORE + AFTER);
  ofKept.verifyExactlyOnce();
  await sleep(SURPLUS_MS);
  ofLeft.verify((index) => index < BEFORE);
  checkEqual('duplicates', 0, ofLeft.duplicates);
};
