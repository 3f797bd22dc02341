/**
 * Child process of the test of a disk that refuses: does everything that writes, some rounds, goes on after
 * each failure, and tells on standard output what is durable by contract.
 *
 *   T<n>   topic number n was put
 *   O<n>   a flush finished after offset n was committed
 *   C      the directory was closed, with all that was flushed
 *   F<code> a call failed; another kind of failure than the disk's ends the process
 */
import { writeSync } from 'node:fs';
import { errorCode } from '@orbitmq/kernel';
import { BrokerMetadata } from '../src/index.ts';
import { topicConfig } from './configs.ts';

const DISK_CODES = new Set(['METADATA_UNAVAILABLE', 'EFBIG']);
const LIVES = 2;
const ROUNDS = 6;
const directory = process.argv[2] ?? '';

/** @returns whether it was done */
async function attempt(act: () => unknown): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (!DISK_CODES.has(code)) throw error;
    writeSync(1, `F${code}\n`);
    return false;
  }
}

let offset = 0;
for (let life = 0; life < LIVES; life++) {
  let metadata: BrokerMetadata | undefined;
  await attempt(async () => {
    metadata = await BrokerMetadata.open({ directory });
  });
  if (metadata === undefined) continue;
  const opened: BrokerMetadata = metadata;
  for (let round = 0; round < ROUNDS; round++) {
    const topic = life * ROUNDS + round + 1;
    if (await attempt(() => opened.putTopic(topicConfig(`New${topic}`)))) {
      writeSync(1, `T${topic}\n`);
    }
    offset++;
    for (let group = 0; group < 40; group++) {
      opened.commitConsumerOffset('Orders', `Group${group}`, 0, offset);
    }
    if (await attempt(() => opened.flush())) writeSync(1, `O${offset}\n`);
  }
  await attempt(() => opened.exportJson());
  if (await attempt(() => opened.close())) writeSync(1, 'C\n');
}
