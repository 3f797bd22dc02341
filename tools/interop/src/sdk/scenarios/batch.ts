import type { SendResult } from '@orbitmq/client';
import { checkEqual } from '../check.ts';
import { stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** Batches of 1 to 40 messages: one answer names them all, they lie side by side in one queue. */
export const batch: Scenario = async (context) => {
  const batches = context.parameter('count', 40);
  const topic = await context.topic(4);
  const producer = await context.producer();
  const results: SendResult[] = [];
  let sent = 0;
  for (let size = 1; size <= batches; size++) {
    const first = sent;
    const messages = Array.from({ length: size }, (_, i) => context.message(topic, first + i));
    results.push(stored(await producer.sendBatch(messages)));
    sent += size;
  }
  const tally = new Tally(context.run, sent);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.awaitAll(tally, sent);
  tally.verifyExactlyOnce();
  let index = 0;
  for (const result of results) {
    const offsetIds = result.offsetMessageId.split(',');
    for (const [i, messageId] of result.messageId.split(',').entries()) {
      const got = tally.message(index++);
      checkEqual('message id', messageId, got.messageId);
      checkEqual('offset id', offsetIds[i], got.offsetMessageId);
      checkEqual('queue', result.queue, got.queue);
      checkEqual('queue offset', result.queueOffset + i, got.queueOffset);
    }
  }
  checkEqual('ids', sent, index);
};
