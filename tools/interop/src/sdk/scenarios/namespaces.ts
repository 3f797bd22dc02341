import { check, checkEqual } from '../check.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const NAMESPACE = 'MQ_INST_interop';

/** Namespace v1: names are wrapped on the wire and unwrapped for the application. */
export const namespaces: Scenario = async (context) => {
  const count = 20;
  const topic = `t_${context.run}`;
  const wrapped = `${NAMESPACE}%${topic}`;
  await context.createTopic(wrapped, 4);
  const producer = await context.producer({ namespace: NAMESPACE });
  await context.sendAll(producer, topic, 0, count);
  const tally = new Tally(context.run, count);
  const group = context.group('c');
  await context.consumer(tally, { group, topic }, { namespace: NAMESPACE });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
  checkEqual('topic for the application', topic, tally.message(0).topic);
  const outside = new Tally(context.run, count);
  await context.consumer(outside, { group: context.group('outside'), topic: wrapped });
  await context.awaitAll(outside, count);
  check(await context.hasRoute(`%RETRY%${NAMESPACE}%${group}`), 'the group is not wrapped');
};
