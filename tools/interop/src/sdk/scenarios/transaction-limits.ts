import type { Producer, TransactionListener } from '@orbitmq/client';
import { indexOfBody } from '../body.ts';
import { checkEqual, sleep, waitFor } from '../check.ts';
import { type Context, stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const PUT_ASIDE = 'TRANS_CHECK_MAX_TIME_TOPIC';
const NEVER_DECIDED = 0;
const DECIDED_BY_ANOTHER = 1;
const COMMITTED = 2;
const HEARTBEAT_MS = 1_000;
const QUIET_MS = 8_000;

/**
 * The producer of undecided messages is gone: another one of its group is asked. Who never gets an answer is asked
 * for so often, then the message is put aside, and no consumer sees it.
 */
export const transactionLimits: Scenario = async (context) => {
  const max = context.parameter('max', 2);
  const topic = await context.topic(4);
  const tally = new Tally(context.run, 3);
  await context.consumer(tally, { group: context.group('c'), topic });
  const asked: number[] = [];
  const askedOfWhoIsGone: number[] = [];
  const gone = await newProducer(context, askedOfWhoIsGone);
  for (const index of [NEVER_DECIDED, DECIDED_BY_ANOTHER]) {
    stored(await gone.sendInTransaction(context.message(topic, index), index));
  }
  await gone.close();
  const alive = await newProducer(context, asked);
  stored(await alive.sendInTransaction(context.message(topic, COMMITTED), COMMITTED));
  await context.awaitAll(tally, 2);
  const aside = await readAside(context);
  const timeoutMs = TIMEOUT_MS;
  const state = (): string => `asked for ${asked.join(', ')}`;
  await waitFor({
    what: 'the message that is put aside',
    timeoutMs,
    until: () => aside.size > 0,
    state,
  });
  checkEqual('topic of what is put aside', topic, [...aside.values()][0]);
  const checks = (index: number): number => asked.filter((one) => one === index).length;
  checkEqual('checks of what was never decided', max, checks(NEVER_DECIDED));
  await sleep(QUIET_MS);
  checkEqual('checks after it was put aside', max, checks(NEVER_DECIDED));
  checkEqual('messages put aside', 1, aside.size);
  checkEqual('asked of the producer that is gone', '', askedOfWhoIsGone.join(', '));
  checkEqual('checks of what was committed at once', 0, checks(COMMITTED));
  tally.verify((index) => index !== NEVER_DECIDED);
  checkEqual('duplicates', 0, tally.duplicates);
};

function newProducer(context: Context, asked: number[]): Promise<Producer> {
  const transactionListener: TransactionListener = {
    executeLocal: (_message, index) => (index === COMMITTED ? 'commit' : 'unknown'),
    check(message) {
      const index = indexOfBody(context.run, message.body);
      asked.push(index);
      return index === DECIDED_BY_ANOTHER ? 'commit' : 'unknown';
    },
  };
  return context.producer({
    group: context.group('p'),
    heartbeatMs: HEARTBEAT_MS,
    transactionListener,
  });
}

/** Topics of this run's messages that were put aside, by their ids. */
async function readAside(context: Context): Promise<ReadonlyMap<string, string | undefined>> {
  const aside = new Map<string, string | undefined>();
  const reader = context.newConsumer(context.group('reader'));
  reader.subscribe(PUT_ASIDE, '*', ({ messageId, body, properties }) => {
    // Others of the cluster's runs lie there too.
    if (indexOfBody(context.run, body) === NEVER_DECIDED) {
      aside.set(messageId, properties['REAL_TOPIC']);
    }
  });
  await reader.start();
  return aside;
}
