import { createReply, type Producer } from '@orbitmq/client';
import { errorCode } from '@orbitmq/kernel';
import { indexOfBody, makeBody } from '../body.ts';
import { checkEqual } from '../check.ts';
import type { Scenario } from '../scenario.ts';

const LIMIT_MS = 15_000;
/** Added to a request's index: what its answer carries. */
const ANSWER = 1_000;
const ANSWER_BYTES = 90;

/** A request gets the reply that is meant for it, two requesters at once; without a replier it times out. */
export const requestReply: Scenario = async (context) => {
  const count = context.parameter('count', 20);
  const topic = await context.topic(4);
  const nobody = await context.topic(4);
  const replier = await context.producer();
  const consumer = context.newConsumer(context.group('c'));
  consumer.subscribe(topic, '*', async (message) => {
    const index = indexOfBody(context.run, message.body);
    await replier.send(createReply(message, makeBody(context.run, index + ANSWER, ANSWER_BYTES)));
  });
  await consumer.start();
  const requesters = [await context.producer(), await context.producer()] as const;
  const ask = async (requester: Producer, index: number): Promise<void> => {
    const options = { timeoutMs: LIMIT_MS };
    const { body } = await requester.request(context.message(topic, index), options);
    checkEqual('reply', index + ANSWER, indexOfBody(context.run, body));
  };
  const requesterOf = (index: number): Producer => requesters[index % 2 === 0 ? 0 : 1];
  for (let index = 0; index < count; index++) await ask(requesterOf(index), index);
  await Promise.all(Array.from({ length: count }, (_, index) => ask(requesterOf(index), index)));
  const late = await requesters[0].request(context.message(nobody, 0), { timeoutMs: 1_000 }).then(
    () => 'answered',
    (error: unknown) => errorCode(error),
  );
  checkEqual('a request nobody answers', 'CLIENT_REPLY_TIMEOUT', late);
};
