import { access, writeFile } from 'node:fs/promises';
import { sleep, waitFor } from '../check.ts';
import { runWindowed, TIMEOUT_MS } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const WINDOW = 8;
const LIMIT = 2_000_000;
const AFTERWARDS = 200;
const PAUSE_AFTER_FAILURE_MS = 20;

/**
 * Sends and consumes while somebody kills the broker and starts it again. Makes the file `sending` once
 * messages flow, and goes on until there is a file `stop`. Then everything that was acknowledged must have
 * arrived, and sends must be accepted again.
 */
export const outage: Scenario = async (context) => {
  const topic = await context.topic(4);
  const tally = new Tally(context.run, LIMIT, false);
  await context.consumer(tally, { group: context.group('c'), topic });
  const producer = await context.producer({ sendTimeoutMs: 3_000 });
  const acknowledged = new Set<number>();
  let failed = 0;
  let next = 0;
  const over = new AbortController();
  const sending = runWindowed(WINDOW, WINDOW, async () => {
    while (!over.signal.aborted) {
      const index = next++;
      try {
        const { status } = await producer.send(context.message(topic, index));
        if (status === 'SEND_OK') acknowledged.add(index);
      } catch {
        // Expected while the broker is away: the message counts as not acknowledged.
        failed++;
        await sleep(PAUSE_AFTER_FAILURE_MS);
      }
      await sleep(1);
    }
  });
  const timeoutMs = TIMEOUT_MS;
  await waitFor({ what: 'first messages', timeoutMs, until: () => tally.distinct > 500 });
  await writeFile('sending', '');
  await waitFor({ what: 'the end', timeoutMs: 2 * TIMEOUT_MS, until: () => exists('stop') });
  over.abort();
  await sending;
  const first = next;
  await context.sendAll(producer, topic, first, first + AFTERWARDS);
  for (let index = first; index < first + AFTERWARDS; index++) acknowledged.add(index);
  context.facts['acknowledged'] = acknowledged.size;
  context.facts['failed'] = failed;
  const missing = (): readonly number[] => [...acknowledged].filter((i) => tally.count(i) === 0);
  await waitFor({
    what: 'everything that was acknowledged',
    timeoutMs,
    until: () => missing().length === 0,
    state: () => `${missing().length} are missing: ${missing().slice(0, 20).join(', ')}`,
  });
  tally.verifyIntact();
  context.facts['duplicates'] = tally.duplicates;
};

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
