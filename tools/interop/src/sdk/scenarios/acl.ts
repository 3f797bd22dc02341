import { type Credentials, type Producer, RocketMqError } from '@orbitmq/client';
import { toError } from '@orbitmq/kernel';
import { check } from '../check.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** Denied to the user by the broker's file of accounts. */
const CLOSED = 'AclClosed';
const USER: Credentials = { accessKey: 'user-account', secretKey: 'user-secret' };
const LIAR: Credentials = { ...USER, secretKey: 'wrong-secret' };

/** A client with credentials does what its account may; all others are refused, with the reason and no secret. */
export const acl: Scenario = async (context) => {
  const count = context.parameter('count', 40);
  // Its first message creates it: what administrates in this process has no account.
  const topic = `t_${context.run}`;
  const producer = await context.producer({ credentials: USER });
  await context.sendAll(producer, topic, 0, count);
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic }, { credentials: USER });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();

  const send = (sender: Producer, to: string) => sender.send(context.message(to, 0));
  await refused('No default permission', () => send(producer, CLOSED));
  const nobody = await context.producer();
  await refused('No accessKey is configured', () => send(nobody, topic));
  const liar = await context.producer({ credentials: LIAR });
  await refused('Check signature failed', () => send(liar, topic));
};

/** It fails for that reason, with an error of the client's own that tells no secret. */
async function refused(why: string, act: () => Promise<unknown>): Promise<void> {
  const thrown = await act().then(
    () => undefined,
    (error: unknown) => toError(error),
  );
  check(thrown instanceof RocketMqError, `expected a refusal with "${why}", got ${String(thrown)}`);
  // 4.x brokers answer as to any failure of their own, so that further attempts are made.
  check(thrown.code === 'CLIENT_SEND_FAILED', `expected CLIENT_SEND_FAILED, got ${thrown.code}`);
  check(thrown.message.includes(why), `expected "${why}" in "${thrown.message}"`);
  check(!thrown.message.includes('-secret'), `a secret is told: "${thrown.message}"`);
}
