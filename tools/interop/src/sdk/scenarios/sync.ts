import type { ReceivedMessage, SendResult } from '@orbitmq/client';
import { checkEqual, checkWithin } from '../check.ts';
import { stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const UNICODE = 'großes 消息 \u{1F680}';
const MEBIBYTE = 1024 * 1024;
/** Queues of a topic that a send creates. */
const CREATED_QUEUES = 4;

/** Sends to a topic nobody created; all that a message carries arrives as it was sent. */
export const sync: Scenario = async (context) => {
  const count = context.parameter('count', 200);
  const topic = `t_${context.run}`;
  const startMs = Date.now();
  const producer = await context.producer({ compressFromBytes: 8 * MEBIBYTE });
  const results: SendResult[] = [];
  for (let index = 0; index < count; index++) {
    const sizeBytes = index === Math.floor(count / 2) ? MEBIBYTE : 1 + ((index * 37) % 9_000);
    const message = context.message(topic, index, { sizeBytes });
    const properties = { unicode: `${UNICODE}${index}` };
    results.push(stored(await producer.send({ ...message, properties, flag: index })));
  }
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
  for (const [index, result] of results.entries()) {
    const got = tally.message(index);
    compare(result, got, topic);
    checkEqual('flag', index, got.stored.flag);
    checkEqual('unicode property', `${UNICODE}${index}`, got.properties['unicode']);
    checkWithin('born', got.bornTimestamp, { low: startMs, high: Date.now() });
    checkWithin('stored', got.storeTimestamp, { low: startMs, high: Date.now() });
  }
  checkOffsetsAreDense(results);
};

function compare(sent: SendResult, got: ReceivedMessage, topic: string): void {
  checkEqual('topic', topic, got.topic);
  checkEqual('tag', 'TagA', got.tags);
  checkEqual('message id', sent.messageId, got.messageId);
  checkEqual('offset id', sent.offsetMessageId, got.offsetMessageId);
  checkEqual('queue', sent.queue, got.queue);
  checkEqual('queue offset', sent.queueOffset, got.queueOffset);
  checkEqual('reconsume times', 0, got.reconsumeTimes);
}

function checkOffsetsAreDense(results: readonly SendResult[]): void {
  const next = new Map<number, number>();
  for (const { queue, queueOffset } of results) {
    checkEqual('next offset', next.get(queue.queueId) ?? 0, queueOffset);
    next.set(queue.queueId, queueOffset + 1);
  }
  checkEqual('queues of a created topic', CREATED_QUEUES, next.size);
}
