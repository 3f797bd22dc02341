import { type Credentials, RocketMqError } from '@orbitmq/client';
import { toError } from '@orbitmq/kernel';
import { check } from '../check.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const USER: Credentials = { accessKey: 'admin-account', secretKey: 'admin-secret' };
const LIAR: Credentials = { ...USER, secretKey: 'wrong-secret' };

/** A client with the credentials of a user sends and consumes; a wrong secret and none are refused. */
export const users: Scenario = async (context) => {
  const count = context.parameter('count', 40);
  // Its first message creates it: what administrates in this process has no user.
  const topic = `t_${context.run}`;
  await context.sendAll(await context.producer({ credentials: USER }), topic, 0, count);
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic }, { credentials: USER });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
  for (const options of [{}, { credentials: LIAR }]) {
    const stranger = await context.producer(options);
    const thrown = await stranger.send(context.message(topic, 0)).then(
      () => undefined,
      (error: unknown) => toError(error),
    );
    check(thrown instanceof RocketMqError, `expected a refusal, got ${String(thrown)}`);
    check(/username|signature/iu.test(thrown.message), `the reason is "${thrown.message}"`);
    check(!thrown.message.includes('-secret'), `a secret is told: "${thrown.message}"`);
    context.facts[`refusal${options.credentials === undefined ? '' : 'OfLiar'}`] = thrown.message;
  }
};
