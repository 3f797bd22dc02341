import type { PushConsumer, ReceivedMessage } from '@orbitmq/client';
import { indexOfBody } from '../body.ts';
import { checkEqual, sleep, waitFor } from '../check.ts';
import { type Context, stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';

const KEYS = 16;
const QUEUES = 8;
/** The message that is refused once: its queue has to wait for it. */
const REFUSED = 5;

/** What all members of the group saw, step by step of each key. */
class Steps {
  readonly seen: readonly number[][] = Array.from({ length: KEYS }, () => []);
  readonly problems: string[] = [];
  retries = 0;
  readonly #run: string;
  readonly #busy = new Set<number>();
  #isRefused = false;

  constructor(run: string) {
    this.#run = run;
  }

  async consume(message: ReceivedMessage): Promise<'success' | 'reconsume-later'> {
    const { queueId } = message.queue;
    if (this.#busy.has(queueId)) this.problems.push(`queue ${queueId} consumed twice at a time`);
    this.#busy.add(queueId);
    // Lets everything run that must not run now.
    await sleep(0);
    try {
      return this.#step(indexOfBody(this.#run, message.body), message.messageId);
    } finally {
      this.#busy.delete(queueId);
    }
  }

  #step(index: number, messageId: string): 'success' | 'reconsume-later' {
    const seen = this.seen[index % KEYS];
    if (seen === undefined) {
      this.problems.push(`foreign or changed message ${messageId}`);
      return 'success';
    }
    if (index === REFUSED && !this.#isRefused) {
      this.#isRefused = true;
      return 'reconsume-later';
    }
    if (index === REFUSED) this.retries++;
    const step = Math.floor(index / KEYS);
    if (seen.length === step) seen.push(step);
    else if (seen.length < step) {
      this.problems.push(`key ${index % KEYS}: step ${step} after ${seen.length} steps`);
    }
    return 'success';
  }
}

/** Messages of a key stay in order, through a retry in place and while a second consumer takes over queues. */
export const order: Scenario = async (context) => {
  const count = context.parameter('count', 60);
  const topic = await context.topic(QUEUES);
  const group = context.group('c');
  const steps = new Steps(context.run);
  await startMember(context, { group, topic, steps });
  await sendSteps(context, topic, 0, count / 2);
  await startMember(context, { group, topic, steps });
  await sendSteps(context, topic, count / 2, count);
  await waitFor({
    what: 'all messages in order',
    timeoutMs: TIMEOUT_MS,
    until: () => steps.problems.length > 0 || steps.seen.every(({ length }) => length === count),
    state: () => `steps of each key: ${steps.seen.map(({ length }) => length).join(', ')}`,
  });
  checkEqual('problems', '', steps.problems.join('; '));
  checkEqual('retries in place', 1, steps.retries);
};

async function startMember(
  context: Context,
  {
    group,
    topic,
    steps,
  }: { readonly group: string; readonly topic: string; readonly steps: Steps },
): Promise<PushConsumer> {
  const consumer = context.newConsumer(group, { isOrderly: true });
  consumer.subscribe(topic, '*', (message) => steps.consume(message));
  await consumer.start();
  return consumer;
}

async function sendSteps(context: Context, topic: string, from: number, to: number): Promise<void> {
  const producer = await context.producer();
  const queues = await producer.queues(topic);
  for (let step = from; step < to; step++) {
    for (let key = 0; key < KEYS; key++) {
      const queue = queues[key % queues.length];
      stored(await producer.send(context.message(topic, step * KEYS + key), { queue }));
    }
  }
}
