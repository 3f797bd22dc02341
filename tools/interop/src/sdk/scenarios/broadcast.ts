import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, sleep } from '../check.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const QUIET_MS = 1_500;
/** The first retry would come after 10 s. */
const RETRY_MS = 12_000;
const REFUSED = 10;

/**
 * Every instance of a broadcasting group gets everything; progress is kept at the client, in Apache's format, and what
 * a listener does not accept is not retried.
 */
export const broadcast: Scenario = async (context) => {
  const count = context.parameter('count', 100);
  const topic = await context.topic(4);
  const group = context.group('c');
  const offsetsDirectory = join(process.cwd(), 'offsets');
  const startOne = async (instanceName: string): Promise<[Tally, () => Promise<void>]> => {
    const tally = new Tally(context.run, count);
    const options = { messageModel: 'broadcasting', instanceName, offsetsDirectory } as const;
    const consumer = context.newConsumer(group, options);
    consumer.subscribe(topic, '*', (message) =>
      tally.add(message) % REFUSED === 0 ? 'reconsume-later' : 'success',
    );
    await consumer.start();
    return [tally, () => consumer.close()];
  };
  const [first, closeFirst] = await startOne('first');
  const [second] = await startOne('second');
  await context.sendAll(await context.producer(), topic, 0, count);
  await context.awaitAll(first, count);
  await context.awaitAll(second, count);
  first.verifyExactlyOnce();
  second.verifyExactlyOnce();
  await sleep(RETRY_MS);
  first.verifyExactlyOnce();
  second.verifyExactlyOnce();
  check(!(await context.hasRoute(`%DLQ%${group}`)), 'a dead-letter topic of a broadcasting group');
  await closeFirst();
  const consumer = context.newConsumer(group, {
    instanceName: 'first',
    messageModel: 'broadcasting',
  });
  const file = join(offsetsDirectory, consumer.clientId, group, 'offsets.json');
  const text = await readFile(file, 'utf8');
  check(text.includes('"offsetTable":{{'), `${file} is not in Apache's format: ${text}`);
  const [again] = await startOne('first');
  await sleep(QUIET_MS);
  check(again.total === 0, `${again.total} messages came again after a restart`);
};
