/**
 * Child process of the kill test: goes through everything that writes, as fast as it can, and tells on
 * standard output what is durable by contract.
 *
 *   T<n>   topic number n was put
 *   O<n>   a flush finished after offset n was committed
 */
import { writeSync } from 'node:fs';
import { BrokerMetadata } from '../src/index.ts';
import { topicConfig } from './configs.ts';

const directory = process.argv[2] ?? '';
/** So many offsets that the write-ahead log is moved into the file now and then. */
const GROUPS = 2_000;
/** Rounds between two exports, and between two restarts within this process. */
const EXPORT_EVERY = 5;
const REOPEN_EVERY = 12;

let metadata = await BrokerMetadata.open({ directory });
let topics = [...metadata.topics()].length;
let offset = metadata.consumerOffset('Orders', 'Shop', 0) ?? 0;
for (let round = 1; ; round++) {
  metadata.putTopic(topicConfig(`Topic${++topics}`));
  writeSync(1, `T${topics}\n`);
  for (let group = 0; group < GROUPS; group++) {
    offset++;
    metadata.commitConsumerOffset('Orders', 'Shop', 0, offset);
    metadata.commitConsumerOffset('Orders', `Group${group}`, 0, offset);
    metadata.setDelayOffset(1 + (group % 18), offset);
  }
  // An export runs while offsets go on.
  const exporting = round % EXPORT_EVERY === 0 ? metadata.exportJson() : undefined;
  metadata.commitConsumerOffset('Orders', 'Shop', 0, ++offset);
  await metadata.flush();
  writeSync(1, `O${offset}\n`);
  await exporting;
  if (round % REOPEN_EVERY === 0) {
    await metadata.close();
    metadata = await BrokerMetadata.open({ directory });
  }
}
