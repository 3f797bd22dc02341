import { RocketMqError } from '@orbitmq/kernel';
import { defineCommand, text } from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { startCluster, type Target } from '../cluster.ts';
import type { CustomRow } from '../row.ts';
import { Context } from '../sdk/context.ts';
import { ANSWERS_TOPIC, BAD_REQUESTS, type BadRequest, SENDS_TOPIC } from './answer-requests.ts';

const TIMEOUT_MS = 20_000;
const MESSAGES = 3;

/** A broker's answer to a request, as it is compared. */
type Answer = string;

async function answerOf(
  client: RemotingClient,
  broker: string,
  { code, fields, body, told = [] }: BadRequest,
): Promise<Answer> {
  const definition = defineCommand({
    code,
    name: `REQUEST_${code}`,
    request: Object.fromEntries(Object.keys(fields).map((name) => [name, text()])),
    response: Object.fromEntries(told.map((name) => [name, text({ optional: true })])),
  });
  const options = {
    timeoutMs: TIMEOUT_MS,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  };
  const answer = await client.invoke(broker, definition, fields, options);
  const values = told.map((name) => `${name}=${answer.fields[name] ?? ''}`);
  return [String(answer.code), ...values].join(' ');
}

async function answersOf(target: Target, directory: string): Promise<readonly Answer[]> {
  const properties = {
    enablePropertyFilter: 'true',
    autoCreateSubscriptionGroup: 'false',
    recallMessageEnable: 'true',
  };
  const cluster = await startCluster(target, directory, { properties });
  const client = new RemotingClient();
  const context = new Context('answers', cluster.namesrv.address, new Map());
  try {
    for (const topic of [ANSWERS_TOPIC, SENDS_TOPIC]) await context.createTopic(topic, 4);
    const producer = await context.producer();
    const [queue] = await producer.queues(ANSWERS_TOPIC);
    for (let index = 0; index < MESSAGES; index++) {
      await producer.send(context.message(ANSWERS_TOPIC, index), { queue });
    }
    const answers: Answer[] = [];
    for (const request of BAD_REQUESTS) {
      const answer = answerOf(client, cluster.broker.address, request);
      answers.push(await answer.catch((error: Error) => error.message.replaceAll(/\d+/gu, 'n')));
    }
    return answers;
  } finally {
    await client.close();
    await context.close();
    await cluster.close();
  }
}

/** What was answered otherwise than an official broker does; undefined when it was not. */
function differenceOf(
  { what, isOf5 = false, ours }: BadRequest,
  [of4, of5, here]: readonly (Answer | undefined)[],
): string | undefined {
  const wanted = ours === undefined ? [...(isOf5 ? [] : [of4]), of5] : [ours.answer];
  return wanted.includes(here) ? undefined : `${what}: ${wanted.join(' or ')} there, ${here} here`;
}

/** Requests that cannot be served are answered by our broker as by Apache's. */
export const answersRow: CustomRow = {
  kind: 'custom',
  name: 'answers',
  promise: 'what cannot be served is answered with the code of an official broker',
  variants: ['orbit'],
  quickVariants: [],
  async run(_variant, { directory, note }) {
    const answers: (readonly Answer[])[] = [];
    for (const target of ['apache-4.9.7', 'apache-5.5.0', 'orbit'] as const) {
      answers.push(await answersOf(target, `${directory}/${target}`));
    }
    const differing = BAD_REQUESTS.flatMap((request, index) => {
      const ofEach = answers.map((list) => list[index]);
      note(`${request.what}: ${ofEach.join(' | ')}`);
      return differenceOf(request, ofEach) ?? [];
    });
    if (differing.length === 0) return `${BAD_REQUESTS.length} requests`;
    throw new RocketMqError(
      `${differing.length} of ${BAD_REQUESTS.length} requests: ${differing.join('; ')}`,
      { code: 'ROW_FAILED' },
    );
  },
};
