import type { TransactionListener, TransactionState } from '@orbitmq/client';
import { indexOfBody } from '../body.ts';
import { check, checkEqual, waitFor } from '../check.ts';
import { stored, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const KINDS = 4;
/** By kind: what the sender's own work says, and what a check says of the unknown ones. */
const LOCAL: readonly TransactionState[] = ['commit', 'rollback', 'unknown', 'unknown'];
const CHECKED: readonly TransactionState[] = ['unknown', 'unknown', 'commit', 'rollback'];

/** Half messages: commit, rollback, and unknown ones that the broker asks for; nothing is seen before its commit. */
export const transactions: Scenario = async (context) => {
  const count = context.parameter('count', 40);
  const topic = await context.topic(4);
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic });
  const problems: string[] = [];
  const checked = new Set<number>();
  const note = (index: number): void => {
    if (tally.count(index) > 0) problems.push(`${index} was seen before its commit`);
  };
  const transactionListener: TransactionListener = {
    executeLocal(_message, argument) {
      const index = Number(argument);
      note(index);
      return LOCAL[index % KINDS] ?? 'unknown';
    },
    check(message) {
      const index = indexOfBody(context.run, message.body);
      note(index);
      if (message.topic !== topic) problems.push(`checked with topic ${message.topic}`);
      checked.add(index);
      return CHECKED[index % KINDS] ?? 'unknown';
    },
  };
  const producer = await context.producer({ transactionListener });
  for (let index = 0; index < count; index++) {
    const result = await producer.sendInTransaction(context.message(topic, index), index);
    checkEqual('state', LOCAL[index % KINDS], result.state);
    stored(result);
  }
  await waitFor({
    what: 'checks of all unknown ones',
    timeoutMs: TIMEOUT_MS,
    until: () => checked.size === (count / KINDS) * 2,
    state: () => `checked ${[...checked].join(', ')}`,
  });
  await context.awaitAll(tally, count / 2);
  checkEqual('problems', '', problems.join('; '));
  tally.verify((index) => index % KINDS === 0 || index % KINDS === 2);
  checkEqual('duplicates', 0, tally.duplicates);
  for (const index of checked) check(index % KINDS >= 2, `${index} was decided and still checked`);
};
