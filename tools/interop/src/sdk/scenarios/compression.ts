import type { Compression } from '@orbitmq/client';
import { check } from '../check.ts';
import { stored } from '../context.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';

const CODECS: readonly Compression[] = ['zlib', 'lz4', 'zstd'];
const EACH = 10;
const COMPRESSED_FROM_BYTES = 4_096;

/** Large bodies go compressed by each of the three codecs and come back as they were. */
export const compression: Scenario = async (context) => {
  const topic = await context.topic(4);
  for (const [number, codec] of CODECS.entries()) {
    const producer = await context.producer({ compression: codec });
    for (let index = 0; index < EACH; index++) {
      const sizeBytes = 4_000 + index * 9_000;
      const message = context.message(topic, number * EACH + index, { sizeBytes });
      stored(await producer.send(message));
    }
  }
  const count = CODECS.length * EACH;
  const tally = new Tally(context.run, count);
  await context.consumer(tally, { group: context.group('c'), topic });
  await context.awaitAll(tally, count);
  tally.verifyExactlyOnce();
  for (let index = 0; index < count; index++) {
    const { body, stored: record } = tally.message(index);
    const { storeSizeBytes } = record;
    const isSmaller = storeSizeBytes < body.length;
    check(
      isSmaller || body.length < COMPRESSED_FROM_BYTES,
      `${body.length} bytes were stored as ${storeSizeBytes}`,
    );
  }
};
