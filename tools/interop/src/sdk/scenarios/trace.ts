import { waitFor } from '../check.ts';
import { stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const TOPIC = 'RMQ_SYS_TRACE_TOPIC';
const KINDS = ['Pub', 'SubBefore', 'SubAfter'] as const;
const END_OF_LINE = '\u0002';
const END_OF_FIELD = '\u0001';

/** With tracing on, publications, deliveries and their ends are found in the trace topic by the message's id. */
export const trace: Scenario = async (context) => {
  const count = 5;
  const topic = await context.topic(4);
  const timeoutMs = TIMEOUT_MS;
  await waitFor({ what: 'the trace topic', timeoutMs, until: () => context.hasRoute(TOPIC) });
  const [producerGroup, consumerGroup] = [context.group('p'), context.group('c')];
  const producer = await context.producer({ group: producerGroup, trace: true });
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(stored(await producer.send(context.message(topic, index))).messageId);
  }
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: consumerGroup, topic }, { trace: true });
  await context.awaitAll(tally, count);
  const traces: string[] = [];
  const reader = context.newConsumer(context.group('reader'));
  reader.subscribe(TOPIC, '*', ({ body }) => {
    traces.push(...body.toString().split(END_OF_LINE));
  });
  await reader.start();
  const kindsOf = (id: string): ReadonlySet<string | undefined> =>
    new Set(traces.filter((line) => line.includes(id)).map((line) => line.split(END_OF_FIELD)[0]));
  await waitFor({
    what: 'three traces of each message',
    timeoutMs,
    until: () => ids.every((id) => KINDS.every((kind) => kindsOf(id).has(kind))),
    state: () => ids.map((id) => [...kindsOf(id)].join('+')).join(', '),
  });
  Object.assign(context.facts, { messageId: ids[0], producerGroup, consumerGroup });
};
