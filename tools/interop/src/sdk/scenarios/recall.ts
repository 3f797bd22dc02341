import type { SendResult } from '@orbitmq/client';
import { errorCode } from '@orbitmq/kernel';
import { check, checkEqual, sleep } from '../check.ts';
import { stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const COUNT = 8;
const AFTER_MS = 6_000;
const QUIET_MS = 4_000;

/** A message that waits for its time is recalled and never comes; others of its time do. */
export const recall: Scenario = async (context) => {
  const topic = await context.topic(4);
  const tally = new Tally(context.run, COUNT);
  await context.consumer(tally, { group: context.group('c'), topic });
  const producer = await context.producer();
  const deliverAtMs = Date.now() + AFTER_MS;
  const sent: SendResult[] = [];
  for (let index = 0; index < COUNT; index++) {
    const message = { ...context.message(topic, index), deliverAtMs };
    sent.push(stored(await producer.send(message)));
  }
  for (const [index, { recallHandle, messageId }] of sent.entries()) {
    if (index % 2 === 1) continue;
    check(recallHandle !== undefined, 'no handle to recall by');
    checkEqual('id of what was recalled', messageId, await producer.recall(topic, recallHandle));
  }
  await context.awaitAll(tally, COUNT / 2);
  await sleep(Math.max(0, deliverAtMs - Date.now()) + QUIET_MS);
  tally.verify((index) => index % 2 === 1);
  checkEqual('duplicates', 0, tally.duplicates);
  const code = await producer.recall(topic, 'bm90IGEgaGFuZGxl').then(
    () => 'accepted',
    (error: unknown) => errorCode(error) ?? '',
  );
  checkEqual('a handle that is none', 'CLIENT_INVALID_ARGUMENT', code);
};
