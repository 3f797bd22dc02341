import { errorCode } from '@orbitmq/kernel';
import { check } from '../check.ts';
import { type Context, stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

/** Expressions, and which of the messages they let through. */
const EXPRESSIONS: readonly (readonly [string, (i: number) => boolean])[] = [
  ['a > 10 AND a <= 20', (i) => i > 10 && i <= 20],
  ['a BETWEEN 5 AND 9 OR a NOT BETWEEN 5 AND 50', (i) => i <= 9 || i > 50],
  ["s IN ('x1', 'it''s') AND d < 12.25", (i) => i % 3 !== 2 && i + 0.5 < 12.25],
  ['n IS NULL', (i) => i % 4 !== 0],
  ['n IS NOT NULL AND NOT (a = 8)', (i) => i % 4 === 0 && i !== 8],
  ["TAGS = 'even' AND b = TRUE", (i) => i % 2 === 0 && i % 5 === 0],
  ["a = 1 OR a = 2 AND s = 'nothing'", (i) => i === 1],
  ["s <> 'x1' AND a >= 30", (i) => i % 3 !== 1 && i >= 30],
];

function propertiesOf(index: number): Readonly<Record<string, string>> {
  return {
    a: String(index),
    d: `${index}.5`,
    s: index % 3 === 0 ? "it's" : `x${index % 3}`,
    b: String(index % 5 === 0),
    ...(index % 4 === 0 ? { n: 'here' } : {}),
  };
}

/** SQL92 filters: each expression lets through what it says; one that cannot be parsed is refused. */
export const sql: Scenario = async (context) => {
  const count = context.parameter('count', 60);
  const topic = await context.topic(4);
  const producer = await context.producer();
  for (let index = 0; index < count; index++) {
    const tags = index % 2 === 0 ? 'even' : 'odd';
    const message = context.message(topic, index, { tags });
    stored(await producer.send({ ...message, properties: propertiesOf(index) }));
  }
  const tallies: Tally[] = [];
  for (const [number, [expression]] of EXPRESSIONS.entries()) {
    const tally = new Tally(context.run, count);
    tallies.push(tally);
    const consumer = context.newConsumer(context.group(`c${number}`));
    consumer.subscribe(topic, { sql: expression }, (message) => {
      tally.add(message);
    });
    await consumer.start();
  }
  for (const [number, [, isWanted]] of EXPRESSIONS.entries()) {
    const tally = tallies[number] as Tally;
    await context.awaitAll(
      tally,
      Array.from({ length: count }, (_, i) => i).filter(isWanted).length,
    );
    tally.verify(isWanted);
  }
  await checkRefusal(context, topic);
};

async function checkRefusal(context: Context, topic: string): Promise<void> {
  const consumer = context.newConsumer(context.group('broken'));
  // The client looks at it already when it is subscribed, brokers when it starts.
  const subscribe = async (): Promise<void> => {
    consumer.subscribe(topic, { sql: 'a > AND' }, () => {});
    await consumer.start();
  };
  const code = await subscribe().then(
    () => 'accepted',
    (error: unknown) => errorCode(error) ?? '',
  );
  context.facts['refusal'] = code;
  check(code !== 'accepted', 'a broken expression was accepted');
}
